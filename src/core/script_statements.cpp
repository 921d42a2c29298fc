// What stands between the statements of a script, once the server has cut it into statements: transactions of its own, and
// the reach of metadata comments.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/script.hpp"

namespace hotswap::core {

namespace {

template <std::size_t size> bool is_one_of(const std::string &tag, const std::array<const char *, size> &tags)
{
    return std::any_of(tags.begin(), tags.end(), [&](const char *other) { return tag == other; });
}

constexpr std::array kLeftOut = {"BEGIN", "START TRANSACTION", "COMMIT"};
constexpr std::array kRefused = {"ROLLBACK",        "SAVEPOINT",        "RELEASE", "PREPARE TRANSACTION",
                                 "COMMIT PREPARED", "ROLLBACK PREPARED"};

}  // namespace

std::vector<ScriptStatement> without_transactions(std::vector<ScriptStatement> statements, std::vector<std::string> *notes)
{
    std::string lines;
    int last_line = 0, count = 0;
    for (const ScriptStatement &statement : statements) {
        if (is_one_of(statement.tag, kRefused))
            throw Error(
                sqlstate::kFeatureNotSupported, fmt::format("cannot carry out {} in a script", statement.tag),
                fmt::format("Found in line {}. Each statement of a script runs in transactions of its own.", statement.line),
                "Take it out. To go back, use hotswap.rollback.", statement.offset + 1);
        if (is_one_of(statement.tag, kLeftOut) && statement.line != last_line && ++count > 0)
            lines += fmt::format("{}{}", lines.empty() ? "" : ", ", last_line = statement.line);
    }
    if (lines.empty())
        return statements;
    std::erase_if(statements, [](const ScriptStatement &statement) { return is_one_of(statement.tag, kLeftOut); });
    if (lines.size() > 60)
        lines = lines.substr(0, lines.rfind(',', 60)) + ", ...";
    notes->push_back(fmt::format(
        "BEGIN and COMMIT were left out (line{} {}): each statement of a script runs in transactions of its own", count > 1 ? "s" : "", lines));
    return statements;
}

std::vector<std::vector<std::size_t>> metadata_in_force(const Script &script, ScriptPart part,
                                                        const std::vector<ScriptStatement> &statements,
                                                        std::vector<std::string> *notes)
{
    std::vector<std::vector<std::size_t>> result;
    result.reserve(statements.size());
    std::vector<std::size_t> in_force;
    std::size_t next = 0;
    bool fresh = true;  // nothing stands between what is in force and the next comment
    const auto concerns = [&](const MetadataComment &comment) {
        return comment.part == part || comment.part == ScriptPart::head;
    };
    for (const ScriptStatement &statement : statements) {
        const std::size_t end = static_cast<std::size_t>(statement.offset) + statement.text.size();
        for (; next < script.metadata.size() && script.metadata[next].offset < end; ++next) {
            if (!concerns(script.metadata[next]))
                continue;
            if (!fresh)
                in_force.clear();
            fresh = true;
            in_force.push_back(next);
        }
        fresh = false;
        result.push_back(in_force);
    }
    for (; next < script.metadata.size(); ++next)
        if (concerns(script.metadata[next]))
            notes->push_back(fmt::format("line {}: no statement follows this metadata comment", script.metadata[next].line));
    return result;
}

}  // namespace hotswap::core
