// hotswap._migration_events: the append-only audit.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <string>

#include "bridge/sql.hpp"

namespace hotswap::store {

void add_event(bridge::Sql &sql, const std::string &migration, const std::string &event, int step_no, const std::string &detail);

// Since the last hotswap.retry of the migration.
std::int64_t count_events(bridge::Sql &sql, const std::string &migration, const std::string &event);

// Why the way back was begun; empty when a person asked for it.
std::string undo_reason(bridge::Sql &sql, const std::string &migration);

}  // namespace hotswap::store
