// See backfill.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/backfill.hpp"

#include "bridge/error.hpp"
#include "engine/backfill_chunk.hpp"
#include "engine/chunk_stream.hpp"
#include "engine/heap_stream.hpp"

namespace hotswap::engine {

namespace {

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
    const HeapTarget target = {context.migration.relation_oid, context.migration.relation};
    VacuumBehind vacuum(context, target);
    LockedRows locked(context, target);
    ChunkStream stream;
    stream.rows = estimated_rows(target);
    stream.blocks = total_blocks(target);
    stream.fixed_blocks = blocks_of_batch(context, target);
    stream.limits = chunk_limits(context, target);
    stream.work = [&](const store::Chunk &chunk) { return fill(context, chunk); };
    stream.after = [&](const store::BackfillState &state) { vacuum.after(state); };
    stream.met_locked_rows = [&](const store::Chunk &chunk, const store::ChunkCounts &counts) { return locked.met(chunk, counts); };
    return run_chunks(context, stream);
}

}  // namespace hotswap::engine
