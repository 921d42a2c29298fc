// switch_storage: the moment everything was prepared for. In one transaction, under ACCESS EXCLUSIVE on all tables concerned:
// the rest of the change logs, previous in (the tables are empty now), the DDL, the twins in. The way back is the same with the
// sides exchanged: the twins in, the inverse DDL, previous in.
//
// What others may notice, and why it is little:
//  - they wait while the locks are held; hotswap.max_lock_time bounds that: over it all is rolled back, the copy kept;
//  - a transaction whose snapshot is older than the copy would not see the copied rows. Such snapshots are waited for before the
//    locks are taken (T26). The rows that are drained under the locks are newer than that: a REPEATABLE READ transaction whose very
//    first statement already waits for the lock reads these few as they were some milliseconds before;
//  - a session that had the table open before gets new storage with its next statement: relcache invalidations, sent at commit.
// Statistics of the columns whose values changed come from the twin, so nothing is planned blindly until ANALYZE has run.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include "bridge/error.hpp"
#include "bridge/heap_storage.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "bridge/stop_point.hpp"
#include "bridge/twin_heap.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/progress.hpp"
#include "engine/changes.hpp"
#include "engine/crash_mark.hpp"
#include "engine/forced_switch.hpp"
#include "engine/locked_step.hpp"
#include "engine/old_snapshots.hpp"
#include "engine/rewrite.hpp"
#include "engine/switch_ddl.hpp"
#include "engine/turn.hpp"
#include "store/chunks.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::PgError;
using bridge::Sql;

constexpr std::int64_t kMostDrained = 4000;   // entries worked off under the locks: some ten milliseconds
constexpr int kQuickRounds = 50;

class Switch {
  public:
    explicit Switch(const StepContext &context)
        : context_(context), direction_(context.undo ? Direction::back : Direction::forward), forced_(context)
    {
    }

    // Everything that can be done while nobody waits.
    std::optional<Ended> before()
    {
        bool stale = false;
        store::in_transaction([&](Sql &sql) {
            flows_ = load_flows(sql, context_, direction_);
            if (context_.undo)
                (void)carry_all_back_after_crash(sql, context_);
            else
                stale = begin_again_after_crash(sql, context_) || proof_is_old(sql);
        });
        if (stale)
            return Ended::stopped;
        if (!retried_)
            retry_rejects(context_, flows_);
        retried_ = true;
        const Patience budget = patience(context_);
        const double started = bridge::now_ms();
        for (;;) {
            const bridge::ScratchMemory scratch;
            if (const auto ended = catch_up())
                return ended;
            if (horizon_.empty())
                horizon_ = next_xid();
            const double since = bridge::now_ms();
            const auto holder = wait_for_old_snapshots(since, 200, horizon_);
            if (!holder)
                return std::nullopt;
            if (forced_.end_snapshot_holders(bridge::now_ms() - since, horizon_))
                continue;
            const std::string reason = "waiting for a snapshot from before the copy was complete, held by " + *holder + forced_.explanation();
            if (budget.cut && bridge::now_ms() - started > budget.ms)
                return Ended::stopped;   // and waits for the next window
            if (bridge::now_ms() - started > budget.ms)
                return pause(context_, reason + " (gave up after " + core::duration_text(budget.ms / 1000) + "). Type hotswap.resume('" +
                                           context_.migration.id + "') to try again.");
            if (!tell_if_wanted(context_, reason))
                return Ended::stopped;
        }
    }

    bool inside()
    {
        why_.clear();
        const bridge::Deadline deadline(bridge::settings().max_lock_time_ms);
        try {
            HOTSWAP_STOP("switch_locked");
            if (!drain_all())
                return false;
            exchange();
        } catch (const PgError &error) {
            if (!error.is_cancel() || !deadline.passed())
                throw;
        }
        if (!deadline.passed())
            return true;
        why_ = "the switch took longer than hotswap.max_lock_time (" + std::to_string(bridge::settings().max_lock_time_ms) + " ms)";
        return false;
    }

    std::string why_postponed() const { return why_; }

  private:
    // A switch that was held up for long is preceded by another proof.
    bool proof_is_old(Sql &sql)
    {
        const bridge::Rows old = sql.run("UPDATE hotswap._migration_steps SET state = 'pending', blocks_total = NULL, finished_at = NULL"
                                         " WHERE migration_id = $1 AND kind = 'twin_verify' AND state = 'done'"
                                         "   AND finished_at < clock_timestamp() - interval '1 hour' RETURNING step_no",
                                         {context_.migration.id});
        for (std::size_t i = 0; i < old.size(); ++i)
            store::forget_chunks(sql, context_.migration.id, static_cast<int>(old[i].integer("step_no")));
        return !old.empty();
    }

    std::optional<Ended> catch_up()
    {
        const auto wanted = [&](Sql &sql) { return still_wanted(sql, context_); };
        for (int rounds = 0; rounds < kQuickRounds; ++rounds) {
            std::int64_t entries = 0;
            for (const TwinFlow &flow : flows_) {
                const Round round = apply_round(context_, flow, wanted);
                if (!round.wanted)
                    return Ended::stopped;
                entries = std::max(entries, round.entries);
            }
            if (entries < kMostDrained / 4)
                break;
        }
        std::int64_t rejects = 0;
        store::in_transaction([&](Sql &sql) { rejects = store::reject_count(sql, context_.migration.id); });
        if (rejects > 0)
            return pause(context_, context_.undo ? not_lossless(rejects) : rejects_reason(context_, rejects));
        return std::nullopt;
    }

    std::string not_lossless(std::int64_t rows) const
    {
        return std::to_string(rows) + (rows == 1 ? " row" : " rows") +
               " written since the switch cannot be carried back; see hotswap._migration_rejects. Mend them in the table, then type hotswap.resume('" +
               context_.migration.id + "').";
    }

    bool drain_all()
    {
        for (const TwinFlow &flow : flows_) {
            try {
                if (drain(flow, kMostDrained))
                    continue;
                why_ = "the application wrote too much to " + flow.row.relation + " while the lock was waited for";
            } catch (const PgError &error) {
                if (!error.is_about_data())
                    throw;
                // A row that came last cannot be converted: it becomes a reject while nobody waits.
                why_ = "a row cannot be converted: " + error.message;
            }
            return false;
        }
        return true;
    }

    // There: previous in, DDL, twins in. Back: twins in, inverse DDL, previous in.
    void exchange()
    {
        for (const TwinFlow &flow : flows_)
            context_.undo ? swap_twin(context_, flow.row) : swap_previous(context_, flow.row);
        HOTSWAP_STOP("switch_swapped_out");
        run_between(context_, context_.step(), context_.undo);
        HOTSWAP_STOP("switch_ddl_done");
        for (const TwinFlow &flow : flows_)
            context_.undo ? take_previous(flow) : take_twin(flow);
        HOTSWAP_STOP("switch_swapped_in");
        log_into(!context_.undo && !context_.step().irreversible);
        run_populate(context_, context_.step(), context_.undo);
        note_indexes();
    }

    void take_twin(const TwinFlow &flow)
    {
        swap_twin(context_, flow.row);
        bridge::copy_statistics(flow.target, flow.source, own_indexes_of(flow.target, flow.target_name, flow.row.new_indexes.size()),
                                indexes_of(flow.source, flow.row.new_indexes));
    }

    void take_previous(const TwinFlow &flow)
    {
        swap_previous(context_, flow.row);
        bridge::copy_missing_values(flow.target, flow.source);
    }

    // From here on changes are for the other side: for previous after the switch, for nobody after the switch back.
    void log_into(bool back_log)
    {
        for (const TwinFlow &flow : flows_) {
            std::vector<int> numbers;
            {
                const Authority authority = Authority::of_store();
                Sql sql;
                for (const std::string &column : flow.row.twin.key)
                    numbers.push_back(static_cast<int>(sql.run("SELECT attnum FROM pg_attribute WHERE attrelid = $1::oid AND attname = $2",
                                                               {static_cast<std::int64_t>(flow.source), column})[0]
                                                           .integer("attnum")));
            }
            std::vector<std::string> statements = core::drop_log_trigger_sql(flow.flow.source);
            if (back_log)
                for (const std::string &statement :
                     core::log_trigger_sql(flow.flow.source, core::change_log_back_name(context_.migration.number, flow.row.member), numbers))
                    statements.push_back(statement);
            const Authority authority = Authority::of_store();
            Sql sql;
            for (const std::string &statement : statements)
                sql.run(statement);
        }
    }

    // PostgreSQL makes indexes on altered columns again, under new OIDs.
    void note_indexes()
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        sql.run("UPDATE hotswap._migrations SET index_oids = coalesce((SELECT array_agg(indexrelid) FROM pg_index WHERE indrelid = relation_oid), '{}')"
                " WHERE migration_id = $1",
                {context_.migration.id});
    }

    const StepContext &context_;
    Direction direction_;
    std::vector<TwinFlow> flows_;
    std::string why_;
    std::string horizon_;
    bool retried_ = false;
    ForcedSwitch forced_;
};

}  // namespace

Ended run_switch(const StepContext &context)
{
    Switch work(context);
    try {
        return run_locked(context, {.before = [&] { return work.before(); },
                                    .inside = [&] { return work.inside(); },
                                    .why_postponed = [&] { return work.why_postponed(); }});
    } catch (const core::Error &error) {
        return fail(context, bridge::describe(error));
    }
}

}  // namespace hotswap::engine
