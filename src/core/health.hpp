// Whether an application is worse off after a switch than before: which metrics there are, when a change of one counts, and the
// verdict on two sets of samples. Three answers: where there is too little to see, nobody guesses.
//
// A metric fails when all three hold: its values are greater (in the bad direction) than before by more than chance allows
// (rank test, 99 % one-sided), the effect is large (Cliff's delta above 0.474, the bound of Romano et al. 2006), and even the low
// end of the shift's 98 % interval is above what is tolerated. The first two say that there is a change, the third that it matters.
// The tolerance of a quarter and the confidence are those that canary analysis (Kayenta) starts from.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hotswap::core {

struct Metric {
    const char *name;
    const char *unit;       // "ms"; empty: a plain number
    bool more_is_worse;
    bool judged;            // by default
    double tolerance;       // part of the baseline's median that a shift may have
    double least_shift;     // in the metric's unit: a smaller one never matters
};

std::span<const Metric> metrics();
const Metric *find_metric(const std::string &name);

// What a person set for a metric; what is not set is the metric's own.
struct Threshold {
    std::optional<double> tolerance = std::nullopt, least_shift = std::nullopt;
    std::optional<bool> judged = std::nullopt;
};

enum class Judgement { pass, fail, inconclusive };

struct MetricVerdict {
    std::string metric;
    Judgement judgement = Judgement::inconclusive;
    int baseline_samples = 0, samples = 0;
    int missing = 0;                   // samples that are missing to say more, of the side that has fewer
    double baseline_median = 0, median = 0;
    double shift = 0, shift_low = 0;   // in the bad direction
    double limit = 0;                  // the shift that is tolerated
    double p_value = 1, delta = 0;
};

constexpr int kLeastSamples = 20;      // below that the normal approximation is not to be trusted
constexpr std::size_t kMostSamples = 600;   // the last ones; more would say nothing else

MetricVerdict judge(const Metric &metric, const Threshold &threshold, std::vector<double> baseline, std::vector<double> samples);
Judgement overall(const std::vector<MetricVerdict> &verdicts);   // fail, else inconclusive, else pass; none at all is inconclusive

// One line for people: what failed with its numbers, or which metric lacks how many samples.
std::string explain(const std::vector<MetricVerdict> &verdicts);

const char *to_text(Judgement judgement);

}  // namespace hotswap::core
