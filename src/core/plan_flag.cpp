// A migration that drives a feature flag: raised step by step once the new shape is there and proven, before anything is
// removed. Between two raises it waits, and that is where its health is looked at. The way back lowers it first.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include <fmt/format.h>

#include "core/planner.hpp"
#include "core/planning.hpp"

namespace hotswap::core {

namespace {

constexpr const char *kBetween = "2 minutes";   // unless option bake says otherwise

Step raise(const Options &options, const std::string &percentage)
{
    Step step;
    step.phase = Phase::bake;
    step.kind = StepKind::flag;
    step.title = fmt::format("raise flag {} to {} %", options.flag, percentage);
    step.action = {options.flag, percentage};
    return step;
}

}  // namespace

void add_flag_steps(Plan *plan, const Options &options)
{
    if (options.flag.empty() || plan->steps.empty())
        return;
    std::vector<Step> raises;
    for (const std::string &percentage : options.flag_steps) {
        if (!raises.empty())
            raises.push_back(make_await(Phase::bake, fmt::format("watch with flag {} at {} %", options.flag, raises.back().action[1]),
                                        fmt::format("{} % of the keys work with the new shape", raises.back().action[1]),
                                        options.bake.empty() ? kBetween : options.bake));
        raises.push_back(raise(options, percentage));
    }
    const auto place = std::find_if(plan->steps.begin(), plan->steps.end(), [](const Step &step) {
        return step.irreversible || step.phase == Phase::bake || step.phase == Phase::contract;
    });
    plan->steps.insert(place, raises.begin(), raises.end());
}

}  // namespace hotswap::core
