// See script.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/script.hpp"

#include "bridge/part_expansion.hpp"
#include "bridge/part_statement.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "core/error.hpp"
#include "core/script_parts.hpp"
#include "engine/bake.hpp"
#include "engine/script_part.hpp"
#include "store/migrations.hpp"
#include "store/option_values.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;

// Read under the search_path that the statements before it set; the subtransaction takes that back.
std::vector<core::PartStatement> read_statements(const std::vector<ReadStatement> &texts, std::vector<std::string> *warnings)
{
    const bridge::Subtransaction looking;
    std::vector<core::PartStatement> statements;
    bool waited = false;
    std::vector<ReadStatement> expanded;
    for (const ReadStatement &read : texts) {
        bridge::Expansion expansion = bridge::expand_statement(read.statement.text);
        warnings->insert(warnings->end(), expansion.warnings.begin(), expansion.warnings.end());
        for (std::string &text : expansion.statements) {
            expanded.push_back(read);
            expanded.back().statement.text = std::move(text);
        }
    }
    for (const auto &[text, metadata] : expanded) {
        core::PartStatement statement = bridge::read_part_statement(text.text);
        statement.line = text.line;
        statement.options_json = metadata.options_json() == "{}" ? "" : metadata.options_json();
        statement.is_direct = metadata.strategy() == "direct" || !metadata.progressive.value_or(true);
        // One word is enough for a stretch of statements.
        statement.in_contract = metadata.waits_for_advance();
        statement.is_contract = statement.in_contract && !waited;
        waited = statement.in_contract;
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

// Nobody uses yet what the script itself has made: to watch how they fare makes no sense, unless it was asked for.
std::string options_of(const core::Part &part, const std::string &options_json)
{
    if (!part.is_about_new)
        return part.options_json;
    const Authority authority = Authority::of_store();
    Sql sql;
    const std::string own = part.options_json.empty() ? "{}" : part.options_json;
    const core::Options options = planning_options(sql, store::merge_options(sql, options_json, own));
    const bool watched = options.usual_bake.unasked_after_switch && options.bake_wish == core::BakeWish::unsaid;
    return watched ? store::merge_options(sql, own, R"({"bake": false})") : part.options_json;
}

core::Step step_of(const core::Part &part, const std::string &strategy, const std::string &options_json)
{
    core::Step step;
    step.phase = part.in_contract ? core::Phase::contract : core::Phase::expand;
    step.kind = core::StepKind::part;
    step.title = part.title + " in line " + std::to_string(part.line);
    step.action = part.statements;
    step.undo = part.undo;
    step.part_path = part.search_path;
    step.part_options = options_of(part, options_json);
    step.part_strategy = part.is_direct ? "direct" : strategy;
    step.part_is_new = part.is_new_only;
    return step;
}

// Option auto_contract, of the script or of the statement.
bool contracts_at_once(const core::Part &part, const std::string &options_json)
{
    const Authority authority = Authority::of_store();
    Sql sql;
    return store::load_options(sql, part.options_json.empty() ? options_json : store::merge_options(sql, options_json, part.options_json)).auto_contract;
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
    if (!options.up.empty() || !options.down.empty() || options.cascade || options.one_way || !options.backfill.empty() || !options.flag.empty())
        throw core::Error(core::sqlstate::kInvalidParameter,
                          "options \"up\", \"down\", \"cascade\", \"one_way\", \"backfill\" and \"flag\" are for one statement",
                          "Found one of them for a script of several statements.", "Start the statement that it is for alone.");
}

PlannedDdl plan_only_part(const ScriptPlan &script, const std::string &strategy, const std::string &options_json, Origin origin)
{
    const core::Step &part = script.plan.steps.at(0);
    if (script.text.empty() || part.part_strategy != strategy || !part.part_options.empty())
        return plan_part(part, options_json);
    if (!part.part_is_new)
        return plan_ddl(script.text, strategy, options_json, origin);
    // Alone it is what the planner makes of it; there are statements only a script may have, such as SELECT setval(...).
    try {
        bridge::Subtransaction attempt;
        PlannedDdl planned = plan_ddl(script.text, strategy, options_json, origin);
        attempt.commit();
        return planned;
    } catch (const core::Error &error) {
        if (error.sqlstate() != core::sqlstate::kFeatureNotSupported)
            throw;
        return plan_part(part, options_json);
    }
}

}  // namespace

ScriptPlan plan_script(const ReadScript &script, Way way, const std::string &strategy, const std::string &options_json)
{
    ScriptPlan result;
    const auto &texts = way == Way::up ? script.up : script.down;
    const auto statements = read_statements(texts, &result.plan.warnings);
    const auto parts = core::cut_script(statements);
    for (const core::PartStatement &statement : statements) {
        if (!statement.is_ignored && statement.search_path.empty())
            break;
        if (!statement.time_zone.empty())
            result.time_zone = statement.time_zone;
    }
    result.plan.strategy = "script";
    for (const core::Part &part : parts) {
        if (part.is_contract && !contracts_at_once(part, options_json))
            result.plan.steps.push_back(await_word(part));
        result.plan.steps.push_back(step_of(part, strategy, options_json));
    }
    result.single = result.plan.steps.size() == 1 && parts[0].search_path.empty();
    if (!parts.empty() && (!result.single || parts[0].is_new_only))
        check_options(strategy, options_json);
    if (!result.single || parts[0].statements.size() > 1)
        return result;
    // Blanks before it, so that positions in errors are those in the caller's text.
    for (const ReadStatement &read : texts)
        if (read.statement.text == parts[0].statements[0]) {
            for (const char c : script.text.substr(0, static_cast<std::size_t>(read.statement.offset)))
                result.text += c == '\n' ? '\n' : ' ';
            result.text += read.statement.text;
        }
    return result;
}

void refuse_empty(const ScriptPlan &script)
{
    if (script.plan.steps.empty())
        throw core::Error(core::sqlstate::kInvalidParameter, "no statement given", "There is nothing to carry out in the text.",
                          "Give DDL, for example: ALTER TABLE orders ALTER COLUMN id TYPE bigint.");
}

PlannedDdl plan_single(const ScriptPlan &script, const std::string &strategy, const std::string &options_json, Origin origin)
{
    PlannedDdl planned = plan_only_part(script, strategy, options_json, origin);
    // Of what the statement was expanded to.
    planned.plan.warnings.insert(planned.plan.warnings.end(), script.plan.warnings.begin(), script.plan.warnings.end());
    return planned;
}

}  // namespace hotswap::engine
