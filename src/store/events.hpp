// hotswap._migration_events: the append-only audit.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>

#include "bridge/sql.hpp"

namespace hotswap::store {

void add_event(bridge::Sql &sql, const std::string &migration, const std::string &event, int step_no, const std::string &detail);

}  // namespace hotswap::store
