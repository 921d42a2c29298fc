// See script_reading.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/script_reading.hpp"

#include "bridge/session.hpp"
#include "bridge/statements.hpp"
#include "core/error.hpp"
#include "core/history.hpp"
#include "store/option_values.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;
using core::ScriptPart;

constexpr int kLinesOfDifference = 10;

std::vector<ReadStatement> read_part(const core::Script &script, ScriptPart part,
                                     const std::vector<core::StatementMetadata> &metadata, std::vector<std::string> *notes)
{
    const auto statements =
        core::without_transactions(bridge::split_statements(part == ScriptPart::down ? script.down : script.up), notes);
    const auto in_force = core::metadata_in_force(script, part, statements, notes);
    std::vector<ReadStatement> result;
    result.reserve(statements.size());
    for (std::size_t i = 0; i < statements.size(); ++i) {
        result.push_back({statements[i], {}});
        for (const std::size_t number : in_force[i])
            result.back().metadata.add(metadata[number]);
    }
    return result;
}

// As ReadScript::normalized, of a text that was read before.
std::string normalized_way_up(const std::string &text)
{
    std::vector<std::string> ignored;
    std::string result;
    for (const core::ScriptStatement &statement :
         core::without_transactions(bridge::split_statements(core::read_script(text).up), &ignored))
        result += core::normalized(statement.text);
    return result;
}

ReadScript read(const std::string &text)
{
    const core::Script script = core::read_script(text);
    ReadScript result;
    result.text = text;
    result.has_headers = script.has_headers;
    result.has_down = script.has_down;
    result.notes = script.notes;
    std::vector<core::StatementMetadata> metadata;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        for (const core::MetadataComment &comment : script.metadata)
            metadata.push_back(store::load_metadata(sql, comment));
    }
    result.up = read_part(script, ScriptPart::up, metadata, &result.notes);
    if (script.has_down)
        result.down = read_part(script, ScriptPart::down, metadata, &result.notes);
    for (const ReadStatement &statement : result.up)
        result.normalized += core::normalized(statement.statement.text);
    const Authority authority = Authority::of_store();
    Sql sql;
    result.checksum = store::checksum(sql, result.normalized);
    return result;
}

std::string when_and_who(const store::Applied &applied)
{
    return "at " + applied.applied_at + " by \"" + applied.applied_by + "\"";
}

}  // namespace

ReadScript read_script(const std::string &text)
{
    try {
        return read(text);
    } catch (core::Error &error) {
        // Our own errors count bytes, clients count characters. The parts have the bytes of the whole script, not its characters.
        error.set_query(text, error.position() == 0 ? 0 : bridge::character_count(text, error.position() - 1) + 1);
        throw;
    }
}

std::optional<store::Applied> applied_before(Sql &sql, const std::string &name, ReadScript *script)
{
    const std::optional<store::Applied> applied = store::find_applied(sql, name);
    if (!applied) {
        if (const std::optional<std::string> later = store::later_applied(sql, name))
            script->notes.push_back("script \"" + name + "\" is out of order: \"" + *later + "\" is applied already");
        return std::nullopt;
    }
    if (applied->is_baseline()) {
        script->notes.push_back("script \"" + name + "\" counts as applied by the baseline \"" + applied->name +
                                "\": nothing to do");
        return applied;
    }
    if (applied->checksum != script->checksum) {
        const std::string difference =
            core::line_difference(normalized_way_up(applied->script), script->normalized, kLinesOfDifference);
        throw core::Error(core::sqlstate::kWrongState, "script \"" + name + "\" was applied with other statements",
                          "It was applied " + when_and_who(*applied) + ". Applied (-) and given (+):\n" + difference,
                          "Put the new statements into a script of a new name, and give this one as it was.");
    }
    store::keep_script(sql, applied->history_id, script->text);
    script->notes.push_back("script \"" + name + "\" was applied " + when_and_who(*applied) + ": nothing to do");
    return applied;
}

}  // namespace hotswap::engine
