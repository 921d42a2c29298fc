// See throttle.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/throttle.hpp"

#include <algorithm>
#include <utility>

namespace hotswap::core {

namespace {

constexpr std::size_t kSamples = 240;
constexpr double kRateOverMs = 5000;
constexpr double kGradedFrom = 0.5;      // of the limit: nothing yet; at the limit: as much as a rest can do
constexpr double kMostRest = 0.95;       // what only steers does not stop
constexpr double kGoneAfterMs = 60000;

bool is_used_up(const Budget &budget)
{
    if (!budget.observed)
        return true;   // what cannot be seen may be anything
    return budget.is_floor ? *budget.observed < budget.limit : *budget.observed > budget.limit;
}

std::string told(const Budget &budget)
{
    return budget.signal + (budget.observed ? " is " + budget.observed_text : " cannot be read") + ", the limit is " + budget.limit_text;
}

double ratio_of(const Budget &budget)
{
    if (!budget.is_graded || !budget.observed || budget.limit <= 0)
        return 0;
    return kMostRest * std::clamp((*budget.observed / budget.limit - kGradedFrom) / (1 - kGradedFrom), 0.0, 1.0);
}

}  // namespace

std::string reasons_of(std::vector<Restraint> restraints)
{
    std::stable_sort(restraints.begin(), restraints.end(), [](const Restraint &a, const Restraint &b) { return a.ratio > b.ratio; });
    std::string text;
    for (const Restraint &restraint : restraints)
        if (restraint.ratio > 0)
            text += (text.empty() ? "" : "; ") + restraint.text;
    return text;
}

ThrottleVerdict judge(const std::vector<Budget> &budgets, const std::vector<Restraint> &restraints, bool exempt)
{
    ThrottleVerdict verdict;
    if (exempt)
        return verdict;
    for (const Budget &budget : budgets) {
        if (!is_used_up(budget))
            continue;
        verdict.signal = "throttled: " + budget.signal;
        verdict.text = "throttled: " + told(budget);
        return verdict;
    }
    std::vector<Restraint> all = restraints;
    for (const Budget &budget : budgets)
        if (const double ratio = ratio_of(budget); ratio > 0)
            all.push_back({budget.signal, ratio, told(budget)});
    for (const Restraint &restraint : all) {
        if (restraint.ratio >= 1) {
            verdict.signal = "throttled: " + restraint.signal;
            verdict.text = "throttled: " + restraint.text;
            verdict.ratio = 0;
            return verdict;
        }
        verdict.ratio = std::max(verdict.ratio, std::max(0.0, restraint.ratio));
    }
    verdict.resting = reasons_of(std::move(all));
    return verdict;
}

double throttle_rest_ms(double worked_ms, double ratio)
{
    const double rest = std::clamp(ratio, 0.0, 0.999);
    return std::min(kLongestThrottleRestMs, std::max(0.0, worked_ms) * rest / (1 - rest));
}

void LagClock::wrote(double now_ms, double position)
{
    if (!samples_.empty() && samples_.back().position >= position)
        return;   // nothing was written: the time of a position is when it was reached
    samples_.push_back({now_ms, position});
    // Thinned out rather than cut off: a standby may be hours behind.
    if (samples_.size() <= kSamples)
        return;
    std::deque<Sample> fewer;
    for (std::size_t i = 0; i < samples_.size(); ++i)
        if (i % 2 == 0 || i == 1 || i + 16 >= samples_.size())
            fewer.push_back(samples_[i]);
    samples_ = std::move(fewer);
}

void LagClock::all_replayed(double position)
{
    while (samples_.size() > 2 && samples_[1].position <= position)
        samples_.pop_front();
}

double LagClock::lag_ms(double now_ms, double replayed) const
{
    // The first position that it has not reached.
    for (const Sample &sample : samples_)
        if (sample.position > replayed)
            return std::max(0.0, now_ms - sample.at_ms);
    return 0;
}

bool LagClock::knows(double replayed) const
{
    return !samples_.empty() && samples_.front().position <= replayed;
}

double LagClock::bytes_a_second(double now_ms) const
{
    if (samples_.size() < 2 || now_ms - samples_.back().at_ms > kRateOverMs)
        return 0;
    const Sample &last = samples_.back();
    const Sample *first = &samples_[samples_.size() - 2];
    for (auto sample = samples_.rbegin() + 1; sample != samples_.rend() && last.at_ms - sample->at_ms <= kRateOverMs; ++sample)
        first = &*sample;
    const double ms = last.at_ms - first->at_ms;
    return ms > 0 ? (last.position - first->position) / ms * 1000 : 0;
}

void SeenStandbys::saw(const std::string &name, double now_ms, double replayed)
{
    seen_[name] = {now_ms, replayed};
}

std::vector<std::pair<std::string, double>> SeenStandbys::missing(double now_ms)
{
    std::erase_if(seen_, [now_ms](const auto &entry) { return now_ms - entry.second.at_ms > kGoneAfterMs; });
    std::vector<std::pair<std::string, double>> missing;
    for (const auto &[name, seen] : seen_)
        if (seen.at_ms < now_ms)
            missing.emplace_back(name, seen.replayed);
    return missing;
}

double restraint_of_rate(double rate, double limit)
{
    return limit <= 0 || rate <= limit ? 0 : std::min(kMostRest, 1 - limit / rate);
}

double checkpoint_distance(double max_wal_bytes, double completion_target)
{
    return max_wal_bytes / (1 + completion_target);
}

}  // namespace hotswap::core
