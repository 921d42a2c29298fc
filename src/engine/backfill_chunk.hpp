// One chunk of a backfill: its rows and its row in _migration_chunks in one transaction, so that a chunk is done or it is not.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "engine/step_context.hpp"
#include "store/chunks.hpp"

namespace hotswap::engine {

// careful: each conversion in a subtransaction of its own, failures recorded in _migration_rejects. The quick way raises at
// the first row that cannot be converted; the caller then does the chunk again carefully.
// REQUIRES: outside a transaction. ERRORS: PgError, with nothing of the chunk done.
store::ChunkCounts fill_chunk(const StepContext &context, const store::Chunk &chunk, bool careful);

}  // namespace hotswap::engine
