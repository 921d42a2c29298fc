// See utility_statement.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/utility_statement.hpp"

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"

extern "C" {
#include "nodes/nodeFuncs.h"
#include "parser/parser.h"
}

namespace hotswap::bridge {

char *kept(const std::string &chars)
{
    const char *at = chars.c_str();
    return guarded([at] { return ::pstrdup(at); });
}

Node *parse_utility(const std::string &text)
{
    const char *chars = text.c_str();
    return guarded([chars]() -> Node * {
        List *statements = ::raw_parser(chars, RAW_PARSE_DEFAULT);
        if (list_length(statements) != 1)
            elog(ERROR, "not one statement: %s", chars);
        return linitial_node(RawStmt, statements)->stmt;
    });
}

void run_utility(Node *statement, const std::string &text)
{
    const char *chars = text.c_str();
    guarded([statement, chars] {
        Node *node = statement;
        ::PushActiveSnapshot(::GetTransactionSnapshot());
        // CREATE TABLE AS is the one whose query is expected to be analyzed.
        if (IsA(node, CreateTableAsStmt)) {
            auto *raw = makeNode(RawStmt);
            raw->stmt = node;
            List *queries = compat_analyze_and_rewrite(raw, chars);
            node = linitial_node(Query, queries)->utilityStmt;
        }
        auto *planned = makeNode(PlannedStmt);
        planned->commandType = CMD_UTILITY;
        planned->canSetTag = false;
        planned->utilityStmt = node;
        planned->stmt_location = -1;
        // As a subcommand: neither the users' event triggers nor our own are for statements on what nobody else can see.
        ::standard_ProcessUtility(planned, chars, false, PROCESS_UTILITY_SUBCOMMAND, nullptr, nullptr, None_Receiver, nullptr);
        if (::ActiveSnapshotSet())
            ::PopActiveSnapshot();
        ::CommandCounterIncrement();
    });
}

namespace {

struct Wanted {
    NodeTag kind;
    List *found;
};

bool collect(Node *node, void *context)
{
    if (node == nullptr)
        return false;
    auto *wanted = static_cast<Wanted *>(context);
    if (nodeTag(node) == wanted->kind)
        wanted->found = lappend(wanted->found, node);
    return compat_walk_raw(node, collect, context);
}

}  // namespace

std::vector<Node *> nodes_in(Node *tree, NodeTag kind)
{
    List *found = guarded([tree, kind] {
        Wanted wanted = {kind, NIL};
        (void)collect(tree, &wanted);
        return wanted.found;
    });
    std::vector<Node *> result;
    for (int i = 0; i < list_length(found); ++i)
        result.push_back(static_cast<Node *>(list_nth(found, i)));
    return result;
}

}  // namespace hotswap::bridge
