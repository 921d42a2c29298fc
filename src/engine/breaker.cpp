// See breaker.hpp.
//
// What happens to a call whose transaction is long, or rolls back: it is counted at once and stays counted, as sequences are. Nobody
// waits for the caller, because nothing is locked beyond the moment of counting.
// SPDX-License-Identifier: PostgreSQL
#include "engine/breaker.hpp"

#include <map>

#include "bridge/breaker_memory.hpp"
#include "bridge/session.hpp"
#include "bridge/table_watch.hpp"
#include "core/identifier.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;
using store::BreakerRow;

struct Known {
    std::uint64_t version = 0;
    BreakerRow row;
};
bridge::TableWatch table("_migration_breakers");          // NOLINT: one a process, as what it watches
std::map<std::string, Known> known_breakers;    // NOLINT: what this process has read

const BreakerRow &rules_of(const std::string &name)
{
    (void)table.oid();
    const std::uint64_t version = table.version();
    Known &known = known_breakers[name];
    if (known.version == version && !known.row.mine)
        return known.row;
    known.version = 0;
    {
        const Authority authority = Authority::of_store();
        const bridge::LatestSnapshot latest;
        Sql sql;
        try {
            known.row = store::load_breaker(sql, name);
        } catch (...) {
            known_breakers.erase(name);
            throw;
        }
    }
    known.version = version;
    return known.row;
}

// What the table knows and this server's memory does not: a start of the server, or a state set by hand and committed.
void bring_up_to_date(bridge::SharedBreaker &shared, const BreakerRow &row)
{
    if (shared.known && row.revision <= shared.revision)
        return;
    core::adopt(shared.breaker, row.rules, row.state, row.cause, row.opens, row.since_ms, row.until_ms);
    shared.known = true;
    shared.revision = row.revision;
    shared.written = shared.breaker.changes;
}

bool lets_pass(core::BreakerState state)
{
    return state == core::BreakerState::closed || state == core::BreakerState::disabled;
}

// Where only the caller's own transaction, or only the table, knows it.
BreakerAnswer unshared(const BreakerRow &row)
{
    return {.state = row.state, .allowed = lets_pass(row.state)};
}

// act(breaker, now) says whether a call may pass; under the breaker's lock.
template <class Act> BreakerAnswer with_shared(const BreakerRow &row, Act act)
{
    const double now = bridge::unix_ms();
    const bridge::BreakerLock shared(table.oid(), row.name);
    bring_up_to_date(*shared, row);
    const std::uint64_t changes = shared->breaker.changes;
    const bool allowed = act(shared->breaker, now);
    return {.state = shared->breaker.state, .allowed = allowed, .changed = changes != shared->breaker.changes};
}

std::string hold_text(Sql &sql, const std::string &signal, const core::Breaker &breaker, const core::BreakerRules &rules)
{
    const std::string name = core::quote_literal(store::kExecutorBreaker);
    if (breaker.state == core::BreakerState::forced_open)
        return signal + ": forced open. Type UPDATE hotswap._migration_circuit_breakers SET state = 'closed' WHERE breaker_name = " + name +
               " to let migrations go on.";
    if (breaker.state == core::BreakerState::half_open)
        return signal + ": half open, a trial is under way";
    const std::string at = sql.run("SELECT to_char(to_timestamp($1 / 1000), 'YYYY-MM-DD HH24:MI:SS TZ') AS t", {breaker.until_ms})[0].text("t");
    return signal + ": open (" + core::why(breaker, rules) + "), tries again at " + at;
}

}  // namespace

BreakerAnswer record_call(const std::string &name, bool success, std::optional<double> duration_ms)
{
    const BreakerRow &row = rules_of(name);
    if (row.mine)
        return unshared(row);
    return with_shared(row, [&](core::Breaker &breaker, double now) {
        core::record(breaker, row.rules, success, duration_ms.value_or(-1), now);
        return lets_pass(breaker.state);
    });
}

BreakerAnswer ask(const std::string &name)
{
    const BreakerRow &row = rules_of(name);
    if (row.mine || !breakers_are_shared())
        return unshared(row);
    return with_shared(row, [&](core::Breaker &breaker, double now) { return core::may_pass(breaker, row.rules, now); });
}

void give_back(const std::string &name)
{
    const bridge::BreakerLock shared(table.oid(), name);
    core::give_back(shared->breaker);
}

std::vector<BreakerLook> look_at_breakers()
{
    std::vector<BreakerRow> rows;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        rows = store::load_breakers(sql);
    }
    std::vector<BreakerLook> looks;
    looks.reserve(rows.size());
    for (const BreakerRow &row : rows) {
        BreakerLook look = {row, {}};
        core::adopt(look.now, row.rules, row.state, row.cause, row.opens, row.since_ms, row.until_ms);
        if (breakers_are_shared()) {
            const bridge::BreakerLock shared(table.oid(), row.name);
            if (shared->known && row.revision <= shared->revision)
                look.now = shared->breaker;
        }
        looks.push_back(look);
    }
    return looks;
}

std::optional<store::Hold> breaker_hold()
{
    const BreakerRow row = rules_of(store::kExecutorBreaker);
    core::Breaker now_is;
    const BreakerAnswer answer = with_shared(row, [&](core::Breaker &breaker, double now) {
        now_is = breaker;
        return core::would_pass(breaker, row.rules, now);
    });
    if (answer.allowed)
        return std::nullopt;
    store::Hold hold;
    hold.signal = kBreakerSignal;
    const Authority authority = Authority::of_store();
    Sql sql;
    hold.text = hold_text(sql, hold.signal, now_is, row.rules);
    return hold;
}

bool write_breakers()
{
    std::vector<bridge::SharedBreaker> changed;
    store::in_transaction([&](Sql &) { changed = bridge::unwritten_breakers(table.oid()); });
    for (const bridge::SharedBreaker &breaker : changed) {
        store::in_transaction([&](Sql &sql) {
            // Somebody may be just setting it by hand, in a transaction that lasts: then the next round comes.
            bridge::set_local("lock_timeout", "100ms");
            std::string why;
            for (const BreakerRow &row : store::load_breakers(sql))
                if (row.name == breaker.name)
                    why = core::why(breaker.breaker, row.rules);
            store::write_breaker(sql, breaker, why);
        });
        store::in_transaction([&](Sql &) { bridge::breaker_written(breaker); });
    }
    return true;
}

void breakers_changed()
{
    bridge::announce_change(table.oid());
}

bool breakers_are_shared()
{
    return !bridge::in_recovery();
}

}  // namespace hotswap::engine
