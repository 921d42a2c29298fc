// Reads from a plan which tables it is about.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "bridge/sql.hpp"
#include "engine/planning.hpp"
#include "store/table_use.hpp"

namespace hotswap::engine {

// REQUIRES: inside a transaction, store authority.
store::TableUse table_use(bridge::Sql &sql, const PlannedDdl &planned);

}  // namespace hotswap::engine
