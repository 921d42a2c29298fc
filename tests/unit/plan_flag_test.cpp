// Where the steps of a driven flag stand in a plan.
// SPDX-License-Identifier: PostgreSQL
#include "core/planner.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace hotswap::core {

namespace {

Step step(Phase phase, bool irreversible = false)
{
    Step result;
    result.phase = phase;
    result.irreversible = irreversible;
    return result;
}

std::string drawn(const Plan &plan)
{
    std::string text;
    for (const Step &s : plan.steps)
        text += std::string(text.empty() ? "" : " ") +
                (s.kind == StepKind::flag ? s.action.at(1) : s.kind == StepKind::await ? "wait " + s.wait_for : to_text(s.phase));
    return text;
}

Plan with_flag(const std::vector<Step> &steps, const Options &options)
{
    Plan plan;
    plan.steps = steps;
    add_flag_steps(&plan, options);
    return plan;
}

}  // namespace

TEST(PlanFlag, stands_before_all_that_watches_or_removes)
{
    Options options;
    options.flag = "f";
    const Step expand = step(Phase::expand), verify = step(Phase::verify), change = step(Phase::switch_), bake = step(Phase::bake),
               contract = step(Phase::contract), last = step(Phase::contract, true);
    EXPECT_EQ(drawn(with_flag({expand, verify, contract, last}, options)), "expand verify 10 wait 2 minutes 50 wait 2 minutes 100 contract contract");
    EXPECT_EQ(drawn(with_flag({expand, change, bake, contract}, options)), "expand switch 10 wait 2 minutes 50 wait 2 minutes 100 bake contract");
    EXPECT_EQ(drawn(with_flag({expand}, options)), "expand 10 wait 2 minutes 50 wait 2 minutes 100");
    EXPECT_EQ(drawn(with_flag({step(Phase::expand, true)}, options)), "10 wait 2 minutes 50 wait 2 minutes 100 expand");
    EXPECT_EQ(drawn(with_flag({}, options)), "");
}

TEST(PlanFlag, takes_its_percentages_and_its_time_from_the_options)
{
    Options options;
    EXPECT_EQ(drawn(with_flag({step(Phase::expand)}, options)), "expand");
    options.flag = "use_new_email";
    options.flag_steps = {"0.5", "100"};
    options.bake = "1 hour";
    const Plan plan = with_flag({step(Phase::expand)}, options);
    EXPECT_EQ(drawn(plan), "expand 0.5 wait 1 hour 100");
    EXPECT_EQ(plan.steps[1].action, (std::vector<std::string>{"use_new_email", "0.5"}));
    for (std::size_t i = 1; i < plan.steps.size(); ++i)
        EXPECT_EQ(plan.steps[i].phase, Phase::bake);
}

TEST(PlanFlag, percentages_grow_to_100)
{
    const auto parse = [](const std::string &type, const std::string &text) { return parse_options({{"flag_steps", type, text, {}}}).flag_steps; };
    EXPECT_EQ(parse("array", "[1, 12.5, 100]"), (std::vector<std::string>{"1", "12.5", "100"}));
    for (const char *wrong : {"[]", "[10, 50]", "[50, 10, 100]", "[0, 100]", "[10, 10, 100]", "[\"10\", 100]", "[0.0001, 100]", "[10, 101]"})
        EXPECT_THROW(parse("array", wrong), Error) << wrong;
    EXPECT_THROW(parse("number", "100"), Error);
    EXPECT_THROW(parse_options({{"flag", "string", "", {}}}), Error);
    EXPECT_EQ(parse_options({{"flag", "string", "use_new_email", {}}}).flag, "use_new_email");
}

}  // namespace hotswap::core
