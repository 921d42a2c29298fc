// TRUNCATE, REFRESH MATERIALIZED VIEW, CLUSTER and VACUUM FULL. See ddl.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/identifier.hpp"

#include "bridge/ddl_reading.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "bridge/truncated_tables.hpp"

extern "C" {
#include "catalog/index.h"
#include "commands/defrem.h"
#include "commands/matview.h"
}

namespace hotswap::bridge {

namespace {

using core::Change;

constexpr const char *kReferencing =
    "WITH RECURSIVE reached (oid) AS (SELECT unnest($1::oid[])"
    "  UNION SELECT k.conrelid FROM reached r JOIN pg_constraint k ON k.confrelid = r.oid AND k.contype = 'f')"
    " SELECT r.oid::bigint AS oid FROM reached r WHERE r.oid <> ALL ($1::oid[]) ORDER BY 1";

constexpr const char *kBelow =
    "WITH RECURSIVE below (oid) AS (SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = $1::oid UNION SELECT i.inhrelid FROM below b JOIN pg_inherits i ON i.inhparent = b.oid)"
    " SELECT b.oid::bigint AS oid FROM below b ORDER BY 1";

void read_truncate(TruncateStmt *node, core::Statement *statement, Change *change)
{
    change->lock_mode = "ACCESS EXCLUSIVE";
    change->why_final = "its rows are gone";
    auto truncation = std::make_shared<core::Truncation>();
    truncation->cascade = node->behavior == DROP_CASCADE;
    truncation->restart = node->restart_seqs;
    std::vector<std::string> oids;
    core::Statement first;
    ListCell *cell;
    foreach (cell, node->relations) {
        auto *name = lfirst_node(RangeVar, cell);
        core::Statement found;
        find_table(name, false, &found);
        oids.push_back(std::to_string(found.relation_oid));
        if (first.relation_oid == 0)
            first = found;
        else
            change->locks.push_back(core::qualified(found.schema, found.relation));
        const std::string table = core::qualified(found.schema, found.relation);
        truncation->tables.push_back(table);
        if (!name->inh)
            truncation->only.push_back(table);
        change->warnings.push_back("TRUNCATE takes all rows of " + table + " away at once; older snapshots find the table empty");
        const Authority authority = Authority::of_store();
        Sql sql;
        const Rows rows = sql.run(kBelow, {static_cast<std::int64_t>(found.relation_oid)});
        for (std::size_t i = 0; i < rows.size(); ++i)
            change->locks.push_back(relation_text(static_cast<Oid>(rows[i].integer("oid"))));
    }
    *statement = first;
    const Oid caller = current_role();
    const Authority authority = Authority::of_store();
    Sql sql;
    for (const TruncatedTable &table : truncated_tables(sql, *truncation, caller))
        if (truncation->not_kept.empty())
            truncation->not_kept = table.not_kept;
    change->truncation = truncation;
    const Rows rows = sql.run(kReferencing, {oids});
    std::string names;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string table = relation_text(static_cast<Oid>(rows[i].integer("oid")));
        names += (names.empty() ? "" : ", ") + table;
        change->locks.push_back(table);
    }
    if (names.empty())
        return;
    if (node->behavior != DROP_CASCADE)
        throw core::Error(core::sqlstate::kFeatureNotSupported, "cannot truncate a table referenced in a foreign key constraint", "Referencing it: " + names + ".",
                          "Truncate these in the same statement, or write TRUNCATE ... CASCADE.");
    change->warnings.push_back("CASCADE takes all rows of " + names + " away, too");
}

// CONCURRENTLY needs a unique index on plain columns without a condition, and a view that was filled before.
constexpr const char *kConcurrent =
    "SELECT c.relispopulated AND EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate"
    "   AND i.indpred IS NULL AND i.indexprs IS NULL) AS ok FROM pg_class c WHERE c.oid = $1::oid AND c.relkind = 'm'";

void read_refresh(RefreshMatViewStmt *node, Change *change)
{
    RangeVar *name = node->relation;
    const Oid view = guarded([name] { return ::RangeVarGetRelid(name, AccessShareLock, false); });
    const std::string relation = relation_text(view);
    change->locks = {relation};
    change->why_final = "what it held before is gone";
    change->title = "refresh " + relation;
    const Authority authority = Authority::of_store();
    Sql sql;
    const Rows rows = sql.run(kConcurrent, {static_cast<std::int64_t>(view)});
    if (rows.empty())
        throw core::Error(core::sqlstate::kWrongObjectType, "\"" + plain(name->relname) + "\" is not a materialized view", "", "", position_of(name->location));
    if (!node->skipData && (node->concurrent || rows[0].boolean("ok"))) {
        // EXCLUSIVE stands in nobody's way but another refresh's: readers go on, and nobody else writes it.
        change->statement = "REFRESH MATERIALIZED VIEW CONCURRENTLY " + relation;
        return;
    }
    change->lock_mode = "ACCESS EXCLUSIVE";
    if (!node->skipData)
        change->warnings.push_back("readers of " + relation + " wait until it is filled: it has no unique index on plain columns without a condition, or was "
                                   "never filled, so PostgreSQL cannot refresh it CONCURRENTLY");
}

bool is_full(VacuumStmt *node)
{
    ListCell *cell;
    foreach (cell, node->options) {
        auto *option = lfirst_node(DefElem, cell);
        if (strcmp(option->defname, "full") == 0)
            return guarded([option] { return ::defGetBoolean(option); });
    }
    return false;
}

void read_cluster(ClusterStmt *node, core::Statement *statement, Change *change)
{
    if (node->relation == nullptr)
        refuse(-1, "CLUSTER of all tables", "Name one table.");
    find_table(node->relation, false, statement);
    change->kind = core::ChangeKind::maintain;
    const char *index = node->indexname;
    const Authority authority = Authority::of_store();
    Sql sql;
    const Rows rows = sql.run("SELECT x.relname, m.amname, pg_get_indexdef(i.indexrelid) AS def, i.indisclustered, i.indpred IS NOT NULL AS partial,"
                              "  (SELECT string_agg(pg_get_indexdef(i.indexrelid, n, false) || CASE WHEN i.indoption[n - 1] & 1 = 1 THEN ' DESC' ELSE '' END"
                              "     || CASE i.indoption[n - 1] WHEN 1 THEN ' NULLS LAST' WHEN 2 THEN ' NULLS FIRST' ELSE '' END, ', ' ORDER BY n)"
                              "     FROM generate_series(1, i.indnkeyatts) AS n) AS keys"
                              "  FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam"
                              " WHERE i.indrelid = $1::oid AND CASE WHEN $2 = '' THEN i.indisclustered ELSE x.relname = $2 END",
                              {static_cast<std::int64_t>(statement->relation_oid), plain(index)});
    if (rows.empty())
        throw core::Error(core::sqlstate::kUndefinedObject, index == nullptr ? "there is no previously clustered index for table \"" + statement->relation + "\""
                                                                            : "index \"" + plain(index) + "\" for table \"" + statement->relation + "\" does not exist",
                          "", "Write CLUSTER table USING index.");
    if (rows[0].text("amname") != "btree" || rows[0].boolean("partial"))
        refuse(-1, "CLUSTER by such an index", "It has to be a btree index without a condition.");
    change->default_text = rows[0].text("keys");
    change->index_name = rows[0].text("relname");
    change->unique = rows[0].boolean("indisclustered");
    change->title = "cluster by " + change->index_name;
}

}  // namespace

bool read_maintenance(Node *node, const std::string &text, core::Statement *statement, Change *change)
{
    (void)text;
    switch (nodeTag(node)) {
    case T_TruncateStmt:
        read_truncate(castNode(TruncateStmt, node), statement, change);
        return true;
    case T_RefreshMatViewStmt:
        read_refresh(castNode(RefreshMatViewStmt, node), change);
        return true;
    case T_ClusterStmt:
        read_cluster(castNode(ClusterStmt, node), statement, change);
        return true;
    case T_VacuumStmt: {
        auto *vacuum = castNode(VacuumStmt, node);
        if (!is_full(vacuum))
            refuse(-1, "VACUUM or ANALYZE", "They stand in nobody's way: run them yourself.");
        if (list_length(vacuum->rels) != 1 || linitial_node(VacuumRelation, vacuum->rels)->relation == nullptr)
            refuse(-1, "VACUUM FULL of several tables", "Name one table.");
        find_table(linitial_node(VacuumRelation, vacuum->rels)->relation, false, statement);
        change->kind = core::ChangeKind::maintain;
        change->title = "VACUUM FULL";
        return true;
    }
    default:
        return false;
    }
}

}  // namespace hotswap::bridge
