// One executor's stream of chunks over a fixed range of heap blocks: may I, claim, work, stand back.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/servo.hpp"
#include "engine/outcome.hpp"
#include "engine/step_context.hpp"
#include "store/chunks.hpp"

namespace hotswap::engine {

// The range is used up and no chunk is open.
enum class AtEnd {
    over,   // the step is done
    more,   // it has seen to what comes next
    held,   // somebody keeps rows locked: ask again
};

struct ChunkStream {
    std::int64_t blocks = 0;             // of the range, if nobody has fixed it yet
    double rows = 0;                     // an estimate, for people
    std::int64_t fixed_blocks = 0;       // chunk size the user wants, 0 = by the servo
    std::int64_t first_blocks = 64;      // size of the first chunk
    core::ServoLimits limits;
    bool in_order = false;               // chunks that were given back come before new ones
    bool may_be_looked_at = true;        // rollout_percentage stops in it
    bool rejects_end_it = true;          // rows that cannot be converted pause the migration at the end of the step
    // Does one chunk and records it with store::finish_chunk in the same transaction. ERRORS: retryable ones are tried again.
    std::function<store::ChunkCounts(const store::Chunk &)> work;
    std::function<std::optional<std::string>()> stop_before;    // a reason to pause before the next chunk; may be empty
    // In the transaction that would record the step as done. ERRORS: retryable ones count as held, if there is a held_at_end.
    std::function<AtEnd(bridge::Sql &)> at_end;                                                          // may be empty: over
    std::function<std::optional<Ended>()> held_at_end;                                                   // waits, or gives up; may be empty
    std::function<void(const store::BackfillState &)> after;                                             // may be empty
    std::function<std::optional<Ended>(const store::Chunk &, const store::ChunkCounts &)> met_locked_rows;  // may be empty
};

Ended run_chunks(const StepContext &context, const ChunkStream &stream);

}  // namespace hotswap::engine
