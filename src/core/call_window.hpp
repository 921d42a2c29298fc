// The calls a breaker looks at: those of the last seconds, in buckets, and the last so many, one by one. Plain data, never throws.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>

namespace hotswap::core {

struct WindowCounts {
    std::int64_t calls = 0, failures = 0, slow = 0;
};

class CallWindow {
  public:
    static constexpr int kBuckets = 30;
    static constexpr int kMostCalls = 1024;

    void add(bool success, bool slow, double now_ms, double window_ms, int window_calls);
    WindowCounts by_time(double now_ms, double window_ms) const;
    WindowCounts by_count() const { return last_; }

  private:
    static std::int64_t bucket_of(double now_ms, double window_ms);

    double width_ms_ = 0;                        // of the window the buckets were filled for
    std::int64_t newest_ = 0;                    // bucket number, counted from the epoch
    std::uint32_t calls_[kBuckets] = {}, failures_[kBuckets] = {}, slow_[kBuckets] = {};

    int ring_ = 0;                               // calls the ring was filled for
    int next_ = 0;
    WindowCounts last_;                          // sums over the ring
    std::uint64_t failed_bits_[kMostCalls / 64] = {}, slow_bits_[kMostCalls / 64] = {};
};

}  // namespace hotswap::core
