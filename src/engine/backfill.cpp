// See backfill.hpp. The loop of one stream: may I, claim, fill, record, stand back.
//
// Termination (T13): the range is fixed when the backfill begins, chunks are claimed from it in order, and the step is done
// when the range is used up and no chunk is open. Rows met locked keep their chunk open. Whether really nothing is left is
// not concluded from that but asked by the verify step.
// SPDX-License-Identifier: PostgreSQL
#include "engine/backfill.hpp"

#include <algorithm>

#include "bridge/error.hpp"
#include "bridge/heap_chunk.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "bridge/stop_point.hpp"
#include "bridge/top_level.hpp"
#include "core/error.hpp"
#include "core/progress.hpp"
#include "core/servo.hpp"
#include "engine/backfill_chunk.hpp"
#include "engine/lock_policy.hpp"
#include "engine/throttle.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;
using bridge::Transaction;

struct Claim {
    bool wanted = false;         // the migration still runs
    bool finished = false;       // the step is done, by us
    bool look = false;           // rollout_percentage is reached
    std::optional<store::Chunk> chunk;
    store::BackfillState state;
};

double share(const store::BackfillState &state)
{
    return core::percent(static_cast<double>(state.next_block), static_cast<double>(state.blocks_total));
}

// One short transaction under the step's row lock, so that claims are made one at a time.
Claim claim(const StepContext &context, std::int64_t blocks)
{
    Claim result;
    Transaction transaction;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        const auto row = store::load_step(sql, context.migration.id, context.row.number, true);
        transaction.new_snapshot();
        result.wanted = row && still_wanted(sql, context);
        if (result.wanted) {
            result.state = store::backfill_state(sql, context.migration.id, context.row.number);
            if (context.options.rollout_percentage < 100 && row->confirmed.empty() && share(result.state) >= context.options.rollout_percentage) {
                store::step_confirmed(sql, context.migration.id, context.row.number, "stopped for a look");
                result.look = true;
            } else {
                result.chunk = store::claim_chunk(sql, context.migration.id, context.row.number, context.stream, blocks);
                if (!result.chunk && result.state.open_chunks == 0) {
                    store::step_done(sql, context.migration.id, context.row.number, false, 0);
                    store::set_reason(sql, context.migration.id, "");
                    result.finished = true;
                    // In the same transaction: no later step may begin on rows that could not be converted.
                    if (result.state.rejected > 0) {
                        store::Migration migration = store::lock_migration(sql, context.migration.id);
                        (void)store::take_event(sql, &migration, core::Event::trip, rejects_reason(context, result.state.rejected));
                    }
                }
            }
        }
    }
    HOTSWAP_STOP("chunk_claimed");
    transaction.commit();
    return result;
}

void give_back(const StepContext &context, const store::Chunk &chunk)
{
    store::in_transaction([&](Sql &sql) {
        store::give_back_chunk(sql, context.migration.id, context.row.number, chunk);
    });
}

bool prepare(const StepContext &context)
{
    if (!begin_step(context))
        return false;
    store::in_transaction([&](Sql &sql) {
        (void)store::load_step(sql, context.migration.id, context.row.number, true);
        store::adopt_orphans(sql, context.migration.id, context.row.number, context.stream, context.streams);
        const auto oid = static_cast<std::int64_t>(context.migration.relation_oid);
        const double rows = sql.run("SELECT greatest(reltuples, 0) AS n FROM pg_class WHERE oid = $1::oid", {oid})[0].number("n");
        store::begin_backfill(sql, context.migration.id, context.row.number, bridge::relation_blocks(context.migration.relation_oid), rows);
    });
    return true;
}

// Dead row versions of the stretch behind us become room for the stretch before us: without it the table would double.
class Vacuum {
  public:
    explicit Vacuum(const StepContext &context) : context_(context) {}

    void after(const store::BackfillState &state)
    {
        const int percent = bridge::settings().vacuum_stretch;
        if (context_.stream != 1 || percent == 0 || state.blocks_total == 0)
            return;
        if (last_ < 0)
            last_ = state.next_block;
        if ((state.next_block - last_) * 100 < state.blocks_total * percent || state.next_block - last_ < 128)
            return;
        last_ = state.next_block;
        try {
            unsigned owner = 0;
            {
                Transaction transaction;
                owner = owner_oid(context_);
                transaction.commit();
            }
            bridge::run_top_level("VACUUM (TRUNCATE false, SKIP_LOCKED true) " + context_.migration.relation, owner, 1000);
        } catch (const bridge::PgError &error) {
            // Room, not rightness, is at stake: the next stretch tries again.
            bridge::log("could not vacuum " + context_.migration.relation + ": " + error.message);
        }
    }

  private:
    const StepContext &context_;
    std::int64_t last_ = -1;
};

std::int64_t total_blocks(const StepContext &context)
{
    Transaction transaction;
    const std::int64_t blocks = bridge::relation_blocks(context.migration.relation_oid);
    transaction.commit();
    return blocks;
}

std::int64_t blocks_of_batch(const StepContext &context)
{
    double rows_a_block = 1;
    store::in_transaction([&](Sql &sql) {
        const bridge::Row row = sql.run("SELECT greatest(reltuples, 0) AS rows, greatest(relpages, 1) AS pages FROM pg_class WHERE oid = $1::oid",
                                        {static_cast<std::int64_t>(context.migration.relation_oid)})[0];
        rows_a_block = std::max(1.0, row.number("rows") / row.number("pages"));
    });
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(*context.options.batch_size) / rows_a_block));
}

// Nothing but locked rows left: say who holds them, and after the budget pause.
std::optional<Ended> wait_for_rows(const StepContext &context, const store::Chunk &chunk, double *stuck_since)
{
    const double now = bridge::now_ms();
    if (*stuck_since == 0)
        *stuck_since = now;
    std::optional<Blocker> blocker;
    {
        store::in_transaction([&](Sql &sql) {
            blocker = find_row_locker(sql, context.migration.relation_oid);
        });
    }
    const std::string who = blocker ? blocker->description : "a transaction that has just ended";
    const double budget = context.options.lock_budget_ms.value_or(bridge::settings().lock_budget_ms);
    if (now - *stuck_since > budget)
        return pause(context, "rows of " + context.migration.relation + " stay locked by " + who + ". Type hotswap.resume('" +
                                  context.migration.id + "') to try again.");
    if (chunk.attempts > 3)
        tell(context, "waiting for rows locked by " + who);
    bridge::wait_ms(std::min(2000.0, 20.0 * (1 << std::min(chunk.attempts, 7))));
    return std::nullopt;
}

// A chunk is small against the stretch between two vacuums, too: what is not committed yet cannot be vacuumed.
core::ServoLimits limits(const StepContext &context)
{
    core::ServoLimits limits;
    limits.target_ms = bridge::settings().chunk_time_ms;
    limits.ceiling_blocks =
        std::max<std::int64_t>(1, static_cast<std::int64_t>(bridge::settings().chunk_bytes_kb) * 1024 / bridge::block_size());
    if (bridge::settings().vacuum_stretch > 0) {
        const std::int64_t stretch = total_blocks(context) * bridge::settings().vacuum_stretch / 100;
        limits.ceiling_blocks = std::min(limits.ceiling_blocks, std::max<std::int64_t>(64, stretch / (4 * context.streams)));
    }
    return limits;
}

}  // namespace

Ended run_backfill(const StepContext &context)
{
    if (!prepare(context))
        return Ended::stopped;
    core::ChunkServo servo(64, limits(context));
    const std::int64_t fixed_blocks = context.options.batch_size ? blocks_of_batch(context) : 0;
    Vacuum vacuum(context);
    Pace pace;
    double stuck_since = 0;
    int failures = 0;
    for (;;) {
        bridge::ScratchMemory scratch;
        bridge::wait_ms(static_cast<double>(context.options.delay_ms));
        if (const auto reason = throttled(context)) {
            if (!tell_if_wanted(context, *reason))
                return Ended::stopped;
            bridge::wait_ms(500);
            continue;
        }
        pace.look();
        servo.aim(pace.chunk_target_ms());
        const Claim next = claim(context, fixed_blocks > 0 ? fixed_blocks : servo.blocks());
        if (!next.wanted)
            return Ended::stopped;
        if (next.look)
            return pause(context, "stopped for a look after " + std::to_string(static_cast<int>(share(next.state))) +
                                      " % of the rows (rollout_percentage). Type hotswap.resume('" + context.migration.id + "') to go on.");
        if (next.finished)
            return next.state.rejected > 0 ? Ended::paused : Ended::done;
        if (!next.chunk)
            return Ended::stopped;   // others still work on the last chunks
        const store::Chunk &chunk = *next.chunk;
        const double started = bridge::now_ms();
        try {
            store::ChunkCounts counts;
            try {
                counts = fill_chunk(context, chunk, false);
            } catch (const bridge::PgError &error) {
                if (!error.is_about_data())
                    throw;
                counts = fill_chunk(context, chunk, true);
            }
            const double elapsed = bridge::now_ms() - started;
            servo.finished(chunk.block_to - chunk.block_from, elapsed);
            failures = 0;
            vacuum.after(next.state);
            // A vacuum is work like any other.
            bridge::wait_ms(pace.rest_ms(bridge::now_ms() - started));
            if (counts.skipped == 0) {
                stuck_since = 0;
            } else if (chunk.revisit) {
                if (const auto ended = wait_for_rows(context, chunk, &stuck_since))
                    return *ended;
            }
        } catch (const bridge::PgError &error) {
            give_back(context, chunk);
            servo.failed();
            if (error.is_cancel())
                return Ended::stopped;
            if (!error.is_retryable() || ++failures > 30)
                return fail(context, bridge::describe(error));
            bridge::wait_ms(50.0 * failures);
        } catch (const core::Error &error) {
            give_back(context, chunk);
            return fail(context, bridge::describe(error));
        }
    }
}

}  // namespace hotswap::engine
