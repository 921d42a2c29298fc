// What a plan shows of itself. See plan.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/plan.hpp"

namespace hotswap::core {

std::vector<std::string> shown_action(const Step &step)
{
    if (step.kind == StepKind::verify)
        return {step.verify_sql};
    std::vector<std::string> lines = step.action;
    if (!step.statement.empty())
        lines.push_back(step.statement);
    lines.insert(lines.end(), step.after.begin(), step.after.end());
    lines.insert(lines.end(), step.populate.begin(), step.populate.end());
    return lines;
}

std::vector<std::string> shown_undo(const Step &step)
{
    std::vector<std::string> lines = step.undo;
    lines.insert(lines.end(), step.undo_populate.begin(), step.undo_populate.end());
    return lines;
}

std::string outline(const Plan &plan)
{
    std::string text;
    for (const Step &step : plan.steps) {
        text += std::string(to_text(step.kind)) + ":";
        for (const std::string &line : shown_action(step))
            text += " " + line + ";";
        text += "\n";
    }
    return text;
}

void change_texts(Plan *plan, const std::function<std::string(const std::string &)> &change)
{
    const auto one = [&change](std::string &text) { text = change(text); };
    const auto all = [&one](std::vector<std::string> &texts) {
        for (std::string &text : texts)
            one(text);
    };
    for (Step &step : plan->steps) {
        one(step.title);
        one(step.relation);
        all(step.locks);
        all(step.action);
        all(step.undo);
        one(step.statement);
        all(step.after);
        all(step.populate);
        all(step.undo_populate);
        one(step.index_schema);
        one(step.deployment);
        one(step.verify_sql);
    }
    all(plan->warnings);
}

}  // namespace hotswap::core
