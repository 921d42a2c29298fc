// Rights that a later step will need are asked for at the start: a migration must not fail in its middle for want of them.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "bridge/sql.hpp"
#include "core/change.hpp"
#include "core/facts.hpp"
#include "core/plan.hpp"
#include "store/migrations.hpp"

namespace hotswap::engine {

// ERRORS: 42501 naming the right and how to get it.
void check_rights(bridge::Sql &sql, const core::Statement &statement, const core::TableFacts &facts, const core::Plan &plan, unsigned caller);

// Members of the role that started a migration may control it, and superusers. ERRORS: 42501.
void check_control(const store::Migration &migration, unsigned caller);

}  // namespace hotswap::engine
