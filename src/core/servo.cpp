// The chunk servo: slow to grow, quick to shrink, never over its ceiling.
// SPDX-License-Identifier: PostgreSQL
#include "core/servo.hpp"

#include <algorithm>
#include <cmath>

namespace hotswap::core {

namespace {

constexpr std::size_t kSamples = 10;
constexpr double kGrowth = 1.5;
constexpr double kAlarm = 5;  // times the target
constexpr std::int64_t kAlarmCut = 10;

double p90(std::vector<double> samples)
{
    std::sort(samples.begin(), samples.end());
    auto rank = static_cast<std::size_t>(std::ceil(0.9 * static_cast<double>(samples.size())));
    return samples[rank - 1];
}

}  // namespace

ChunkServo::ChunkServo(std::int64_t start_blocks, ServoLimits limits)
    : limits_(limits), blocks_(std::clamp(start_blocks, limits.floor_blocks, limits.ceiling_blocks))
{
}

void ChunkServo::finished(std::int64_t blocks, double elapsed_ms)
{
    if (blocks <= 0)
        return;
    if (elapsed_ms > kAlarm * limits_.target_ms) {
        // The samples describe a server that no longer is: start to learn again.
        ms_per_block_.clear();
        blocks_ = std::max(limits_.floor_blocks, blocks_ / kAlarmCut);
        return;
    }
    ms_per_block_.push_back(std::max(0.0, elapsed_ms) / static_cast<double>(blocks));
    if (ms_per_block_.size() > kSamples)
        ms_per_block_.erase(ms_per_block_.begin());

    double cost = p90(ms_per_block_);
    // At least one block more, else a servo at one block could never grow.
    std::int64_t most = std::max(blocks_ + 1, static_cast<std::int64_t>(static_cast<double>(blocks_) * kGrowth));
    double fitting = cost > 0 ? limits_.target_ms / cost : static_cast<double>(most);
    std::int64_t wanted = fitting >= static_cast<double>(most) ? most : static_cast<std::int64_t>(fitting);
    blocks_ = std::clamp(wanted, limits_.floor_blocks, limits_.ceiling_blocks);
}

void ChunkServo::aim(double target_ms)
{
    limits_.target_ms = target_ms;
    if (ms_per_block_.empty())
        return;
    const double cost = p90(ms_per_block_);
    if (cost > 0 && target_ms / cost < static_cast<double>(blocks_))
        blocks_ = std::max(limits_.floor_blocks, static_cast<std::int64_t>(target_ms / cost));
}

void ChunkServo::failed()
{
    blocks_ = std::max(limits_.floor_blocks, blocks_ / 2);
}

}  // namespace hotswap::core
