// A plan as lines, and with other names in it.
// SPDX-License-Identifier: PostgreSQL
#include "core/plan.hpp"

#include <gtest/gtest.h>

namespace hotswap::core {
namespace {

Plan plan_of(StepKind kind, const std::string &action)
{
    Step step;
    step.kind = kind;
    step.relation = "s.t";
    step.action = {action, "SELECT 1"};
    step.undo = {"DROP TABLE s.t"};
    Plan plan;
    plan.steps.push_back(step);
    plan.warnings.push_back("s.t is large");
    return plan;
}

TEST(PlanTexts, TheOutlineHasKindAndSql)
{
    EXPECT_EQ(outline(plan_of(StepKind::ddl, "CREATE TABLE s.t ()")), "ddl: CREATE TABLE s.t (); SELECT 1;\n");
    EXPECT_NE(outline(plan_of(StepKind::ddl, "X")), outline(plan_of(StepKind::validate, "X")));
    EXPECT_NE(outline(plan_of(StepKind::ddl, "X")), outline(plan_of(StepKind::ddl, "Y")));
}

TEST(PlanTexts, AVerifyShowsItsQuery)
{
    Step step;
    step.kind = StepKind::verify;
    step.verify_sql = "SELECT 0";
    EXPECT_EQ(shown_action(step), std::vector<std::string>{"SELECT 0"});
}

TEST(PlanTexts, EveryTextIsChanged)
{
    Plan plan = plan_of(StepKind::ddl, "CREATE TABLE s.t ()");
    plan.steps[0].statement = "s.";
    plan.steps[0].populate = {"s."};
    plan.steps[0].undo_populate = {"s."};
    change_texts(&plan, [](const std::string &text) {
        std::string result = text;
        for (std::size_t at = 0; (at = result.find("s.", at)) != std::string::npos; at += 2)
            result.replace(at, 2, "u.");
        return result;
    });
    const Step &step = plan.steps[0];
    EXPECT_EQ(step.relation, "u.t");
    EXPECT_EQ(shown_action(step), (std::vector<std::string>{"CREATE TABLE u.t ()", "SELECT 1", "u.", "u."}));
    EXPECT_EQ(shown_undo(step), (std::vector<std::string>{"DROP TABLE u.t", "u."}));
    EXPECT_EQ(plan.warnings[0], "u.t is large");
}

}  // namespace
}  // namespace hotswap::core
