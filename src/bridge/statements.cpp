// See statements.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/statements.hpp"

#include <algorithm>

#include "bridge/session.hpp"
#include "core/error.hpp"
#include "core/sql_scanner.hpp"

#include "bridge/guard.hpp"

extern "C" {
#include "mb/pg_wchar.h"
#include "parser/parser.h"
#include "tcop/cmdtag.h"
#include "tcop/utility.h"
}

namespace hotswap::bridge {

namespace {

// The parser's stretches hold the comments before a statement, and those between it and its semicolon.
struct Extent {
    std::size_t begin, end;
};

Extent without_comments(std::string_view stretch)
{
    core::SqlScanner scanner(stretch);
    Extent extent = {stretch.size(), stretch.size()};
    bool found = false;
    for (core::Token token; scanner.next(&token);) {
        if (token.means_nothing() || token.is_symbol(';'))
            continue;
        if (!found)
            extent.begin = token.offset;
        found = true;
        extent.end = token.offset + token.text.size();
    }
    return extent;
}

// Where the parser stopped. Its position counts characters, from 1.
struct Place {
    int line;
    const char *at;
};

Place find_place(const char *text, int position)
{
    return guarded([text, position] {
        Place place = {1, text};
        for (int i = 1; i < position && *place.at != '\0'; ++i, place.at += ::pg_mblen(place.at))
            place.line += *place.at == '\n' ? 1 : 0;
        return place;
    });
}

// What other tools put into the text of a script before the server sees it.
std::string hint_for(const char *at)
{
    if (strncmp(at, "${", 2) == 0)
        return "Placeholders as those of Flyway are not replaced: write the value.";
    if (at[0] == ':' && at[1] != ':')
        return "Variables of psql are not replaced: write the value.";
    return "";
}

List *parse(const std::string &text)
{
    const char *chars = text.c_str();
    try {
        return guarded([chars] { return ::raw_parser(chars, RAW_PARSE_DEFAULT); });
    } catch (const PgError &error) {
        if (!error.is("42601") || error.cursor_position <= 0)
            throw;
        const Place place = find_place(chars, error.cursor_position);
        throw core::Error(error.sqlstate, error.message,
                          place.line > 1 ? "Found in line " + std::to_string(place.line) + "." : "",
                          error.hint.empty() ? hint_for(place.at) : error.hint, static_cast<int>(place.at - chars) + 1);
    }
}

}  // namespace

std::vector<StatementText> split_statements(const std::string &text)
{
    const ScratchMemory scratch;
    const List *parsed = parse(text);
    std::vector<StatementText> statements;
    statements.reserve(static_cast<std::size_t>(list_length(parsed)));
    std::size_t counted = 0;
    int line = 1;
    for (int i = 0; i < list_length(parsed); ++i) {
        auto *raw = static_cast<RawStmt *>(list_nth(parsed, i));
        const auto begin = static_cast<std::size_t>(raw->stmt_location < 0 ? 0 : raw->stmt_location);
        const std::size_t length =
            raw->stmt_len > 0 ? static_cast<std::size_t>(raw->stmt_len) : text.size() - begin;  // 0: to the end
        const std::string_view stretch = std::string_view(text).substr(begin, length);
        const Extent extent = without_comments(stretch);
        StatementText statement;
        statement.text = std::string(stretch.substr(extent.begin, extent.end - extent.begin));
        statement.offset = static_cast<int>(begin + extent.begin);
        const std::size_t at = begin + extent.begin;
        line += static_cast<int>(std::count(text.begin() + static_cast<std::ptrdiff_t>(counted),
                                            text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
        counted = at;
        statement.line = line;
        Node *node = raw->stmt;
        statement.tag = guarded([node] { return ::GetCommandTagName(::CreateCommandTag(node)); });
        statements.push_back(std::move(statement));
    }
    return statements;
}

}  // namespace hotswap::bridge
