// UPDATE and DELETE of the rows of one table. The server analyses the statement; its parts are kept as written, because a step
// puts them together again for a range of the table. See ddl.hpp and core/rows_change.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/identifier.hpp"

#include "bridge/ddl_reading.hpp"
#include "bridge/ddl_tokens.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "bridge/tree.hpp"

extern "C" {
#include "catalog/partition.h"
#include "lib/stringinfo.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
}

namespace hotswap::bridge {

namespace {

using core::Change;
using core::Repetition;
using core::RowsChange;

// In the server's memory.
struct Analysis {
    bool joins, reads_itself, positioned;
    bool volatile_condition, sets_key, sets_partition_key;
    bool impossible, harmless;
    const char *differs;
};

// Does a query inside the statement read the table itself?
bool reads_relation(Node *node, void *relation)
{
    if (node == nullptr)
        return false;
    if (IsA(node, Query)) {
        auto *query = castNode(Query, node);
        ListCell *cell;
        foreach (cell, query->rtable) {
            auto *entry = lfirst_node(RangeTblEntry, cell);
            if (entry->rtekind == RTE_RELATION && entry->relid == *static_cast<Oid *>(relation))
                return true;
        }
        return compat_walk_query(query, reads_relation, relation);
    }
    return compat_walk_expression(node, reads_relation, relation);
}

bool is_positioned(Node *node, void *context)
{
    if (node == nullptr)
        return false;
    return IsA(node, CurrentOfExpr) || compat_walk_expression(node, is_positioned, context);
}

bool reads_set_column(Node *expression, Bitmapset *set)
{
    ListCell *cell;
    foreach (cell, ::pull_vars_of_level(expression, 0)) {
        Node *node = static_cast<Node *>(lfirst(cell));
        if (!IsA(node, Var))
            return true;
        const auto *var = castNode(Var, node);
        if (var->varattno == 0 || ::bms_is_member(var->varattno - FirstLowInvalidHeapAttributeNumber, set))
            return true;
    }
    return false;
}

// True of a row that lacks the new values. By image: no operator of a type decides.
const char *lacks_values(Relation relation, List *targets)
{
    StringInfoData columns, values;
    ::initStringInfo(&columns);
    ::initStringInfo(&values);
    ListCell *cell;
    foreach (cell, targets) {
        auto *target = lfirst_node(TargetEntry, cell);
        if (target->resjunk)
            continue;
        const char *separator = columns.len == 0 ? "" : ", ";
        const char *name = NameStr(TupleDescAttr(RelationGetDescr(relation), target->resno - 1)->attname);
        ::appendStringInfo(&columns, "%s%s", separator, ::quote_identifier(name));
        ::appendStringInfo(&values, "%s%s", separator, deparse_over(RelationGetDescr(relation), reinterpret_cast<Node *>(target->expr)));
    }
    return ::psprintf("pg_catalog.record_image_ne(ROW(%s), ROW(%s))", columns.data, values.data);
}

// With the new values in place of the columns, is the condition false or null whatever else the row holds?
bool contradicts(Query *query, Node *condition)
{
    if (condition == nullptr || query->hasSubLinks)
        return false;
    bool has_sublinks = false;
    Node *after = ::ReplaceVarsFromTargetList(static_cast<Node *>(::copyObjectImpl(condition)), query->resultRelation, 0,
                                              rt_fetch(query->resultRelation, query->rtable), query->targetList, REPLACEVARS_CHANGE_VARNO,
                                              query->resultRelation, &has_sublinks);
    after = ::eval_const_expressions(nullptr, after);
    if (!IsA(after, Const))
        return false;
    const auto *constant = castNode(Const, after);
    return constant->constisnull || !DatumGetBool(constant->constvalue);
}

Analysis analyze(RawStmt *raw, const char *text, Oid relation_oid)
{
    Query *query = compat_parse_analyze(static_cast<RawStmt *>(::copyObjectImpl(raw)), text, nullptr);
    Analysis result = {};
    Node *condition = query->jointree->quals;
    result.joins = list_length(query->rtable) > 1;
    if (result.joins)
        return result;
    Oid relation = relation_oid;
    result.reads_itself = reads_relation(condition, &relation) || reads_relation(reinterpret_cast<Node *>(query->targetList), &relation);
    result.positioned = is_positioned(condition, nullptr);
    result.volatile_condition = ::contain_volatile_functions(condition);
    if (query->commandType == CMD_DELETE)
        return result;
    Bitmapset *set = nullptr;
    bool sets_default = false;
    ListCell *cell;
    foreach (cell, query->targetList) {
        auto *target = lfirst_node(TargetEntry, cell);
        sets_default = sets_default || IsA(target->expr, SetToDefault);
        if (!target->resjunk)
            set = ::bms_add_member(set, target->resno - FirstLowInvalidHeapAttributeNumber);
    }
    Relation opened = ::table_open(relation_oid, AccessShareLock);
    result.sets_key = ::bms_overlap(set, ::RelationGetIndexAttrBitmap(opened, INDEX_ATTR_BITMAP_KEY));
    result.sets_partition_key = opened->rd_rel->relkind == RELKIND_PARTITIONED_TABLE && ::has_partition_attrs(opened, set, nullptr);
    Node *values = reinterpret_cast<Node *>(query->targetList);
    const bool steady = !::contain_volatile_functions(values);
    result.impossible = steady && !sets_default && contradicts(query, condition);
    // Where a subquery gives several columns at once there is no expression for each of them.
    result.harmless = steady && !query->hasSubLinks && !sets_default && !reads_set_column(values, set);
    if (result.harmless && !result.impossible)
        result.differs = lacks_values(opened, query->targetList);
    ::table_close(opened, NoLock);
    return result;
}

std::string after_word(const std::string &text, std::size_t at, const std::string &word, std::size_t end)
{
    return at == std::string::npos ? "" : text.substr(at + word.size(), end == std::string::npos ? end : end - at - word.size());
}

std::vector<std::string> names_of(const Rows &rows)
{
    std::vector<std::string> result;
    for (std::size_t i = 0; i < rows.size(); ++i)
        result.push_back(rows[i].text("name"));
    return result;
}

constexpr const char *kTargets =
    "WITH RECURSIVE tree (oid) AS (SELECT $1::oid UNION SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid AND $2)"
    " SELECT n.nspname, c.relname AS name, c.relkind = 'f' AS is_foreign FROM tree t JOIN pg_class c ON c.oid = t.oid"
    "  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind <> 'p' ORDER BY c.oid";

constexpr const char *kPublications =
    "SELECT DISTINCT p.pubname AS name FROM pg_publication_tables p JOIN pg_namespace n ON n.nspname = p.schemaname"
    "  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename WHERE c.oid = $1::oid ORDER BY 1";

void read_targets(const core::Statement &statement, bool with_children, RowsChange *rows)
{
    const Authority authority = Authority::of_store();
    Sql sql;
    const auto oid = static_cast<std::int64_t>(statement.relation_oid);
    const Rows targets = sql.run(kTargets, {oid, with_children});
    for (std::size_t i = 0; i < targets.size(); ++i)
        if (targets[i].boolean("is_foreign"))
            refuse(-1, "UPDATE or DELETE of a foreign table", "Run it at the server that has the rows.");
        else
            rows->targets.push_back(core::qualified(targets[i].text("nspname"), targets[i].text("name")));
    rows->published = names_of(sql.run(kPublications, {oid}));
}

void refuse_parts(bool with, bool returning, bool joins)
{
    if (with)
        refuse(-1, "UPDATE or DELETE with a common table expression", "Each part of the table would compute it anew: put it into a table first.");
    if (returning)
        refuse(-1, "UPDATE or DELETE ... RETURNING", "Nobody is there to take the rows: leave it out.");
    if (joins)
        refuse(-1, "UPDATE ... FROM and DELETE ... USING", "Write the other table as a subquery in SET or WHERE.");
}

}  // namespace

bool read_rows(Node *node, const std::string &text, core::Statement *statement, Change *change)
{
    if (!IsA(node, UpdateStmt) && !IsA(node, DeleteStmt))
        return false;
    auto rows = std::make_shared<RowsChange>();
    rows->is_delete = IsA(node, DeleteStmt);
    RangeVar *name;
    if (rows->is_delete) {
        auto *statement_node = castNode(DeleteStmt, node);
        name = statement_node->relation;
        refuse_parts(statement_node->withClause != nullptr, statement_node->returningList != NIL, statement_node->usingClause != NIL);
    } else {
        auto *statement_node = castNode(UpdateStmt, node);
        name = statement_node->relation;
        refuse_parts(statement_node->withClause != nullptr, statement_node->returningList != NIL, statement_node->fromClause != NIL);
    }
    find_table(name, false, statement);
    change->kind = core::ChangeKind::change_rows;
    change->title = rows->is_delete ? "DELETE" : "UPDATE";
    rows->statement = text;
    rows->alias = name->alias != nullptr ? name->alias->aliasname : name->relname;

    auto *raw = makeNode(RawStmt);
    raw->stmt = node;
    const char *chars = text.c_str();
    const Oid relation = statement->relation_oid;
    const Analysis found = guarded([=] { return analyze(raw, chars, relation); });
    refuse_parts(false, false, found.joins);
    if (found.positioned)
        refuse(-1, "WHERE CURRENT OF", "A migration has no cursor: name the rows by a condition.");
    if (found.reads_itself)
        refuse(-1, "UPDATE or DELETE that reads its own table in a subquery",
               "Its later parts would see the rows that the earlier ones changed: put what it needs into a table first.");
    const bool with_children = name->inh;
    read_targets(*statement, with_children, rows.get());
    if (found.sets_partition_key && rows->targets.size() > 1)
        refuse(-1, "UPDATE of a partition key", "Rows would wander to partitions whose turn is still to come: write DELETE and INSERT.");
    rows->volatile_condition = found.volatile_condition;
    rows->sets_key = found.sets_key;
    rows->differs = plain(found.differs);
    rows->repetition = rows->is_delete || found.volatile_condition ? Repetition::forbidden
                       : found.impossible ? Repetition::impossible
                       : found.harmless   ? Repetition::harmless
                                          : Repetition::harmful;
    const std::vector<Token> tokens = scan_tokens(text);
    const std::size_t set = find_word(tokens, "set"), where = find_word(tokens, "where");
    rows->set_text = rows->is_delete ? "" : after_word(text, set, "set", where);
    rows->condition = after_word(text, where, "where", std::string::npos);
    change->rows = rows;
    return true;
}

}  // namespace hotswap::bridge
