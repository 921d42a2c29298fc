// See ddl_block.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/ddl_block.hpp"

#include <algorithm>

#include "bridge/ddl.hpp"
#include "bridge/error.hpp"
#include "bridge/session.hpp"

#include "bridge/ddl_reading.hpp"

extern "C" {
#include "catalog/pg_constraint.h"
#include "parser/parse_type.h"
#include "parser/parser.h"
}

namespace hotswap::bridge {

namespace {

constexpr const char *kConditions[][2] = {
    {"duplicate_object", "42710"}, {"duplicate_table", "42P07"},      {"duplicate_column", "42701"},
    {"duplicate_schema", "42P06"}, {"duplicate_function", "42723"},   {"undefined_object", "42704"},
    {"undefined_table", "42P01"},  {"undefined_column", "42703"},     {"invalid_table_definition", "42P16"},
};

// Words and signs in lower case; comments and blanks separate them.
std::vector<std::string> words_in(const std::string &text)
{
    std::vector<std::string> words;
    std::string word;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        const char c = i < text.size() ? text[i] : ' ';
        if (isalnum(static_cast<unsigned char>(c)) || c == '_') {
            word += static_cast<char>(tolower(static_cast<unsigned char>(c)));
            continue;
        }
        if (!word.empty())
            words.push_back(word);
        word.clear();
        if (!isspace(static_cast<unsigned char>(c)))
            words.push_back(std::string(1, c));
    }
    return words;
}

// WHEN a OR b THEN NULL; END; what stands for it in SQLSTATEs. Empty for anything else.
std::vector<std::string> forgiven(const std::vector<std::string> &words)
{
    std::vector<std::string> states;
    std::size_t at = 0;
    if (words.empty() || words[at] != "when")
        return {};
    do {
        ++at;
        const auto *condition = std::find_if(std::begin(kConditions), std::end(kConditions),
                                             [&](const auto &known) { return at < words.size() && words[at] == known[0]; });
        if (condition == std::end(kConditions))
            return {};
        states.push_back((*condition)[1]);
        ++at;
    } while (at < words.size() && words[at] == "or");
    std::vector<std::string> rest(words.begin() + static_cast<std::ptrdiff_t>(std::min(at, words.size())), words.end());
    if (!rest.empty() && rest.back() == ";")
        rest.pop_back();
    return rest == std::vector<std::string>{"then", "null", ";", "end"} ? states : std::vector<std::string>{};
}

// One statement of SQL, which PL/pgSQL would run as it is, and of which is known whether its object is there; null for anything else.
Node *only_statement(const std::string &text)
{
    try {
        Subtransaction attempt;
        const char *chars = text.c_str();
        List *statements = guarded([chars] { return ::raw_parser(chars, RAW_PARSE_DEFAULT); });
        attempt.commit();
        if (list_length(statements) != 1)
            return nullptr;
        Node *node = linitial_node(RawStmt, statements)->stmt;
        const NodeTag tag = nodeTag(node);
        const bool known = tag == T_AlterTableStmt || tag == T_CreateEnumStmt || tag == T_CreateStmt || tag == T_AlterEnumStmt || tag == T_IndexStmt ||
                           tag == T_CreateDomainStmt;
        return known ? node : nullptr;
    } catch (const PgError &) {
        return nullptr;
    }
}

const char *argument_of(const DoStmt *node, const char *name)
{
    ListCell *cell;
    foreach (cell, node->args) {
        auto *argument = lfirst_node(DefElem, cell);
        if (strcmp(argument->defname, name) == 0)
            return strVal(argument->arg);
    }
    return nullptr;
}

bool forgives(const ForgivingBlock &block, const std::string &state)
{
    return std::find(block.sqlstates.begin(), block.sqlstates.end(), state) != block.sqlstates.end();
}

// Constraints, columns and types of that name are found only when they are added, which comes too late to be forgiven.
bool has_it_already(const ForgivingBlock &block, const core::Statement &statement)
{
    Node *node = only_statement(block.statement);
    List *names = IsA(node, CreateEnumStmt)     ? castNode(CreateEnumStmt, node)->typeName
                  : IsA(node, CreateDomainStmt) ? castNode(CreateDomainStmt, node)->domainname
                                                : NIL;
    if (names != NIL)
        return forgives(block, "42710") &&
               guarded([names] { return OidIsValid(::LookupTypeNameOid(nullptr, ::makeTypeNameFromNameList(names), true)); });
    const Oid relation = statement.relation_oid;
    return relation != 0 && std::any_of(statement.changes.begin(), statement.changes.end(), [&block, relation](const core::Change &change) {
        const char *name = change.new_name.c_str(), *column = change.column.c_str();
        // Not there, and nothing to do for that.
        if (!change.column.empty() && change.kind != core::ChangeKind::add_column)
            return forgives(block, "42703") && guarded([=] { return ::get_attnum(relation, column) <= 0; });
        const bool adds = change.kind == core::ChangeKind::add_check || change.kind == core::ChangeKind::add_unique ||
                          change.kind == core::ChangeKind::add_foreign_key;
        if (change.kind == core::ChangeKind::add_column)
            return forgives(block, "42701") && guarded([=] { return ::get_attnum(relation, column) > 0; });
        return adds && (forgives(block, "42710") || forgives(block, "42P07")) &&
               guarded([=] { return OidIsValid(::get_relation_constraint_oid(relation, name, true)); });
    });
}

core::Statement nothing_to_do()
{
    core::Statement statement;
    core::Change change;
    change.is_noop = true;
    statement.changes.push_back(change);
    return statement;
}

// The whole statement: inside the block it could only fail or succeed as one.
core::Statement read_inside(const ForgivingBlock &block, const std::string &text)
{
    std::string padded(std::min(text.find(block.statement), text.size()), ' ');
    padded += block.statement;
    try {
        Subtransaction attempt;
        core::Statement statement = read_ddl(padded);
        attempt.commit();
        if (has_it_already(block, statement))
            return nothing_to_do();
        return statement;
    } catch (const core::Error &error) {
        if (!forgives(block, error.sqlstate()))
            throw;
    } catch (const PgError &error) {
        if (!forgives(block, error.sqlstate))
            throw;
    }
    return nothing_to_do();
}

}  // namespace

ForgivingBlock read_forgiving(const std::string &body)
{
    ForgivingBlock block;
    const std::size_t first = body.find_first_not_of(" \t\r\n");
    if (first == std::string::npos || pg_strncasecmp(body.c_str() + first, "begin", 5) != 0 || !isspace(static_cast<unsigned char>(body[first + 5])))
        return block;
    std::string lower = body;
    for (char &c : lower)
        c = static_cast<char>(tolower(static_cast<unsigned char>(c)));
    const std::size_t exception = lower.rfind("exception");
    if (exception == std::string::npos || exception < first + 5)
        return block;
    std::string inner = body.substr(first + 5, exception - first - 5);
    const std::size_t begin = inner.find_first_not_of(" \t\r\n"), end = inner.find_last_not_of(" \t\r\n");
    if (begin == std::string::npos || inner[end] != ';')
        return block;
    inner = inner.substr(begin, end - begin);
    const std::vector<std::string> states = forgiven(words_in(body.substr(exception + 9)));
    if (states.empty() || only_statement(inner) == nullptr)
        return block;
    return {inner, states};
}

bool read_block(const DoStmt *node, const std::string &text, core::Statement *statement)
{
    const char *language = argument_of(node, "language");
    const std::string body = plain(argument_of(node, "as"));
    if (language == nullptr || strcmp(language, "plpgsql") == 0)
        if (const ForgivingBlock block = read_forgiving(body); !block.statement.empty()) {
            *statement = read_inside(block, text);
            return true;
        }
    core::Change change;
    change.kind = core::ChangeKind::metadata_only;
    change.is_block = true;
    change.statement = text;
    change.title = "DO block";
    change.why_final = "what a DO block does is known only when it runs";
    statement->changes.push_back(change);
    return true;
}

}  // namespace hotswap::bridge
