// See pace.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/pace.hpp"

#include <algorithm>

namespace hotswap::core {

namespace {

// 0 idle .. 1 busy
double business(const Load &load)
{
    const double clients_a_processor = load.active_clients / std::max(1, load.processors);
    return std::clamp((clients_a_processor - 0.5) / 0.5, 0.0, 1.0);
}

}  // namespace

double rest_ms(double chunk_ms, const Load &load, double busy_share)
{
    const double share = std::clamp(busy_share, 0.01, 1.0);
    const double busy = business(load);
    // Working w of the time means resting (1 - w) / w times as long as a chunk took.
    return std::min(kLongestRestMs, std::max(0.0, chunk_ms) * busy * (1 - share) / share);
}

double chunk_target_ms(double chunk_time_ms, const Load &load)
{
    if (chunk_time_ms <= kBusyChunkMs)
        return chunk_time_ms;
    return chunk_time_ms + (kBusyChunkMs - chunk_time_ms) * business(load);
}

double smooth_load(double previous, double sample)
{
    return previous + (sample - previous) / 3;
}

}  // namespace hotswap::core
