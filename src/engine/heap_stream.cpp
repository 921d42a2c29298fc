// See heap_stream.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/heap_stream.hpp"

#include <algorithm>

#include "bridge/error.hpp"
#include "bridge/heap_chunk.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "bridge/top_level.hpp"
#include "core/progress.hpp"
#include "engine/limits.hpp"
#include "engine/lock_policy.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

using bridge::Sql;
using bridge::Transaction;

std::int64_t total_blocks(const HeapTarget &target)
{
    Transaction transaction;
    const std::int64_t blocks = bridge::relation_blocks(target.oid);
    transaction.commit();
    return blocks;
}

double estimated_rows(const HeapTarget &target)
{
    double rows = 0;
    store::in_transaction([&](Sql &sql) {
        rows = sql.run("SELECT greatest(reltuples, 0) AS n FROM pg_class WHERE oid = $1::oid", {static_cast<std::int64_t>(target.oid)})[0].number("n");
    });
    return rows;
}

std::int64_t blocks_of_batch(const StepContext &context, const HeapTarget &target)
{
    if (!context.options.batch_size)
        return 0;
    double rows_a_block = 1;
    store::in_transaction([&](Sql &sql) {
        const bridge::Row row = sql.run("SELECT greatest(reltuples, 0) AS rows, greatest(relpages, 1) AS pages FROM pg_class WHERE oid = $1::oid",
                                        {static_cast<std::int64_t>(target.oid)})[0];
        rows_a_block = std::max(1.0, row.number("rows") / row.number("pages"));
    });
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(*context.options.batch_size) / rows_a_block));
}

core::ServoLimits chunk_limits(const StepContext &context, const HeapTarget &target)
{
    core::ServoLimits limits;
    limits.target_ms = bridge::settings().chunk_time_ms;
    limits.ceiling_blocks =
        std::max<std::int64_t>(1, chunk_memory_kb(context) * 1024 / bridge::block_size());
    if (bridge::settings().vacuum_stretch > 0) {
        const std::int64_t stretch = total_blocks(target) * bridge::settings().vacuum_stretch / 100;
        limits.ceiling_blocks = std::min(limits.ceiling_blocks, std::max<std::int64_t>(64, stretch / (4 * context.streams)));
    }
    return limits;
}

void VacuumBehind::after(const store::BackfillState &state)
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
        bridge::run_top_level("VACUUM (TRUNCATE false, SKIP_LOCKED true) " + target_.relation, owner, 1000);
    } catch (const bridge::PgError &error) {
        // Room, not rightness, is at stake: the next stretch tries again.
        bridge::log("could not vacuum " + target_.relation + ": " + error.message);
    }
}

std::optional<Ended> LockedRows::met(const store::Chunk &chunk, const store::ChunkCounts &counts)
{
    if (counts.skipped == 0 || counts.changed > 0) {
        stuck_since_ = 0;
        return std::nullopt;
    }
    return chunk.revisit ? wait(chunk.attempts) : std::nullopt;
}

std::optional<Ended> LockedRows::held_up()
{
    return wait(++tries_at_end_);
}

std::optional<Ended> LockedRows::wait(int tries)
{
    const double now = bridge::now_ms();
    if (stuck_since_ == 0)
        stuck_since_ = now;
    std::optional<Blocker> blocker;
    store::in_transaction([&](Sql &sql) {
        blocker = find_row_locker(sql, target_.oid);
    });
    const std::string who = blocker ? blocker->description : "a transaction that has just ended";
    const double budget = context_.options.lock_budget_ms.value_or(bridge::settings().lock_budget_ms);
    if (now - stuck_since_ > budget)
        return pause(context_, "rows of " + target_.relation + " stay locked by " + who + ". Type hotswap.resume('" + context_.migration.id +
                                   "') to try again.");
    if (tries > 3)
        tell(context_, "waiting for rows locked by " + who);
    bridge::wait_ms(std::min(2000.0, 20.0 * (1 << std::min(tries, 7))));
    return std::nullopt;
}

}  // namespace hotswap::engine
