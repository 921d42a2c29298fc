// See own_use.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/own_use.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "bridge/postgres.hpp"
#include "bridge/session.hpp"

extern "C" {
#include "access/xact.h"
#include "executor/instrument.h"
}

namespace hotswap::bridge {

namespace {

constexpr std::uint64_t kLittleWal = 64 * 1024;
constexpr int kCommits = 9;
constexpr int kFew = 3;

struct Commits {
    double ms[kCommits];
    unsigned long n;
};
Commits lately;   // NOLINT: one process, one thread; begins as zeros

double ms_of(const timeval &time)
{
    return static_cast<double>(time.tv_sec) * 1000 + static_cast<double>(time.tv_usec) / 1000;
}

}  // namespace

OwnUse own_use()
{
    OwnUse use;
    struct rusage usage;
    if (::getrusage(RUSAGE_SELF, &usage) == 0)
        use.cpu_ms = ms_of(usage.ru_utime) + ms_of(usage.ru_stime);
    const double blocks = static_cast<double>(pgBufferUsage.shared_blks_read + pgBufferUsage.shared_blks_dirtied + pgBufferUsage.local_blks_read +
                                              pgBufferUsage.local_blks_written + pgBufferUsage.temp_blks_read + pgBufferUsage.temp_blks_written);
    use.io_bytes = blocks * BLCKSZ + static_cast<double>(pgWalUsage.wal_bytes);
    return use;
}

std::optional<double> commit_latency_ms()
{
    const auto n = static_cast<int>(std::min<unsigned long>(lately.n, kCommits));
    if (n < kFew)
        return std::nullopt;
    double sorted[kCommits];
    std::copy(lately.ms, lately.ms + n, sorted);
    std::sort(sorted, sorted + n);
    return sorted[n / 2];
}

std::uint64_t wal_written()
{
    return pgWalUsage.wal_bytes;
}

CommitTimer::CommitTimer(std::uint64_t wal_at_begin)
    : counts_(::GetTopTransactionIdIfAny() != InvalidTransactionId && pgWalUsage.wal_bytes - wal_at_begin < kLittleWal), began_ms_(now_ms())
{
}

void CommitTimer::committed() const
{
    if (counts_)
        lately.ms[lately.n++ % kCommits] = now_ms() - began_ms_;
}

}  // namespace hotswap::bridge
