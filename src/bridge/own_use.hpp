// What this process has used of the server since it began, and how long its short transactions lately took to commit.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <optional>

namespace hotswap::bridge {

struct OwnUse {
    double cpu_ms = 0;       // in the process and in the kernel for it; not that of parallel workers
    double io_bytes = 0;     // blocks read that were in no buffer, blocks made dirty (each is written once, by whomever), and WAL
};

OwnUse own_use();

// The median of the last ones that wrote something, but little: a long flush of much WAL would say nothing of the disk. Nothing
// until there were a few.
std::optional<double> commit_latency_ms();

// Measures one commit. By Transaction only.
std::uint64_t wal_written();
class CommitTimer {
  public:
    explicit CommitTimer(std::uint64_t wal_at_begin);   // right before the commit
    void committed() const;

  private:
    bool counts_;
    double began_ms_;
};

}  // namespace hotswap::bridge
