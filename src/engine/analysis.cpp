// See analysis.hpp. The rules read the statement; where a rehearsal can be had, what it saw wins.
// SPDX-License-Identifier: PostgreSQL
#include "engine/analysis.hpp"

#include <optional>

#include "bridge/error.hpp"
#include "bridge/rehearsal.hpp"
#include "bridge/survey.hpp"
#include "engine/rates.hpp"
#include "engine/statement_statistics.hpp"

namespace hotswap::engine {

namespace {

// One rehearsal for the whole script: a statement finds what those before it left.
class Rehearser {
  public:
    Rehearser()
    {
        why_not_ = bridge::Rehearsal::impossible();
        if (!why_not_)
            rehearsal_.emplace();
    }

    // Names of the last read() that lead elsewhere since earlier statements ran; true when there are any.
    bool resolve(bridge::Survey *survey)
    {
        if (!rehearsal_)
            return false;
        std::vector<bridge::ScriptName> moved;
        for (bridge::ScriptName name : survey->names()) {
            const bridge::Resolved resolved = rehearsal_->resolve(name.schema, name.name);
            if (resolved.oid == resolved.original)
                continue;
            name.looked_at = resolved.oid;
            name.original = resolved.original;
            moved.push_back(name);
        }
        survey->resolve(moved);
        return !moved.empty();
    }

    // With the types that the statements before it have made, under the names that the user gave them.
    std::vector<core::Operation> read(bridge::Survey *survey, int statement) const
    {
        std::vector<core::Operation> operations = survey->read(statement, rehearsal_ ? &*rehearsal_ : nullptr);
        for (core::Operation &operation : operations)
            for (std::string &warning : operation.warnings)
                warning = rehearsal_ ? rehearsal_->real_names(warning) : warning;
        return operations;
    }

    void run(const std::string &statement, std::vector<core::Operation> *operations)
    {
        if (!rehearsal_)
            return;
        const bridge::Rehearsed rehearsed = rehearsal_->run(statement);
        if (rehearsed.ran && !rehearsed.error)
            core::merge_rehearsed(operations, rehearsed.touched);
        else if (rehearsed.error)
            note_failure(rehearsed.error->message, operations);
    }

  private:
    // Once: the rules may have found it already.
    static void note_failure(const std::string &message, std::vector<core::Operation> *operations)
    {
        for (const core::Operation &operation : *operations)
            if (operation.failing)
                return;
        if (operations->empty())
            return;
        operations->front().failing = true;
        operations->front().warnings.push_back("the statement fails: " + message);
    }

    std::optional<std::string> why_not_;
    std::optional<bridge::Rehearsal> rehearsal_;
};

}  // namespace

std::vector<AnalyzedStatement> analyze(const std::string &script, Care care)
{
    std::vector<AnalyzedStatement> result;
    try {
        bridge::Survey survey(script, care == Care::with_checks);
        std::optional<Rehearser> rehearser;
        StatementStatistics statistics;
        for (int i = 0; i < survey.count(); ++i) {
            AnalyzedStatement one;
            one.text = survey.text(i);
            one.operations = rehearser ? rehearser->read(&survey, i) : survey.read(i);
            // A rehearsal costs clones; statements of a script are rehearsed for those after them.
            if (care != Care::quick || survey.count() > 1 || !core::rules_suffice(one.operations)) {
                if (!rehearser)
                    rehearser.emplace();
                if (rehearser->resolve(&survey))
                    one.operations = rehearser->read(&survey, i);
                rehearser->run(one.text, &one.operations);
            }
            statistics.add_to(&one.operations);
            one.verdicts = core::judge(one.operations, rates_for(one.operations));
            result.push_back(std::move(one));
        }
    } catch (bridge::PgError &error) {
        error.move_position_into(script);
        throw;
    }
    return result;
}

}  // namespace hotswap::engine
