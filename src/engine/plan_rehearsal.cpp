// See plan_rehearsal.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/plan_rehearsal.hpp"

#include <algorithm>

#include "bridge/rehearsal.hpp"
#include "core/rollback_point.hpp"

namespace hotswap::engine {

using core::Step;
using core::StepKind;

std::vector<std::string> rehearsable(const Step &step)
{
    switch (step.kind) {
    case StepKind::ddl:
    case StepKind::validate:
    case StepKind::index_build:
    case StepKind::index_drop:
    case StepKind::detach:
    case StepKind::switch_storage:
        break;
    case StepKind::keep:
        if (step.keep == core::kKeepTable || step.keep == core::kKeepTruncated)
            break;   // for others it is what its action says
        return {};
    default:
        return {};
    }
    std::vector<std::string> statements = step.action;
    if (step.kind == StepKind::detach)
        statements.resize(std::min<std::size_t>(statements.size(), 1));   // the second one ends a broken-off one
    if (!step.statement.empty())
        statements.push_back(step.statement);
    statements.insert(statements.end(), step.after.begin(), step.after.end());
    statements.insert(statements.end(), step.populate.begin(), step.populate.end());
    return statements;
}

namespace {

std::vector<std::string> back(const Step &step)
{
    if (rehearsable(step).empty())
        return {};
    std::vector<std::string> statements = step.undo;
    statements.insert(statements.end(), step.undo_populate.begin(), step.undo_populate.end());
    return statements;
}

class Run {
  public:
    Run(bridge::Rehearsal &rehearsal, PlanRehearsal *result) : rehearsal_(rehearsal), result_(*result) {}

    // False after a failure: what follows rests on it.
    bool step(const std::string &way, std::size_t number, const Step &step, const std::vector<std::string> &statements)
    {
        for (const std::string &statement : statements) {
            const bridge::Rehearsed rehearsed = rehearsal_.run(statement);
            const std::string where = way + ", step " + std::to_string(number) + " (" + step.title + "): ";
            if (rehearsed.error) {
                result_.failures.push_back(where + rehearsed.error->message);
                return false;
            }
            if (rehearsed.took_effect)
                ++result_.statements;
            else if (result_.left_out.size() < 10)
                result_.left_out.push_back(where + rehearsed.why_not);
        }
        return true;
    }

  private:
    bridge::Rehearsal &rehearsal_;
    PlanRehearsal &result_;
};

}  // namespace

PlanRehearsal rehearse(const core::Plan &plan, const std::vector<std::string> &before)
{
    PlanRehearsal result;
    if (const auto reason = bridge::Rehearsal::impossible()) {
        result.left_out.push_back("all of it: " + *reason);
        return result;
    }
    bridge::Rehearsal rehearsal;
    for (const std::string &statement : before)
        (void)rehearsal.run(statement);
    Run run(rehearsal, &result);
    const auto final_step = std::find_if(plan.steps.begin(), plan.steps.end(), [](const Step &step) { return step.irreversible; });
    const auto last = static_cast<std::size_t>(final_step - plan.steps.begin());
    for (std::size_t i = 0; i < last; ++i)
        if (!run.step("up", i + 1, plan.steps[i], rehearsable(plan.steps[i])))
            return result;
    for (std::size_t i = last; i > 0; --i)
        if (!run.step("down", i, plan.steps[i - 1], back(plan.steps[i - 1])))
            return result;
    for (std::size_t i = 0; i < plan.steps.size(); ++i)
        if (!run.step("up again", i + 1, plan.steps[i], rehearsable(plan.steps[i])))
            return result;
    return result;
}

std::string summary(const PlanRehearsal &rehearsal)
{
    return "rehearsed up, down and up again on empty clones: " + std::to_string(rehearsal.statements) + " statements, " +
           (rehearsal.failures.empty() ? "no error" : "an error") +
           (rehearsal.left_out.empty() ? "" : ", " + std::to_string(rehearsal.left_out.size()) + " left out");
}

}  // namespace hotswap::engine
