// What a plan with rollback points in files needs, asked before anything is stored.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "bridge/sql.hpp"
#include "core/plan.hpp"

namespace hotswap::engine {

// ERRORS: 42501 naming the role; 55000 when there is no directory for them.
void check_file_rights(bridge::Sql &sql, const core::Plan &plan, unsigned caller);

}  // namespace hotswap::engine
