// See locked_step.hpp.
//
// Why the application waits for us at most lock_timeout plus the statements themselves: before queueing we look for a holder
// whose transaction is older than the time we would queue for, and do not queue behind one; the queue itself ends at
// lock_timeout, which is below deadlock_timeout, so that in a deadlock we are the victim. All locks are taken first, in OID
// order, before the first statement runs.
// SPDX-License-Identifier: PostgreSQL
#include "engine/locked_step.hpp"

#include <algorithm>

#include "bridge/error.hpp"
#include "bridge/locks.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "bridge/stop_point.hpp"
#include "core/error.hpp"
#include "core/lock_ladder.hpp"
#include "core/progress.hpp"
#include "engine/catalog.hpp"
#include "engine/forced_switch.hpp"
#include "engine/lock_policy.hpp"
#include "engine/turn.hpp"
#include "store/dual_writes.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;
using bridge::Transaction;

struct Attempt {
    bool locked = false;
    bool postponed = false;      // the work itself asked for another time
    std::string occupied;        // by another migration: say so
    std::optional<Blocker> blocker;
    double lock_timeout_ms = 0;
};

std::vector<unsigned> relations_of(Sql &sql, const StepContext &context)
{
    std::vector<unsigned> relations;
    const auto &named = context.step().locks;
    // The migration's own table goes by OID: a rename of it is a step, too. A step about another relation names all it locks.
    const bool complete = std::find(named.begin(), named.end(), context.step().relation) != named.end();
    if (!complete && !context.step().relation.empty() && context.migration.relation_oid != 0)
        relations.push_back(context.migration.relation_oid);
    for (const std::string &name : context.step().locks) {
        const bridge::Rows rows = sql.run("SELECT to_regclass($1)::oid::bigint AS oid", {name}, true);
        if (!rows[0].is_null("oid"))
            relations.push_back(static_cast<unsigned>(rows[0].integer("oid")));
    }
    return relations;
}

double wanted_timeout(Sql &sql, const StepContext &context, const std::vector<unsigned> &relations, double longest_seen_ms)
{
    std::optional<double> wanted = context.options.lock_timeout_ms;
    if (!wanted && bridge::settings().lock_timeout_ms > 0)
        wanted = bridge::settings().lock_timeout_ms;
    std::optional<double> observed = observed_p99_ms(sql, relations);
    if (longest_seen_ms > 0)
        observed = std::max(observed.value_or(0), longest_seen_ms);
    return core::lock_timeout_ms(observed, bridge::deadlock_timeout_ms(), wanted);
}

// DDL by others that slipped past the guard (event triggers off): better to stop than to switch to a wrong shape.
void check_fingerprint(Sql &sql, const StepContext &context)
{
    if (context.migration.fingerprint.empty() || context.undo)
        return;
    if (fingerprint(sql, context.migration.relation_oid) != context.migration.fingerprint)
        throw core::Error(core::sqlstate::kWrongState, "table " + context.migration.relation + " was changed by others during the migration",
                          "Its columns are not what the last step left.", "Take the migration back with hotswap.rollback and start it again.");
}

// Taking something back can need more than putting it there did: dropping a foreign key locks both tables fully.
std::string lock_of(const StepContext &context)
{
    const std::string &mode = context.step().lock_mode;
    return context.undo && blocks_writers(mode) ? "ACCESS EXCLUSIVE" : mode;
}

// One try, one transaction. Throws what the statements raise; 55P03 and 40P01 are the caller's to retry.
Attempt attempt(const StepContext &context, const LockedWork &work, double longest_seen_ms)
{
    Attempt result;
    Transaction transaction;
    const std::string mode = lock_of(context);
    std::vector<unsigned> relations;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        if (!still_wanted(sql, context))
            return result;
        relations = relations_of(sql, context);
        if (blocks_writers(mode)) {
            result.lock_timeout_ms = wanted_timeout(sql, context, relations, longest_seen_ms);
            result.blocker = find_blocker(sql, relations, mode, result.lock_timeout_ms);
            if (result.blocker) {
                if (result.blocker->yields)
                    cancel_autovacuum(sql, *result.blocker);
                return result;
            }
        }
    }
    // Weak locks make nobody wait behind them: there is nothing to be quick about.
    bridge::set_local("lock_timeout", std::to_string(static_cast<int>(result.lock_timeout_ms)));
    if (!mode.empty())
        bridge::lock_relations(relations, mode);
    const double locked_at = bridge::now_ms();
    HOTSWAP_STOP("ddl_locked");

    transaction.new_snapshot();
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        if (!still_wanted(sql, context))
            return result;
        if (context.migration.relation_oid != 0)
            check_fingerprint(sql, context);
        // Asked at the start already; but a REPEATABLE READ start did not see the other, and who is part of a table may have changed.
        // The one that came first goes on. The way back is never refused: it only takes away what is ours.
        if (const auto other = context.undo ? std::nullopt : store::occupied(sql, context.migration.id, true)) {
            result.occupied = "waiting for migration \"" + other->migration + "\": " + store::describe(*other);
            return result;
        }
    }
    if (!work.inside()) {
        result.postponed = true;
        return result;
    }
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        store::step_done(sql, context.migration.id, context.row.number, context.undo,
                         blocks_writers(mode) ? bridge::now_ms() - locked_at : 0);
        store::set_reason(sql, context.migration.id, "");
        if (context.migration.relation_oid != 0) {
            store::set_fingerprint(sql, context.migration.id, fingerprint(sql, context.migration.relation_oid));
            store::refresh_dual_writes(sql, context.migration.id);
        }
    }
    HOTSWAP_STOP("ddl_before_commit");
    transaction.commit();
    HOTSWAP_STOP("ddl_after_commit");
    result.locked = true;
    return result;
}

std::string waiting_for(const StepContext &context, const std::optional<Blocker> &blocker)
{
    return "waiting for the " + lock_of(context) + " lock on " + context.migration.relation + ", " +
           (blocker ? "held up by " + blocker->description : "the table is too busy");
}

std::optional<Blocker> look_again(const StepContext &context)
{
    std::optional<Blocker> blocker;
    store::in_transaction([&](Sql &sql) {
        blocker = find_blocker(sql, relations_of(sql, context), context.step().lock_mode, 0);
    });
    return blocker;
}

}  // namespace

Ended run_locked(const StepContext &context, const LockedWork &work)
{
    if (!begin_step(context))
        return Ended::stopped;
    HOTSWAP_STOP("ddl_begun");
    const Patience budget = patience(context);
    if (budget.ms <= 0)
        return Ended::stopped;   // the window has closed meanwhile
    core::LockLadder ladder(budget.ms, static_cast<std::uint64_t>(bridge::current_pid()) * 2654435761u);
    const double started = bridge::now_ms();
    double longest_seen = 0;
    std::string last_postponed;
    ForcedSwitch forced(context);
    for (;;) {
        std::optional<Blocker> blocker;
        std::string postponed;
        try {
            if (work.before)
                if (const auto ended = work.before())
                    return *ended;
            const Attempt result = attempt(context, work, longest_seen);
            if (result.locked)
                return Ended::done;
            if (!result.blocker && !result.postponed && result.occupied.empty())
                return Ended::stopped;
            blocker = result.blocker;
            postponed = result.occupied;
            if (result.postponed && work.why_postponed)
                postponed = work.why_postponed();
        } catch (const bridge::PgError &error) {
            if (error.is_cancel() && work.is_over_time && work.is_over_time())
                postponed = work.why_postponed();
            else if (!error.is_retryable())
                return error.is_cancel() ? Ended::stopped : fail(context, bridge::describe(error));
            blocker = look_again(context);
            // The queue was too short for what is going on here: the next one may be longer, within the clamp.
            if (blocker)
                longest_seen = std::max(longest_seen, blocker->age_ms);
        } catch (const core::Error &error) {
            return fail(context, bridge::describe(error));
        }
        const std::optional<double> delay = ladder.next_delay_ms(bridge::now_ms() - started);
        std::string why = postponed.empty() ? waiting_for(context, blocker) : postponed;
        // What a try under the locks came to says more than that the last one did not get them.
        if (!delay && postponed.empty() && !last_postponed.empty())
            why += "; an earlier try: " + last_postponed;
        if (!postponed.empty())
            last_postponed = postponed;
        if (!delay && budget.cut)
            return Ended::stopped;   // and waits for the next window
        if (!delay)
            return pause(context, why + forced.explanation() + " (gave up after " + core::duration_text(budget.ms / 1000) + "). Type hotswap.resume('" +
                                      context.migration.id + "') to try again.");
        if (forced.end_lock_holders([&](Sql &sql) { return relations_of(sql, context); }, lock_of(context)))
            continue;
        if (ladder.attempts() > 2)
            tell(context, why + forced.explanation());
        forced.stand_back(*delay);
    }
}

}  // namespace hotswap::engine
