// What the executors of a migration may use of the server: CPU time, reading and writing, memory. By the settings, which may change
// while they work.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <vector>

#include "core/allowance.hpp"
#include "core/throttle.hpp"
#include "engine/step_context.hpp"

namespace hotswap::engine {

// CPU and IO of one executor, against its part of the limits: those of the migration divided by the executors at work. Lives as long
// as the step or stream.
class Limits {
  public:
    void worked(const StepContext &context);            // after a piece of work. REQUIRES: outside a transaction
    double rest_ms();                                    // until what was used is paid for, by the settings of now
    const std::vector<core::Restraint> &restraints() const { return restraints_; }

  private:
    void count();

    core::Allowance cpu_, io_;
    double executors_ = 1, counted_at_ms_ = 0;
    std::vector<core::Restraint> restraints_;            // of the last piece of work
};

// For the whole of this executor: sorts and index builds keep to hotswap.memory_limit, and with hotswap.cpu_limit they have no
// parallel workers, whose time nobody would count. REQUIRES: outside a transaction.
void limit_this_process(const StepContext &context);

// The most memory in kB that a piece of work may have which wants that much, and the part of it for one stream.
std::int64_t memory_kb(std::int64_t wanted_kb);
std::int64_t chunk_memory_kb(const StepContext &context);   // as hotswap.chunk_size, within the limit

}  // namespace hotswap::engine
