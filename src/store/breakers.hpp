// hotswap._migration_breakers: the rules of each circuit breaker, and the state that outlives the server.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/breaker_memory.hpp"
#include "bridge/sql.hpp"
#include "core/breaker.hpp"

namespace hotswap::store {

// The breaker of hotswap's own workers. It is there also without a row.
inline constexpr const char *kExecutorBreaker = "migration_executor";

struct BreakerRow {
    std::string name;
    core::BreakerRules rules;
    core::BreakerState state = core::BreakerState::closed;
    core::BreakerCause cause = core::BreakerCause::none;
    int opens = 0;
    double since_ms = 0, until_ms = 0;
    std::int64_t revision = 0;
    bool mine = false;          // written by this transaction, so nobody else knows of it yet
};

// ERRORS: 42704 when there is none of that name.
BreakerRow load_breaker(bridge::Sql &sql, const std::string &name);
std::vector<BreakerRow> load_breakers(bridge::Sql &sql);   // by name

// Remembers the state, unless somebody has set another one by hand since; and tells it in the audit.
void write_breaker(bridge::Sql &sql, const bridge::SharedBreaker &shared, const std::string &why);

}  // namespace hotswap::store
