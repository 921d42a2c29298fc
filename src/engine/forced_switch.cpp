// See forced_switch.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/forced_switch.hpp"

#include <algorithm>

#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "core/progress.hpp"
#include "engine/old_snapshots.hpp"
#include "engine/turn.hpp"
#include "store/events.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Row;
using bridge::Rows;
using bridge::Sql;
using core::ForceAct;
using core::ForcePolicy;

constexpr double kAgainMs = 1000;   // whoever was cancelled or ended gets that long to go
constexpr double kSliceMs = 250;    // how soon a change of the policy is seen

std::string key_of(int pid, const std::string &since)
{
    return std::to_string(pid) + " " + since;
}

std::vector<std::string> texts(const std::vector<int> &pids)
{
    std::vector<std::string> result;
    for (const int pid : pids)
        result.push_back(std::to_string(pid));
    return result;
}

}  // namespace

ForcedSwitch::ForcedSwitch(const StepContext &context) : context_(context), started_ms_(bridge::now_ms())
{
}

// Only where the application waits for the change; what prepares it has time. Live, for hotswap.force_switch.
bool ForcedSwitch::may_begin()
{
    policy_ = ForcePolicy::wait;
    explanation_.clear();
    store::in_transaction([&](Sql &sql) {
        const auto migration = store::find_migration(sql, context_.migration.id);
        if (!migration)
            return;
        const core::Options options = store::load_options(sql, migration->options_json);
        if (options.force_switch == ForcePolicy::wait || !is_for_windows(store::load_steps(sql, migration->id), context_.row))
            return;
        policy_ = options.force_switch;
        after_ms_ = options.force_after_ms;
    });
    return policy_ != ForcePolicy::wait && bridge::now_ms() - started_ms_ >= after_ms_;
}

bool ForcedSwitch::end_lock_holders(const std::function<std::vector<unsigned>(Sql &)> &relations, const std::string &mode)
{
    if (!may_begin() || !blocks_writers(mode))
        return false;
    LockHolders holders;
    store::in_transaction([&](Sql &sql) { holders = lock_holders(sql, relations(sql), mode, after_ms_); });
    return end(holders);
}

bool ForcedSwitch::end_snapshot_holders(double age_ms, const std::string &horizon)
{
    if (!may_begin())
        return false;
    LockHolders holders;
    store::in_transaction([&](Sql &sql) { holders.pids = snapshot_holders(sql, std::max(age_ms, after_ms_), horizon); });
    return end(holders);
}

bool ForcedSwitch::end(const LockHolders &holders)
{
    std::vector<Victim> victims;
    store::in_transaction([&](Sql &sql) { victims = judge(sql, holders); });
    bool ended = false;
    for (const Victim &victim : victims)
        ended = signal(victim) || ended;
    if (ended)
        bridge::wait_ms(20);
    return ended;
}

std::vector<ForcedSwitch::Victim> ForcedSwitch::judge(Sql &sql, const LockHolders &holders)
{
    std::vector<Victim> victims;
    if (!holders.prepared.empty()) {
        explanation_ = "; force_switch: prepared transaction \"" + holders.prepared[0] + "\" is in the way; " + *core::never_ended({.prepared = true});
        return victims;
    }
    const Rows rows = sql.run(
        "SELECT a.pid, a.backend_start::text AS since, coalesce(a.backend_type, '') AS backend_type, coalesce(a.state, '') AS state,"
        "       a.backend_xid IS NOT NULL AS writes, a.query LIKE 'autovacuum: %(to prevent wraparound)%' AS wraparound,"
        "       coalesce(r.rolsuper, false) AS super, coalesce(a.usename, a.backend_type, '?') AS usename,"
        "       coalesce(CASE WHEN r.rolsuper THEN o.rolsuper"
        "                     ELSE pg_has_role(o.oid, a.usesysid, 'USAGE') OR pg_has_role(o.oid, 'pg_signal_backend', 'USAGE') END, false) AS may_signal,"
        "       extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, a.backend_start)) AS age,"
        "       left(regexp_replace(coalesce(a.query, ''), '\\s+', ' ', 'g'), 120) AS query"
        "  FROM pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid LEFT JOIN pg_roles o ON o.rolname = $2"
        " WHERE a.pid = ANY ($1::integer[]) ORDER BY a.xact_start",
        {texts(holders.pids), context_.migration.owner});
    const double now = bridge::now_ms();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows[i];
        Victim victim;
        victim.pid = static_cast<int>(row.integer("pid"));
        victim.since = row.text("since");
        const std::string key = key_of(victim.pid, victim.since);
        victim.description = "pid " + row.text("pid") + " (user " + row.text("usename") + ", " + row.text("state") + ", transaction " +
                             core::duration_text(row.number("age")) + " old): " + row.text("query");
        core::SessionInTheWay session;
        session.backend_type = row.text("backend_type");
        session.state = row.text("state");
        session.writes = row.boolean("writes");
        session.wraparound = row.boolean("wraparound");
        session.may_signal = row.boolean("may_signal");
        session.superuser = row.boolean("super");
        const auto cancelled = cancelled_at_ms_.find(key), ended = ended_at_ms_.find(key);
        session.cancelled_before = cancelled != cancelled_at_ms_.end() && now - cancelled->second > kAgainMs;
        if (session.backend_type == "autovacuum worker" && !session.wraparound)
            continue;   // has been asked to yield
        if (const auto why = core::never_ended(session)) {
            explanation_ = "; force_switch: " + victim.description + " is left alone: " + *why;
            return {};
        }
        victim.act = core::force_act(policy_, session);
        const bool lately = (ended != ended_at_ms_.end() && now - ended->second < kAgainMs) ||
                            (victim.act == ForceAct::cancel && cancelled != cancelled_at_ms_.end());
        if (victim.act != ForceAct::leave && !lately)
            victims.push_back(victim);
    }
    return victims;
}

// In a transaction of its own, which sees the session as it is now: one that has gone on meanwhile is left alone.
bool ForcedSwitch::signal(const Victim &victim)
{
    bool done = false;
    store::in_transaction([&](Sql &sql) {
        if (!still_wanted(sql, context_))
            return;
        const bool cancel = victim.act == ForceAct::cancel;
        const Rows rows = sql.run(std::string("SELECT ") + (cancel ? "pg_cancel_backend" : "pg_terminate_backend") +
                                      "(pid) AS sent FROM pg_stat_activity WHERE pid = $1::integer AND backend_start = $2::timestamptz"
                                      "   AND backend_type = 'client backend' AND xact_start IS NOT NULL AND (state LIKE 'idle in transaction%' OR $3 = 'terminate' OR $4)" +
                                      (cancel ? " AND state = 'active' AND backend_xid IS NULL" : ""),
                                  {static_cast<std::int64_t>(victim.pid), victim.since, std::string(core::to_text(policy_)), cancel});
        done = !rows.empty() && rows[0].boolean("sent");
        if (done)
            store::add_event(sql, context_.migration.id, cancel ? "cancelled a query" : "ended a session", context_.row.number,
                             victim.description + " (force_switch " + core::to_text(policy_) + ")");
    });
    if (done)
        (victim.act == ForceAct::cancel ? cancelled_at_ms_ : ended_at_ms_)[key_of(victim.pid, victim.since)] = bridge::now_ms();
    return done;
}

void ForcedSwitch::stand_back(double ms)
{
    const ForcePolicy before = policy_;
    while (ms > 0) {
        const double slice = std::min(ms, kSliceMs);
        bridge::wait_ms(slice);
        ms -= slice;
        if (ms <= 0)
            return;
        const std::string explanation = explanation_;
        const bool now = may_begin();
        explanation_ = explanation;
        if (now || policy_ != before)
            return;
    }
}

}  // namespace hotswap::engine
