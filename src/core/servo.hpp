// Chunk size servo: finds how many heap blocks fit the target time, as Spirit's chunker does (p90 of the last 10 chunks,
// at most x1.5 up at a time, /10 when a chunk took more than 5 times the target), and never over 16 MiB of heap.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <vector>

namespace hotswap::core {

struct ServoLimits {
    double target_ms = 500;
    std::int64_t ceiling_blocks = 2048;   // 16 MiB of 8 KiB blocks
    std::int64_t floor_blocks = 1;
};

class ChunkServo {
  public:
    explicit ChunkServo(std::int64_t start_blocks = 64, ServoLimits limits = {});
    std::int64_t blocks() const { return blocks_; }
    void finished(std::int64_t blocks, double elapsed_ms);   // a chunk of that many blocks took that long
    void aim(double target_ms);                              // another target from now on; a smaller one acts at once
    void failed();                                           // lock timeout, deadlock: halve
  private:
    ServoLimits limits_;
    std::int64_t blocks_;
    std::vector<double> ms_per_block_;   // last 10
};

}  // namespace hotswap::core
