// See script.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/script.hpp"

#include "bridge/error.hpp"
#include "bridge/part_statement.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "bridge/statements.hpp"
#include "core/error.hpp"
#include "core/script.hpp"
#include "core/script_parts.hpp"
#include "engine/script_part.hpp"
#include "store/metadata.hpp"
#include "store/migrations.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;

// What the metadata comments say of each statement.
std::vector<core::StatementMetadata> read_metadata(const core::Script &script, const std::vector<core::ScriptStatement> &texts,
                                                   std::vector<std::string> *notes)
{
    std::vector<core::StatementMetadata> comments;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        for (const core::MetadataComment &comment : script.metadata)
            comments.push_back(store::load_metadata(sql, comment));
    }
    std::vector<core::StatementMetadata> result(texts.size());
    const auto in_force = core::metadata_in_force(script, core::ScriptPart::up, texts, notes);
    for (std::size_t i = 0; i < in_force.size(); ++i)
        for (const std::size_t comment : in_force[i])
            result[i].add(comments[comment]);
    return result;
}

// Read under the search_path that the statements before it set; the subtransaction takes that back.
std::vector<core::PartStatement> read_statements(const std::vector<core::ScriptStatement> &texts, const std::vector<core::StatementMetadata> &metadata)
{
    const bridge::Subtransaction looking;
    std::vector<core::PartStatement> statements;
    bool waited = false;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const core::ScriptStatement &text = texts[i];
        core::PartStatement statement = bridge::read_part_statement(text.text);
        statement.line = text.line;
        statement.options_json = metadata[i].options_json() == "{}" ? "" : metadata[i].options_json();
        statement.is_direct = metadata[i].strategy() == "direct";
        // One word is enough for a stretch of statements.
        statement.is_contract = metadata[i].waits_for_advance() && !waited;
        waited = metadata[i].waits_for_advance();
        if (!statement.search_path.empty())
            bridge::set_local("search_path", statement.search_path);
        statements.push_back(std::move(statement));
    }
    return statements;
}

core::Step await_word(const core::Part &part)
{
    core::Step step;
    step.phase = core::Phase::contract;
    step.kind = core::StepKind::await;
    step.title = "wait before the " + part.title + " in line " + std::to_string(part.line);
    step.deployment = "the script says that this belongs to the contract phase";
    return step;
}

core::Step step_of(const core::Part &part, const std::string &strategy)
{
    core::Step step;
    step.phase = part.is_contract ? core::Phase::contract : core::Phase::expand;
    step.kind = core::StepKind::part;
    step.title = part.title + " in line " + std::to_string(part.line);
    step.action = part.statements;
    step.undo = part.undo;
    step.part_path = part.search_path;
    step.part_options = part.options_json;
    step.part_strategy = part.is_direct ? "direct" : strategy;
    step.part_is_new = part.is_new_only;
    return step;
}

// What a script can be told: how to go about it, not what to do with one column.
void check_options(const std::string &strategy, const std::string &options_json)
{
    if (strategy != "auto" && strategy != "direct")
        throw core::Error(core::sqlstate::kInvalidParameter, "strategy \"" + strategy + "\" is not for these statements",
                          "In a script each statement gets the strategy that fits it, and new things are made as written.",
                          "Leave the strategy out, or start the statement that it is for alone.");
    const Authority authority = Authority::of_store();
    Sql sql;
    const core::Options options = store::load_options(sql, options_json);
    if (!options.up.empty() || !options.down.empty() || options.cascade || !options.backfill.empty())
        throw core::Error(core::sqlstate::kInvalidParameter, "options \"up\", \"down\", \"cascade\" and \"backfill\" are for one statement",
                          "Found one of them for a script of several statements.", "Start the statement that it is for alone.");
}

}  // namespace

ReadScript read_script(const std::string &text, const std::string &strategy, const std::string &options_json)
{
    ReadScript result;
    const core::Script script = core::read_script(text);
    result.notes = script.notes;
    const auto texts = core::without_transactions(bridge::split_statements(script.up), &result.notes);
    const auto metadata = read_metadata(script, texts, &result.notes);
    const auto parts = core::cut_script(read_statements(texts, metadata));
    if (parts.empty())
        throw core::Error(core::sqlstate::kInvalidParameter, "no statement given", "There is nothing to carry out in the text.",
                          "Give DDL, for example: ALTER TABLE orders ALTER COLUMN id TYPE bigint.");
    result.plan.strategy = "script";
    for (const core::Part &part : parts) {
        if (part.is_contract)
            result.plan.steps.push_back(await_word(part));
        result.plan.steps.push_back(step_of(part, strategy));
    }
    result.single = result.plan.steps.size() == 1 && parts[0].search_path.empty();
    if (!result.single || parts[0].is_new_only)
        check_options(strategy, options_json);
    if (!result.single)
        return result;
    // Blanks before it, so that positions in errors are those in the caller's text.
    if (!parts[0].is_new_only)
        for (const core::ScriptStatement &statement : texts)
            if (statement.text == parts[0].statements[0]) {
                for (const char c : text.substr(0, static_cast<std::size_t>(statement.offset)))
                    result.text += c == '\n' ? '\n' : ' ';
                result.text += statement.text;
            }
    return result;
}

PlannedDdl plan_single(const ReadScript &script, const std::string &strategy, const std::string &options_json)
{
    const core::Step &part = script.plan.steps.at(0);
    if (part.part_is_new || part.part_strategy != strategy || !part.part_options.empty())
        return plan_part(part, options_json);
    return plan_ddl(script.text, strategy, options_json);
}

}  // namespace hotswap::engine
