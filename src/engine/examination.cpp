// See examination.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/bake.hpp"
#include "engine/examination.hpp"

#include "bridge/error.hpp"
#include "bridge/session.hpp"
#include "core/error.hpp"
#include "engine/script.hpp"
#include "engine/script_dry_run.hpp"
#include "engine/table_use.hpp"

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

bridge::Failure described(const std::exception_ptr &refusal)
{
    try {
        std::rethrow_exception(refusal);
    } catch (const std::exception &error) {
        return bridge::describe(error);
    }
}

void add_plan(const PlannedDdl &planned, ExaminedStatement *statement)
{
    statement->plan = planned.plan;
    const bridge::Authority authority = bridge::Authority::of_store();
    bridge::Sql sql;
    if (const auto other = store::occupied(sql, table_use(sql, planned), planned.plan.strategy); other && !gives_way(sql, other->migration)) {
        try {
            store::raise(*other);
        } catch (const core::Error &error) {
            statement->errors.push_back(bridge::describe(error));
        }
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
    const core::Plan plan = plan_script(read, Way::up, "auto", "{}").plan;
    const std::vector<DryPart> parts = dry_run(plan, "{}");
    for (std::size_t i = 0; i < parts.size(); ++i) {
        ExaminedStatement *statement = plan.steps[i].kind == core::StepKind::part ? find(result, plan.steps[i]) : nullptr;
        if (statement == nullptr)
            continue;
        if (parts[i].refusal)
            statement->errors.push_back(described(parts[i].refusal));
        else if (parts[i].planned)
            add_plan(*parts[i].planned, statement);
    }
    return result;
}

}  // namespace hotswap::engine
