// What happens to one row of a table with a dual write: the same code for the application's statements (trigger) and for
// the backfill.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "bridge/dual_write_row.hpp"

namespace hotswap::engine {

// Brings both sides of every group of the row into agreement. ERRORS: 23000 when a statement wrote both sides to values that
// do not agree; whatever the expressions raise. Nothing is swallowed: a dual write that fails fails the statement.
void keep_equal(bridge::DualWriteRow &row);

}  // namespace hotswap::engine
