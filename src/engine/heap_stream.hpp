// What streams that change rows of a table in place have in common beside the loop of chunk_stream: how large a chunk may be, a
// vacuum behind it, and patience with rows that the application keeps locked.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/servo.hpp"
#include "engine/step_context.hpp"
#include "store/chunks.hpp"

namespace hotswap::engine {

// The table whose rows change: the migration's own, or a partition of it.
struct HeapTarget {
    unsigned oid = 0;
    std::string relation;   // qualified and quoted
};

// All REQUIRE: outside a transaction.
std::int64_t total_blocks(const HeapTarget &target);
double estimated_rows(const HeapTarget &target);
std::int64_t blocks_of_batch(const StepContext &context, const HeapTarget &target);   // option batch_size; 0 when it is not given
// A chunk is small against the stretch between two vacuums, too: what is not committed yet cannot be vacuumed.
core::ServoLimits chunk_limits(const StepContext &context, const HeapTarget &target);

// Dead row versions of the stretch behind us become room for the stretch before us: without it the table would double.
class VacuumBehind {
  public:
    VacuumBehind(const StepContext &context, HeapTarget target) : context_(context), target_(std::move(target)) {}
    void after(const store::BackfillState &state);

  private:
    const StepContext &context_;
    const HeapTarget target_;
    std::int64_t last_ = -1;
};

// Nothing but locked rows left: says who holds them, and after the budget pauses.
class LockedRows {
  public:
    LockedRows(const StepContext &context, HeapTarget target) : context_(context), target_(std::move(target)) {}
    std::optional<Ended> met(const store::Chunk &chunk, const store::ChunkCounts &counts);
    std::optional<Ended> held_up();   // at the end, when no chunk is left

  private:
    std::optional<Ended> wait(int tries);

    const StepContext &context_;
    const HeapTarget target_;
    double stuck_since_ = 0;
    int tries_at_end_ = 0;
};

}  // namespace hotswap::engine
