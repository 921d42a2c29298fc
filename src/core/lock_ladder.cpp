// The numbers of the lock policy. Randomness is a seed of the caller: same seed, same ladder, so that tests repeat.
// SPDX-License-Identifier: PostgreSQL
#include "core/lock_ladder.hpp"

#include <algorithm>
#include <cmath>

namespace hotswap::core {

namespace {

constexpr double kLeastTimeout = 5;
constexpr double kMostTimeout = 500;
constexpr double kUnknownTimeout = 100;
constexpr double kBelowDeadlock = 0.8;  // clear of the deadlock detector even when our timer fires late
constexpr double kFirstDelay = 10;
constexpr double kMostDelay = 5000;
constexpr int kMostDoublings = 10;  // 10 ms x 2^10 is over kMostDelay

// splitmix64: one addition and two multiplications, good enough to spread retries.
std::uint64_t next_random(std::uint64_t &state)
{
    state += 0x9E3779B97F4A7C15ull;
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

}  // namespace

double lock_timeout_ms(std::optional<double> p99_transaction_ms, double deadlock_timeout_ms, std::optional<double> wanted_ms)
{
    double timeout = kUnknownTimeout;
    if (wanted_ms)
        timeout = *wanted_ms;
    else if (p99_transaction_ms)
        timeout = 2 * *p99_transaction_ms;
    timeout = std::clamp(timeout, kLeastTimeout, kMostTimeout);
    // 1 ms is the smallest lock_timeout the server knows; 0 would mean to wait for ever.
    return std::max(1.0, std::min(timeout, deadlock_timeout_ms * kBelowDeadlock));
}

LockLadder::LockLadder(double budget_ms, std::uint64_t seed) : budget_ms_(budget_ms), random_(seed)
{
}

std::optional<double> LockLadder::next_delay_ms(double elapsed_ms)
{
    if (elapsed_ms >= budget_ms_)
        return std::nullopt;
    double jitter = 0.5 + static_cast<double>(next_random(random_) >> 11) * 0x1.0p-53;
    double delay = std::min(kMostDelay, std::ldexp(kFirstDelay, std::min(attempts_, kMostDoublings)) * jitter);
    ++attempts_;
    // The last rung ends with the budget, so that the whole budget is used.
    return std::min(delay, budget_ms_ - elapsed_ms);
}

}  // namespace hotswap::core
