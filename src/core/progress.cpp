// Rates and remaining time for people. Unknown is said as unknown, never as zero or infinity.
// SPDX-License-Identifier: PostgreSQL
#include "core/progress.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace hotswap::core {

namespace {

constexpr double kTimeConstantMs = 10000;

}  // namespace

double smooth_rate(double previous_rate, double rows, double elapsed_ms)
{
    if (elapsed_ms <= 0)
        return previous_rate;
    double sample = rows * 1000 / elapsed_ms;
    if (previous_rate <= 0)
        return sample;
    double weight = 1 - std::exp(-elapsed_ms / kTimeConstantMs);
    return previous_rate + weight * (sample - previous_rate);
}

std::optional<double> seconds_left(double rows_left, double rate)
{
    if (rows_left <= 0)
        return 0.0;
    if (rate <= 0)
        return std::nullopt;
    return rows_left / rate;
}

double percent(double done, double total)
{
    if (total <= 0)
        return 100;
    return std::clamp(100 * done / total, 0.0, 100.0);
}

std::string duration_text(double seconds)
{
    double tenths = std::round(std::max(0.0, seconds) * 10) / 10;
    if (tenths < 60)
        return fmt::format("{:.1f} s", tenths);
    auto whole = static_cast<std::int64_t>(std::llround(seconds));
    if (whole < 3600)
        return fmt::format("{} m {} s", whole / 60, whole % 60);
    if (whole < 86400)
        return fmt::format("{} h {} m", whole / 3600, whole % 3600 / 60);
    return fmt::format("{} d {} h", whole / 86400, whole % 86400 / 3600);
}

}  // namespace hotswap::core
