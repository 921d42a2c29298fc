// See call_window.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/call_window.hpp"

#include <algorithm>
#include <cmath>

namespace hotswap::core {

namespace {

// Sets a bit and says what it was.
bool exchange(std::uint64_t *bits, int at, bool value)
{
    std::uint64_t &word = bits[at / 64];
    const std::uint64_t mask = std::uint64_t{1} << (at % 64);
    const bool was = (word & mask) != 0;
    word = value ? word | mask : word & ~mask;
    return was;
}

}  // namespace

std::int64_t CallWindow::bucket_of(double now_ms, double window_ms)
{
    return static_cast<std::int64_t>(std::floor(now_ms / (window_ms / kBuckets)));
}

void CallWindow::add(bool success, bool slow, double now_ms, double window_ms, int window_calls)
{
    // Other lengths than so far: what was counted does not fit any more.
    if (width_ms_ != window_ms || ring_ != window_calls) {
        *this = CallWindow();
        width_ms_ = window_ms;
        ring_ = std::clamp(window_calls, 1, kMostCalls);
    }
    // A clock that goes back puts calls into the newest bucket, unless it went back by more than the window.
    std::int64_t now = bucket_of(now_ms, window_ms);
    if (now < newest_ && newest_ - now < kBuckets)
        now = newest_;
    const std::int64_t passed = now < newest_ ? kBuckets : std::min<std::int64_t>(now - newest_, kBuckets);
    for (std::int64_t i = 0; i < passed; ++i) {
        const auto old = static_cast<std::size_t>((now - i) % kBuckets);
        calls_[old] = failures_[old] = slow_[old] = 0;
    }
    newest_ = now;
    const auto at = static_cast<std::size_t>(now % kBuckets);
    ++calls_[at];
    failures_[at] += success ? 0 : 1;
    slow_[at] += slow ? 1 : 0;

    const bool full = last_.calls == ring_;
    const bool failed_then = exchange(failed_bits_, next_, !success), slow_then = exchange(slow_bits_, next_, slow);
    last_.calls += full ? 0 : 1;
    last_.failures += (success ? 0 : 1) - (full && failed_then ? 1 : 0);
    last_.slow += (slow ? 1 : 0) - (full && slow_then ? 1 : 0);
    next_ = (next_ + 1) % ring_;
}

WindowCounts CallWindow::by_time(double now_ms, double window_ms) const
{
    WindowCounts counts;
    if (width_ms_ != window_ms)
        return counts;
    const std::int64_t now = std::max(bucket_of(now_ms, window_ms), newest_);
    for (std::int64_t bucket = std::max<std::int64_t>(0, now - kBuckets + 1); bucket <= newest_; ++bucket) {
        const auto at = static_cast<std::size_t>(bucket % kBuckets);
        counts.calls += calls_[at];
        counts.failures += failures_[at];
        counts.slow += slow_[at];
    }
    return counts;
}

}  // namespace hotswap::core
