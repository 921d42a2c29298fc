// The plan that brings back what a rollback point keeps: a migration like any other, carried out by the workers.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "engine/planning.hpp"
#include "store/rollback_points.hpp"

namespace hotswap::engine {

// REQUIRES: a transaction, store authority; the point is kept, and the caller owns it.
// ERRORS: 42P01 the table is gone, 42P07 or 42701 a name is taken, 42501, 55000.
PlannedDdl plan_restore(bridge::Sql &sql, const store::RollbackPoint &point, unsigned caller);

}  // namespace hotswap::engine
