// See breakers.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "store/breakers.hpp"

#include "bridge/table_watch.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "store/events.hpp"

namespace hotswap::store {

namespace {

using bridge::Row;
using bridge::Rows;
using bridge::Sql;

constexpr const char *kSelect =
    "SELECT breaker_name, state, cause, opens, extract(epoch FROM state_since) * 1000 AS since_ms, extract(epoch FROM retry_at) * 1000 AS until_ms,"
    "       revision, xmin::text AS xid, window_type, extract(epoch FROM window_time) * 1000 AS window_ms, window_calls, minimum_calls, failure_ratio,"
    "       slow_ratio, extract(epoch FROM slow_time) * 1000 AS slow_ms, consecutive_failures, extract(epoch FROM open_time) * 1000 AS open_ms,"
    "       extract(epoch FROM max_open_time) * 1000 AS max_open_ms, half_open_calls, extract(epoch FROM half_open_time) * 1000 AS half_open_ms"
    "  FROM hotswap._migration_breakers ";

BreakerRow breaker_of(const Row &row)
{
    BreakerRow breaker;
    breaker.name = row.text("breaker_name");
    breaker.state = core::breaker_state_from_text(row.text("state")).value_or(core::BreakerState::closed);
    breaker.cause = core::breaker_cause_from_text(row.text("cause"));
    breaker.opens = static_cast<int>(row.integer("opens"));
    breaker.since_ms = row.number("since_ms");
    breaker.until_ms = row.number("until_ms");
    breaker.revision = row.integer("revision");
    breaker.mine = bridge::is_of_this_transaction(row.text("xid"));
    core::BreakerRules &rules = breaker.rules;
    rules.by_count = row.text("window_type") == "count";
    rules.window_ms = row.number("window_ms");
    rules.window_calls = static_cast<int>(row.integer("window_calls"));
    rules.minimum_calls = static_cast<int>(row.integer("minimum_calls"));
    rules.failure_ratio = row.number("failure_ratio");
    rules.slow_ratio = row.number("slow_ratio");
    rules.slow_ms = row.number("slow_ms");
    rules.consecutive_failures = static_cast<int>(row.integer("consecutive_failures"));
    rules.open_ms = row.number("open_ms");
    rules.max_open_ms = row.number("max_open_ms");
    rules.half_open_calls = static_cast<int>(row.integer("half_open_calls"));
    rules.half_open_ms = row.number("half_open_ms");
    return breaker;
}

// Steps are few: the window would hardly ever have enough of them to say anything.
BreakerRow executor_breaker()
{
    BreakerRow breaker;
    breaker.name = kExecutorBreaker;
    breaker.rules.consecutive_failures = 5;
    return breaker;
}

}  // namespace

BreakerRow load_breaker(Sql &sql, const std::string &name)
{
    const Rows rows = sql.run(std::string(kSelect) + "WHERE breaker_name = $1", {name}, true);
    if (!rows.empty())
        return breaker_of(rows[0]);
    if (name == kExecutorBreaker)
        return executor_breaker();
    throw core::Error(core::sqlstate::kUndefinedObject, "circuit breaker \"" + name + "\" does not exist", "",
                      "Make it: INSERT INTO hotswap._migration_circuit_breakers (breaker_name) VALUES (" + core::quote_literal(name) + ").");
}

std::vector<BreakerRow> load_breakers(Sql &sql)
{
    const Rows rows = sql.run(std::string(kSelect) + "ORDER BY breaker_name", {}, true);
    std::vector<BreakerRow> breakers;
    bool executor = false;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        breakers.push_back(breaker_of(rows[i]));
        executor = executor || breakers.back().name == kExecutorBreaker;
    }
    if (!executor)
        breakers.insert(breakers.begin(), executor_breaker());
    return breakers;
}

void write_breaker(Sql &sql, const bridge::SharedBreaker &shared, const std::string &why)
{
    const std::string name = shared.name, state = core::to_text(shared.breaker.state);
    if (name == kExecutorBreaker)
        sql.run("INSERT INTO hotswap._migration_breakers (breaker_name, consecutive_failures) VALUES ($1, $2::integer) ON CONFLICT (breaker_name) DO NOTHING",
                {name, static_cast<std::int64_t>(executor_breaker().rules.consecutive_failures)});
    const bool open = shared.breaker.state == core::BreakerState::open;
    const Rows rows = sql.run("UPDATE hotswap._migration_breakers SET state = $2, cause = $3, opens = $4::integer, state_since = to_timestamp($5 / 1000),"
                              "   retry_at = CASE WHEN $6 THEN to_timestamp($7 / 1000) END"
                              " WHERE breaker_name = $1 AND revision <= $8 RETURNING breaker_name",
                              {name, state, std::string(core::to_text(shared.breaker.cause)), static_cast<std::int64_t>(shared.breaker.opens),
                               shared.breaker.since_ms, open, shared.breaker.until_ms, shared.revision});
    if (!rows.empty())
        add_event(sql, "breaker " + name, "breaker " + state, 0, why);
}

}  // namespace hotswap::store
