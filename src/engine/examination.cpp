// See examination.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/examination.hpp"

#include "bridge/error.hpp"
#include "core/error.hpp"
#include "engine/script.hpp"
#include "engine/script_part.hpp"

namespace hotswap::engine {

namespace {

constexpr const char *kFails = "the statement fails: ";   // how the analyzer begins such a warning

void note_failures(ExaminedStatement *statement)
{
    for (const core::Operation &operation : statement->analyzed.operations)
        for (const std::string &warning : operation.warnings)
            if (warning.compare(0, std::string(kFails).size(), kFails) == 0) {
                bridge::Failure failure;
                failure.message = warning.substr(std::string(kFails).size());
                statement->errors.push_back(failure);
                return;
            }
}

// The statement of a part that has a plan of its own; new things are run as written and need none.
ExaminedStatement *find(std::vector<ExaminedStatement> &statements, const core::Step &part)
{
    for (ExaminedStatement &statement : statements)
        if (statement.analyzed.text == part.action.at(0) && !statement.plan && statement.errors.empty())
            return &statement;
    return nullptr;
}

void add_plan(const core::Step &part, ExaminedStatement *statement)
{
    try {
        if (const auto planned = plan_part_early(part, "{}"))
            statement->plan = planned->plan;
    } catch (const bridge::PgError &error) {
        statement->errors.push_back(bridge::describe(error));
    } catch (const core::Error &error) {
        statement->errors.push_back(bridge::describe(error));
    }
}

}  // namespace

std::vector<ExaminedStatement> examine(const std::string &script, bool with_checks)
{
    const ReadScript read = read_script(script);
    std::vector<ExaminedStatement> result;
    for (AnalyzedStatement &analyzed : analyze(core::read_script(script).up, with_checks ? Care::with_checks : Care::thorough)) {
        ExaminedStatement statement;
        statement.analyzed = std::move(analyzed);
        note_failures(&statement);
        result.push_back(std::move(statement));
    }
    for (const core::Step &step : plan_script(read, Way::up, "auto", "{}").plan.steps)
        if (step.kind == core::StepKind::part)
            if (ExaminedStatement *statement = find(result, step))
                add_plan(step, statement);
    return result;
}

}  // namespace hotswap::engine
