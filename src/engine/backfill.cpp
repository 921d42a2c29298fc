// See backfill.hpp. What a stream of a backfill does beside the loop of chunk_stream: vacuum behind itself, and wait for rows
// that the application keeps locked.
// SPDX-License-Identifier: PostgreSQL
#include "engine/backfill.hpp"

#include <algorithm>

#include "bridge/error.hpp"
#include "bridge/heap_chunk.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "bridge/top_level.hpp"
#include "core/progress.hpp"
#include "engine/backfill_chunk.hpp"
#include "engine/chunk_stream.hpp"
#include "engine/lock_policy.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Sql;
using bridge::Transaction;

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

store::ChunkCounts fill(const StepContext &context, const store::Chunk &chunk)
{
    try {
        return fill_chunk(context, chunk, false);
    } catch (const bridge::PgError &error) {
        if (!error.is_about_data())
            throw;
        return fill_chunk(context, chunk, true);
    }
}

}  // namespace

Ended run_backfill(const StepContext &context)
{
    Vacuum vacuum(context);
    double stuck_since = 0;
    ChunkStream stream;
    store::in_transaction([&](Sql &sql) {
        const auto oid = static_cast<std::int64_t>(context.migration.relation_oid);
        stream.rows = sql.run("SELECT greatest(reltuples, 0) AS n FROM pg_class WHERE oid = $1::oid", {oid})[0].number("n");
    });
    stream.blocks = total_blocks(context);
    stream.fixed_blocks = context.options.batch_size ? blocks_of_batch(context) : 0;
    stream.limits = limits(context);
    stream.work = [&](const store::Chunk &chunk) { return fill(context, chunk); };
    stream.after = [&](const store::BackfillState &state) { vacuum.after(state); };
    stream.met_locked_rows = [&](const store::Chunk &chunk, const store::ChunkCounts &counts) -> std::optional<Ended> {
        if (counts.skipped == 0) {
            stuck_since = 0;
            return std::nullopt;
        }
        return chunk.revisit ? wait_for_rows(context, chunk, &stuck_since) : std::nullopt;
    };
    return run_chunks(context, stream);
}

}  // namespace hotswap::engine
