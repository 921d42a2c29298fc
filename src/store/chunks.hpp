// hotswap._migration_chunks: which heap blocks of a backfill are done, and the progress row that sums them up.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/sql.hpp"

namespace hotswap::store {

struct Chunk {
    int number = 0;
    std::int64_t block_from = 0, block_to = 0;
    int attempts = 1;
    bool revisit = false;
};

struct ChunkCounts {
    std::int64_t seen = 0, changed = 0, skipped = 0, rejected = 0;
};

// For the conductor: which streams have something to do.
struct StreamNeed {
    bool all = false;            // there are chunks to claim: every stream is welcome
    std::vector<int> streams;    // else these: they have a chunk under way, or are to say that the step is done
};

struct BackfillState {
    bool begun = false;
    std::int64_t blocks_total = 0;   // fixed when the step began
    std::int64_t next_block = 0;
    std::int64_t open_chunks = 0;    // running by anybody, or to be revisited
    std::int64_t revisit_chunks = 0;
    std::int64_t rejected = 0;
};

// Notes the size as the finite range of this step, once.
void begin_range(bridge::Sql &sql, const std::string &migration, int step_no, std::int64_t blocks, double rows);
StreamNeed stream_need(bridge::Sql &sql, const std::string &migration, int step_no);
BackfillState backfill_state(bridge::Sql &sql, const std::string &migration, int step_no);

// The next thing to do for this stream: a new range of at most `blocks`, else the oldest chunk to revisit, else nothing.
// REQUIRES: the step's row is locked (claims are made one at a time).
// A chunk to revisit that is larger than `blocks` is cut. in_order: chunks to revisit come first.
std::optional<Chunk> claim_chunk(bridge::Sql &sql, const std::string &migration, int step_no, int stream, std::int64_t blocks,
                                 bool in_order = false);
// In the transaction that changed the rows.
void finish_chunk(bridge::Sql &sql, const std::string &migration, int step_no, const Chunk &chunk, const ChunkCounts &counts,
                  double elapsed_ms);
// copy: where in the twin the rows of this chunk went. In the transaction that wrote them, after finish_chunk.
void chunk_wrote(bridge::Sql &sql, const std::string &migration, int step_no, const Chunk &chunk, std::int64_t from, std::int64_t to);
struct CopiedChunk {
    std::int64_t block_from = 0, block_to = 0, target_from = 0, target_to = 0;
    std::uint32_t writer = 0;
};
std::vector<CopiedChunk> copied_chunks(bridge::Sql &sql, const std::string &migration, int step_no);   // in order of their blocks
// hotswap.retry: the step goes on with chunks half as large as the largest that is open. What they are now; 0: it has none.
std::int64_t halve_chunks(bridge::Sql &sql, const std::string &migration, int step_no);
void unlimit_chunks(bridge::Sql &sql, const std::string &migration, int step_no);   // as large as they would be
void give_back_chunk(bridge::Sql &sql, const std::string &migration, int step_no, const Chunk &chunk);
// Chunks a dead executor left running: of this stream, and of streams above `streams`.
void adopt_orphans(bridge::Sql &sql, const std::string &migration, int step_no, int stream, int streams);
void forget_chunks(bridge::Sql &sql, const std::string &migration, int step_no);       // the whole backfill again
void forget_bookkeeping(bridge::Sql &sql, const std::string &migration);               // chunks and rejects of a finished migration
void reopen_rejected(bridge::Sql &sql, const std::string &migration);                  // hotswap.retry: chunks with rejects again

void add_reject(bridge::Sql &sql, const std::string &migration, int step_no, int chunk_no, const std::string &tid,
                const std::string &key_json, const std::string &value_json, const std::string &sqlstate, const std::string &error);
void forget_rejects(bridge::Sql &sql, const std::string &migration, int step_no, const Chunk &chunk);
std::int64_t reject_count(bridge::Sql &sql, const std::string &migration);

}  // namespace hotswap::store
