// What the server forgets when DDL makes an index or a statistics object again, and inverse DDL therefore does not bring back.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "bridge/sql.hpp"
#include "core/plan.hpp"

namespace hotswap::engine {

// Appends to the undo of an online rewrite's switch what restores it. REQUIRES: store authority.
void complete_undo(bridge::Sql &sql, core::Plan *plan);

// 42501 when the owner of a table that is copied may not read or write it: rows are copied as the owner.
void check_owners(bridge::Sql &sql, const core::Plan &plan);

}  // namespace hotswap::engine
