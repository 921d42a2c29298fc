// See part_expansion.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/part_expansion.hpp"

#include "core/identifier.hpp"

#include "bridge/ddl_reading.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"

extern "C" {
#include "commands/defrem.h"
#include "parser/parser.h"
}

namespace hotswap::bridge {

namespace {

Expansion drop_each(DropStmt *node)
{
    Expansion result;
    ListCell *cell;
    foreach (cell, node->objects) {
        List *names = lfirst_node(List, cell);
        result.statements.push_back(std::string("DROP INDEX ") + (node->concurrent ? "CONCURRENTLY " : "") + (node->missing_ok ? "IF EXISTS " : "") +
                                    plain(guarded([names] { return static_cast<const char *>(::NameListToQuotedString(names)); })) +
                                    (node->behavior == DROP_CASCADE ? " CASCADE" : ""));
    }
    return result;
}

// Partitions go with their table, and so do tables without an index: with nothing.
constexpr const char *kTables =
    "SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relkind = 'm' AS is_view FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    "  WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition AND c.relhasindex AND c.relpersistence <> 't'"
    "    AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'hotswap') AND ($1 = '' OR n.nspname = $1) ORDER BY n.nspname, c.relname";

Expansion reindex_each(ReindexStmt *node, const std::string &text)
{
    const std::string schema = node->kind == REINDEX_OBJECT_SCHEMA ? plain(node->name) : "";
    std::string place;
    ListCell *cell;
    foreach (cell, node->params) {
        auto *option = lfirst_node(DefElem, cell);
        if (strcmp(option->defname, "tablespace") == 0)
            place = "(TABLESPACE " + core::quote_identifier(guarded([option] { return static_cast<const char *>(::defGetString(option)); })) + ") ";
    }
    Expansion result;
    std::string views;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        const bool wrong = schema.empty() ? !sql.run("SELECT 1 AS x WHERE current_database() <> $1", {plain(node->name)}).empty()
                                          : sql.run("SELECT 1 AS x FROM pg_namespace WHERE nspname = $1", {schema}).empty();
        if (wrong)
            throw core::Error(schema.empty() ? core::sqlstate::kFeatureNotSupported : "3F000",
                              schema.empty() ? "can only reindex the currently open database" : "schema \"" + schema + "\" does not exist", "",
                              schema.empty() ? "Connect to that database, and start it there." : "");
        const Rows rows = sql.run(kTables, {schema});
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (rows[i].boolean("is_view"))
                views += (views.empty() ? "" : ", ") + rows[i].text("name");
            else
                result.statements.push_back("REINDEX " + place + "TABLE " + rows[i].text("name"));
    }
    if (!views.empty())
        result.warnings.push_back("indexes of materialized views are left as they are: " + views + ". Run REINDEX TABLE CONCURRENTLY for these by itself");
    if (schema.empty())
        result.warnings.push_back("the server's own catalogs are left as they are: PostgreSQL cannot build their indexes again CONCURRENTLY");
    if (result.statements.empty())
        result.statements = {text};
    return result;
}

}  // namespace

Expansion expand_statement(const std::string &text)
{
    const char *chars = text.c_str();
    List *nodes = guarded([chars] { return ::pg_parse_query(chars); });
    Node *node = list_length(nodes) == 1 ? linitial_node(RawStmt, nodes)->stmt : nullptr;
    if (node != nullptr && IsA(node, DropStmt)) {
        auto *drop = castNode(DropStmt, node);
        if (drop->removeType == OBJECT_INDEX && list_length(drop->objects) > 1)
            return drop_each(drop);
    }
    if (node != nullptr && IsA(node, ReindexStmt)) {
        auto *reindex = castNode(ReindexStmt, node);
        if (reindex->kind == REINDEX_OBJECT_SCHEMA || reindex->kind == REINDEX_OBJECT_DATABASE)
            return reindex_each(reindex, text);
    }
    return {{text}, {}};
}

}  // namespace hotswap::bridge
