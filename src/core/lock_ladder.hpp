// The lock policy as numbers: how long one attempt may queue, how long to stand back, when to give up.
// Measured basis: about twice the p99 transaction time gets the lock nearly always, NOWAIT never does on a busy table.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <optional>

namespace hotswap::core {

// clamp(2 x p99, 5 ms, 500 ms) and always below deadlock_timeout, so that hotswap is the victim.
// Without an observation the answer is 100 ms. wanted_ms is the user's own setting.
double lock_timeout_ms(std::optional<double> p99_transaction_ms, double deadlock_timeout_ms, std::optional<double> wanted_ms);

class LockLadder {
  public:
    explicit LockLadder(double budget_ms, std::uint64_t seed);
    // How long to stand back before the next attempt: 10 ms x 2^n with jitter in [0.5, 1.5), at most 5 s.
    // Nothing when the budget is used up. elapsed_ms counts since the first attempt.
    std::optional<double> next_delay_ms(double elapsed_ms);
    int attempts() const { return attempts_; }
  private:
    double budget_ms_;
    std::uint64_t random_;
    int attempts_ = 0;
};

}  // namespace hotswap::core
