// See health.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/health.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/rank_test.hpp"

namespace hotswap::core {

namespace {

constexpr double kChance = 0.01;        // one-sided
constexpr double kConfidence = 0.98;
constexpr double kLargeEffect = 0.474;

// judged are those that say how the application fares; the others say what it does, which it may do as it likes.
constexpr Metric kMetrics[] = {
    {"transaction_latency", "ms", true, true, 0.25, 1},
    {"statement_latency", "ms", true, true, 0.25, 0.5},
    {"probe_latency", "ms", true, true, 0.5, 10},
    {"rollback_ratio", "", true, true, 0.25, 0.02},
    {"lock_waits", "", true, true, 0.25, 1},
    {"deadlocks", "", true, true, 0, 0.2},
    {"tps", "", false, false, 0.5, 10},
    {"commit_rate", "", false, false, 0.5, 10},
    {"rollback_rate", "", true, false, 0.5, 1},
    {"cache_hit_ratio", "", false, false, 0.1, 0.05},
    {"temp_bytes", "", true, false, 0.5, 1048576},
    {"connections", "", true, false, 0.5, 5},
    {"replication_lag", "ms", true, false, 0.5, 1000},
};

void keep_last(std::vector<double> &values)
{
    if (values.size() > kMostSamples)
        values.erase(values.begin(), values.end() - static_cast<std::ptrdiff_t>(kMostSamples));
}

std::string amount(const Metric &metric, double value)
{
    const std::string number = std::abs(value) >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
    return *metric.unit == '\0' ? number : fmt::format("{} {}", number, metric.unit);
}

std::string explain_failure(const MetricVerdict &verdict)
{
    const Metric &metric = *find_metric(verdict.metric);
    return fmt::format("{} was {} before and is {} now (medians of {} and {} samples; worse by at least {}, tolerated are {})", verdict.metric,
                       amount(metric, verdict.baseline_median), amount(metric, verdict.median), verdict.baseline_samples, verdict.samples,
                       amount(metric, verdict.shift_low), amount(metric, verdict.limit));
}

}  // namespace

std::span<const Metric> metrics()
{
    return kMetrics;
}

const Metric *find_metric(const std::string &name)
{
    for (const Metric &metric : metrics())
        if (name == metric.name)
            return &metric;
    return nullptr;
}

MetricVerdict judge(const Metric &metric, const Threshold &threshold, std::vector<double> baseline, std::vector<double> samples)
{
    keep_last(baseline);
    keep_last(samples);
    MetricVerdict verdict;
    verdict.metric = metric.name;
    verdict.baseline_samples = static_cast<int>(baseline.size());
    verdict.samples = static_cast<int>(samples.size());
    verdict.baseline_median = median(baseline);
    verdict.median = median(samples);
    verdict.limit = std::max(threshold.tolerance.value_or(metric.tolerance) * std::abs(verdict.baseline_median),
                             threshold.least_shift.value_or(metric.least_shift));
    verdict.missing = std::max(0, kLeastSamples - std::min(verdict.baseline_samples, verdict.samples));
    if (verdict.missing > 0)
        return verdict;
    if (!metric.more_is_worse)
        for (std::vector<double> *side : {&baseline, &samples})
            for (double &value : *side)
                value = -value;
    const RankTest test = rank_test(baseline, samples);
    const Shift shift = shift_between(baseline, samples, kConfidence);
    verdict.p_value = test.p_greater;
    verdict.delta = test.delta;
    verdict.shift = shift.estimate;
    verdict.shift_low = shift.low;
    const bool worse = test.p_greater < kChance && test.delta > kLargeEffect && shift.low > verdict.limit;
    verdict.judgement = worse ? Judgement::fail : Judgement::pass;
    return verdict;
}

Judgement overall(const std::vector<MetricVerdict> &verdicts)
{
    auto any = [&](Judgement judgement) {
        return std::any_of(verdicts.begin(), verdicts.end(), [judgement](const MetricVerdict &verdict) { return verdict.judgement == judgement; });
    };
    if (any(Judgement::fail))
        return Judgement::fail;
    return verdicts.empty() || any(Judgement::inconclusive) ? Judgement::inconclusive : Judgement::pass;
}

std::string explain(const std::vector<MetricVerdict> &verdicts)
{
    const Judgement judgement = overall(verdicts);
    std::string text;
    for (const MetricVerdict &verdict : verdicts)
        if (verdict.judgement == judgement && judgement != Judgement::pass)
            text += (text.empty() ? "" : "; ") +
                    (judgement == Judgement::fail
                         ? explain_failure(verdict)
                         : fmt::format("{} has {} of {} samples with traffic before and {} since", verdict.metric, verdict.baseline_samples,
                                       kLeastSamples, verdict.samples));
    if (judgement == Judgement::pass)
        for (const MetricVerdict &verdict : verdicts)
            text += fmt::format("{}{} {} -> {}", text.empty() ? "" : ", ", verdict.metric, amount(*find_metric(verdict.metric), verdict.baseline_median),
                                amount(*find_metric(verdict.metric), verdict.median));
    return text.empty() ? "no metric is judged" : text;
}

const char *to_text(Judgement judgement)
{
    switch (judgement) {
    case Judgement::pass:
        return "pass";
    case Judgement::fail:
        return "fail";
    case Judgement::inconclusive:
        break;
    }
    return "inconclusive";
}

}  // namespace hotswap::core
