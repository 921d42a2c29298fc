// See rank_test.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/rank_test.hpp"

#include <algorithm>
#include <cmath>

namespace hotswap::core {

namespace {

// P(Z > z) of the normal distribution.
double upper_tail(double z)
{
    return 0.5 * std::erfc(z / std::sqrt(2.0));
}

// z with P(Z > z) = tail, 0 < tail < 0.5. The tail falls with z, so halving an interval finds it.
double quantile(double tail)
{
    double low = 0, high = 40;
    for (int i = 0; i < 100; ++i) {
        const double middle = (low + high) / 2;
        (upper_tail(middle) > tail ? low : high) = middle;
    }
    return low;
}

double variance_of_u(double n, double m)
{
    return n * m * (n + m + 1) / 12;
}

}  // namespace

double median(std::vector<double> values)
{
    if (values.empty())
        return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1)
        return *middle;
    return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

RankTest rank_test(const std::vector<double> &first, const std::vector<double> &second)
{
    RankTest result;
    if (first.empty() || second.empty())
        return result;
    struct Value {
        double value;
        bool second;
    };
    std::vector<Value> all;
    for (const double value : first)
        all.push_back({value, false});
    for (const double value : second)
        all.push_back({value, true});
    std::sort(all.begin(), all.end(), [](const Value &a, const Value &b) { return a.value < b.value; });

    const auto n = static_cast<double>(first.size()), m = static_cast<double>(second.size()), both = n + m;
    double rank_sum = 0, ties = 0;
    for (std::size_t begin = 0, end = 0; begin < all.size(); begin = end) {
        std::size_t of_second = 0;
        for (end = begin; end < all.size() && all[end].value == all[begin].value; ++end)
            of_second += all[end].second ? 1 : 0;
        const auto tied = static_cast<double>(end - begin);
        rank_sum += static_cast<double>(of_second) * (static_cast<double>(begin + end) + 1) / 2;   // the mean of their ranks
        ties += tied * tied * tied - tied;
    }
    result.u = rank_sum - m * (m + 1) / 2;
    result.delta = 2 * result.u / (n * m) - 1;
    const double variance = both > 1 ? variance_of_u(n, m) - n * m * ties / (12 * both * (both - 1)) : 0;
    if (variance > 0)   // else all values are the same
        result.p_greater = upper_tail((result.u - n * m / 2 - 0.5) / std::sqrt(variance));
    return result;
}

Shift shift_between(const std::vector<double> &first, const std::vector<double> &second, double confidence)
{
    if (first.empty() || second.empty())
        return {};
    std::vector<double> differences;
    differences.reserve(first.size() * second.size());
    for (const double a : first)
        for (const double b : second)
            differences.push_back(b - a);
    std::sort(differences.begin(), differences.end());
    const auto n = static_cast<double>(first.size()), m = static_cast<double>(second.size());
    const double below = n * m / 2 - quantile((1 - confidence) / 2) * std::sqrt(variance_of_u(n, m));
    // The interval's ends are the differences that as many lie outside of; with too few values it is all of them.
    const auto outside = static_cast<std::size_t>(std::max(0.0, std::floor(below)));
    Shift shift;
    shift.estimate = median(differences);
    shift.low = differences[std::min(outside, differences.size() - 1)];
    shift.high = differences[differences.size() - 1 - std::min(outside, differences.size() - 1)];
    return shift;
}

}  // namespace hotswap::core
