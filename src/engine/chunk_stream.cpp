// See chunk_stream.hpp.
//
// Termination (T13): the range is fixed when the step begins, chunks are claimed from it in order, and the step is done when
// the range is used up and no chunk is open. A chunk whose rows were met locked stays open. Whether really nothing is left is
// not concluded from that but asked: by the verify step, or by at_end.
// SPDX-License-Identifier: PostgreSQL
#include "engine/chunk_stream.hpp"

#include <algorithm>
#include <limits>

#include "bridge/error.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "bridge/stop_point.hpp"
#include "core/error.hpp"
#include "core/progress.hpp"
#include "engine/gate.hpp"
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
    bool held = false;           // nothing left but to end, and somebody is in the way
    std::optional<store::Chunk> chunk;
    store::BackfillState state;
};

double share(const store::BackfillState &state)
{
    return core::percent(static_cast<double>(state.next_block), static_cast<double>(state.blocks_total));
}

// One short transaction under the step's row lock, so that claims are made one at a time.
Claim claim(const StepContext &context, const ChunkStream &stream, std::int64_t blocks)
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
            result.wanted = result.state.begun;
        }
        if (result.wanted) {
            if (stream.may_be_looked_at && context.options.rollout_percentage < 100 && row->confirmed.empty() && share(result.state) >= context.options.rollout_percentage) {
                store::step_confirmed(sql, context.migration.id, context.row.number, "stopped for a look");
                result.look = true;
            } else {
                result.chunk = store::claim_chunk(sql, context.migration.id, context.row.number, context.stream, blocks, stream.in_order);
                const bool used_up = !result.chunk && result.state.open_chunks == 0;
                const AtEnd end = used_up && stream.at_end ? stream.at_end(sql) : AtEnd::over;
                if (end == AtEnd::more) {
                    result.wanted = false;
                } else if (end == AtEnd::held) {
                    result.held = true;
                } else if (used_up) {
                    store::step_done(sql, context.migration.id, context.row.number, false, 0);
                    store::set_reason(sql, context.migration.id, "");
                    result.finished = true;
                    // In the same transaction: no later step may begin on rows that could not be converted.
                    if (stream.rejects_end_it && result.state.rejected > 0) {
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

Claim claim_or_wait(const StepContext &context, const ChunkStream &stream, std::int64_t blocks)
{
    try {
        return claim(context, stream, blocks);
    } catch (const bridge::PgError &error) {
        if (!stream.held_at_end || error.is_cancel() || !error.is_retryable())
            throw;
    }
    Claim held;
    held.wanted = held.held = true;
    return held;
}

void give_back(const StepContext &context, const store::Chunk &chunk)
{
    store::in_transaction([&](Sql &sql) {
        store::give_back_chunk(sql, context.migration.id, context.row.number, chunk);
    });
}

bool prepare(const StepContext &context, const ChunkStream &stream)
{
    if (!begin_step(context))
        return false;
    store::in_transaction([&](Sql &sql) {
        (void)store::load_step(sql, context.migration.id, context.row.number, true);
        store::adopt_orphans(sql, context.migration.id, context.row.number, context.stream, context.streams);
        store::begin_range(sql, context.migration.id, context.row.number, stream.blocks, stream.rows);
    });
    return true;
}

}  // namespace

Ended run_chunks(const StepContext &context, const ChunkStream &stream)
{
    if (!prepare(context, stream))
        return Ended::stopped;
    // Smaller chunks were asked for, with hotswap.retry.
    const std::int64_t most = context.row.most_blocks > 0 ? context.row.most_blocks : std::numeric_limits<std::int64_t>::max();
    core::ServoLimits limits = stream.limits;
    limits.ceiling_blocks = std::max(limits.floor_blocks, std::min(limits.ceiling_blocks, most));
    const std::int64_t fixed = std::min(stream.fixed_blocks, most);
    core::ChunkServo servo(stream.first_blocks, limits);
    Pace pace;
    Gate gate(context);
    int failures = 0;
    for (;;) {
        bridge::ScratchMemory scratch;
        bridge::wait_ms(static_cast<double>(context.options.delay_ms));
        if (!gate.pass())
            return Ended::stopped;
        if (stream.stop_before)
            if (const auto reason = stream.stop_before())
                return pause(context, *reason);
        pace.look();
        servo.aim(pace.chunk_target_ms());
        // What was broken off is tried again in smaller pieces, also where the size is fixed.
        const std::int64_t wanted = fixed > 0 ? std::max<std::int64_t>(1, fixed >> failures) : servo.blocks();
        const Claim next = claim_or_wait(context, stream, gate.is_trial() ? stream.limits.floor_blocks : wanted);
        if (!next.wanted)
            return Ended::stopped;
        if (next.look)
            return pause(context, "stopped for a look after " + std::to_string(static_cast<int>(share(next.state))) +
                                      " % of the rows (rollout_percentage). Type hotswap.resume('" + context.migration.id + "') to go on.");
        if (next.finished)
            return stream.rejects_end_it && next.state.rejected > 0 ? Ended::paused : Ended::done;
        if (next.held) {
            if (const auto ended = stream.held_at_end())
                return *ended;
            continue;
        }
        if (!next.chunk)
            return Ended::stopped;   // others still work on the last chunks
        const store::Chunk &chunk = *next.chunk;
        const double started = bridge::now_ms();
        try {
            const store::ChunkCounts counts = stream.work(chunk);
            const double elapsed = bridge::now_ms() - started;
            servo.finished(chunk.block_to - chunk.block_from, elapsed);
            gate.done(elapsed);
            failures = 0;
            if (stream.after)
                stream.after(next.state);
            // What came after the chunk (a vacuum) is work like any other.
            gate.make_way(pace, bridge::now_ms() - started);
            if (stream.met_locked_rows)
                if (const auto ended = stream.met_locked_rows(chunk, counts))
                    return *ended;
        } catch (const bridge::PgError &error) {
            give_back(context, chunk);
            servo.failed();
            if (error.is_cancel())
                return Ended::stopped;
            if (!error.is_retryable() || ++failures > 30)
                return fail(context, bridge::describe(error));
            gate.failed(error.sqlstate);
            bridge::wait_ms(50.0 * failures);
        } catch (const core::Error &error) {
            give_back(context, chunk);
            return fail(context, bridge::describe(error));
        }
    }
}

}  // namespace hotswap::engine
