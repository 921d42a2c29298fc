// CREATE INDEX and DROP INDEX. See ddl.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/identifier.hpp"

#include "bridge/ddl_reading.hpp"
#include "bridge/object_names.hpp"
#include "bridge/tree.hpp"

extern "C" {
#include "catalog/index.h"
#include "catalog/pg_opclass.h"
#include "commands/defrem.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_utilcmd.h"
#include "utils/regproc.h"
}

namespace hotswap::bridge {

std::string options_text(List *options)
{
    std::string text;
    ListCell *cell;
    foreach (cell, options) {
        auto *option = lfirst_node(DefElem, cell);
        const char *value = guarded([option] { return static_cast<const char *>(::defGetString(option)); });
        text += (text.empty() ? "" : ", ") + core::quote_identifier(option->defname) + " = " + core::quote_literal(value);
    }
    return text;
}

namespace {

struct QualifiedName {
    const char *schema, *name;
};

std::string text_of(const QualifiedName &name)
{
    return core::qualified(name.schema, name.name);
}

QualifiedName opclass_name(List *written, const char *method)
{
    const Oid oid = ::get_opclass_oid(::get_index_am_oid(method, false), written, false);
    HeapTuple tuple = ::SearchSysCache1(CLAOID, ObjectIdGetDatum(oid));
    auto *form = reinterpret_cast<Form_pg_opclass>(GETSTRUCT(tuple));
    const QualifiedName name = {::get_namespace_name(form->opcnamespace), pstrdup(NameStr(form->opcname))};
    ::ReleaseSysCache(tuple);
    return name;
}

QualifiedName collation_name(List *written)
{
    const Oid oid = ::get_collation_oid(written, false);
    HeapTuple tuple = ::SearchSysCache1(COLLOID, ObjectIdGetDatum(oid));
    auto *form = reinterpret_cast<Form_pg_collation>(GETSTRUCT(tuple));
    const QualifiedName name = {::get_namespace_name(form->collnamespace), pstrdup(NameStr(form->collname))};
    ::ReleaseSysCache(tuple);
    return name;
}

std::string key_text(IndexElem *key, const char *method, TupleDesc shape)
{
    std::string text;
    if (key->name != nullptr) {
        text = core::quote_identifier(key->name);
    } else {
        Node *expression = key->expr;
        text = "(" + plain(guarded([=] { return static_cast<const char *>(deparse_over(shape, expression)); })) + ")";
    }
    if (key->collation != NIL) {
        List *written = key->collation;
        text += " COLLATE " + text_of(guarded([=] { return collation_name(written); }));
    }
    if (key->opclass != NIL) {
        List *written = key->opclass;
        text += " " + text_of(guarded([=] { return opclass_name(written, method); }));
        if (key->opclassopts != NIL)
            text += " (" + options_text(key->opclassopts) + ")";
    }
    if (key->ordering == SORTBY_ASC)
        text += " ASC";
    else if (key->ordering == SORTBY_DESC)
        text += " DESC";
    if (key->nulls_ordering == SORTBY_NULLS_FIRST)
        text += " NULLS FIRST";
    else if (key->nulls_ordering == SORTBY_NULLS_LAST)
        text += " NULLS LAST";
    return text;
}

void check_columns(List *keys, const core::Statement &statement, int location)
{
    const Oid relation = statement.relation_oid;
    ListCell *cell;
    foreach (cell, keys) {
        const char *name = lfirst_node(IndexElem, cell)->name;
        if (name != nullptr && guarded([=] { return ::get_attnum(relation, name) == InvalidAttrNumber; }))
            throw core::Error(core::sqlstate::kUndefinedColumn,
                              "column \"" + plain(name) + "\" of relation \"" + statement.relation + "\" does not exist", "", "",
                              position_of(location));
    }
}

}  // namespace

void read_create_index(IndexStmt *node, int location, core::Statement *statement)
{
    if (!find_table(node->relation, false, statement))
        return;
    const Oid relation = statement->relation_oid;
    core::Change change;
    change.kind = core::ChangeKind::create_index;
    change.position = position_of(location);
    change.unique = node->unique;
    change.index_schema = statement->schema;
    change.index_name = plain(node->idxname);
    if (node->idxname != nullptr) {
        const char *name = change.index_name.c_str();
        const bool exists = guarded([=] { return OidIsValid(::get_relname_relid(name, ::get_rel_namespace(relation))); });
        if (exists && node->if_not_exists) {
            change.is_noop = true;
            statement->changes.push_back(change);
            return;
        }
        if (exists)
            throw core::Error("42P07", "relation \"" + change.index_name + "\" already exists", "",
                              "Choose another name, or drop the index first.", position_of(location));
    }
    struct Analyzed {
        IndexStmt *node;
        TupleDesc shape;
    };
    const Analyzed analyzed = guarded([=] {
        Relation opened = ::relation_open(relation, AccessShareLock);
        Analyzed a = {nullptr, ::CreateTupleDescCopy(RelationGetDescr(opened))};
        ::relation_close(opened, NoLock);
        a.node = ::transformIndexStmt(relation, node, "");
        return a;
    });
    const char *method = analyzed.node->accessMethod;
    check_columns(analyzed.node->indexParams, *statement, location);
    check_columns(analyzed.node->indexIncludingParams, *statement, location);

    const std::string in_name = joined_columns(index_columns(analyzed.node->indexParams, analyzed.node->indexIncludingParams));
    if (node->idxname == nullptr)
        change.index_name = choose_index_name(relation, in_name, "idx", {});
    if (node->relation->inh)
        change.names_below = choose_names_below(relation, in_name, "idx");

    std::string keys, include;
    ListCell *cell;
    foreach (cell, analyzed.node->indexParams)
        keys += (keys.empty() ? "" : ", ") + key_text(lfirst_node(IndexElem, cell), method, analyzed.shape);
    foreach (cell, analyzed.node->indexIncludingParams) {
        auto *key = lfirst_node(IndexElem, cell);
        if (key->name == nullptr)
            throw core::Error(core::sqlstate::kFeatureNotSupported, "expressions are not supported in included columns");
        include += (include.empty() ? "" : ", ") + core::quote_identifier(key->name);
    }
    std::string sql = "USING " + core::quote_identifier(method) + " (" + keys + ")";
    if (!include.empty())
        sql += " INCLUDE (" + include + ")";
    if (compat_nulls_not_distinct(node))
        sql += " NULLS NOT DISTINCT";
    if (node->options != NIL)
        sql += " WITH (" + options_text(node->options) + ")";
    if (node->tableSpace != nullptr)
        sql += " TABLESPACE " + core::quote_identifier(node->tableSpace);
    if (analyzed.node->whereClause != nullptr) {
        Node *predicate = analyzed.node->whereClause;
        const TupleDesc shape = analyzed.shape;
        sql += " WHERE " + plain(guarded([=] { return static_cast<const char *>(deparse_over(shape, predicate)); }));
    }
    change.definition = sql;
    change.index_sql = std::string("CREATE ") + (node->unique ? "UNIQUE " : "") + "INDEX CONCURRENTLY " +
                       core::quote_identifier(change.index_name) + " ON " + core::qualified(statement->schema, statement->relation) + " " + sql;
    statement->only = !node->relation->inh;
    statement->changes.push_back(change);
}

namespace {

RangeVar *table_of_names(List *names)
{
    return guarded([names] { return ::makeRangeVarFromNameList(names); });
}

// An index of one table, or of a partitioned one, and the table it is on. False when IF EXISTS found none.
bool find_index(RangeVar *name, bool missing_ok, int location, core::Statement *statement, core::Change *change)
{
    struct Found {
        Oid table;
        const char *schema, *name, *table_schema, *table_name;
        bool owned, is_index;
    };
    const Found found = guarded([=] {
        Found f = {};
        const Oid index = ::RangeVarGetRelid(name, AccessShareLock, missing_ok);
        if (!OidIsValid(index))
            return f;
        const char kind = ::get_rel_relkind(index);
        f.is_index = kind == RELKIND_INDEX || kind == RELKIND_PARTITIONED_INDEX;
        f.table = f.is_index ? ::IndexGetRelation(index, false) : index;
        f.schema = ::get_namespace_name(::get_rel_namespace(index));
        f.name = ::get_rel_name(index);
        f.table_schema = ::get_namespace_name(::get_rel_namespace(f.table));
        f.table_name = ::get_rel_name(f.table);
        f.owned = compat_owns_relation(index, ::GetUserId());
        return f;
    });
    if (found.table == InvalidOid)
        return false;
    if (!found.is_index)
        throw core::Error(core::sqlstate::kWrongObjectType, "\"" + plain(found.name) + "\" is not an index", "",
                          "Give the name of an index.", position_of(location));
    if (!found.owned)
        throw core::Error(core::sqlstate::kInsufficientPrivilege, "must be owner of index " + plain(found.name), "", "",
                          position_of(location));
    statement->relation_oid = found.table;
    statement->schema = found.table_schema;
    statement->relation = found.table_name;
    change->index_schema = found.schema;
    change->index_name = found.name;
    return true;
}

}  // namespace

void read_drop_index(DropStmt *node, int location, core::Statement *statement)
{
    if (list_length(node->objects) != 1)
        refuse(location, "DROP INDEX of several indexes", "Start one migration for each index.");
    if (node->behavior == DROP_CASCADE)
        refuse(location, "DROP INDEX ... CASCADE", "Drop what depends on the index first.");
    RangeVar *name = table_of_names(castNode(List, linitial(node->objects)));
    core::Change change;
    change.kind = core::ChangeKind::drop_index;
    change.position = position_of(location);
    if (find_index(name, node->missing_ok, location, statement, &change))
        statement->changes.push_back(change);
}

// REINDEX INDEX and TABLE. Of a whole schema or database there is no table that would be the migration's.
void read_reindex(ReindexStmt *node, int location, core::Statement *statement)
{
    core::Change change;
    change.kind = core::ChangeKind::reindex;
    change.position = position_of(location);
    if (node->kind == REINDEX_OBJECT_SYSTEM)
        throw core::Error(core::sqlstate::kFeatureNotSupported, "cannot carry out REINDEX SYSTEM as an online migration",
                          "PostgreSQL cannot build indexes of its catalogs CONCURRENTLY: whatever reads them would wait.",
                          "Run it by itself in a maintenance window, in single-user mode if the catalogs are damaged.", position_of(location));
    // part_expansion.cpp makes a statement for each table; it found none.
    if (node->kind != REINDEX_OBJECT_INDEX && node->kind != REINDEX_OBJECT_TABLE) {
        change.is_noop = true;
        statement->changes.push_back(change);
        return;
    }
    ListCell *cell;
    foreach (cell, node->params) {
        auto *option = lfirst_node(DefElem, cell);
        if (strcmp(option->defname, "tablespace") == 0)
            change.definition = "(TABLESPACE " + core::quote_identifier(guarded([option] { return static_cast<const char *>(::defGetString(option)); })) + ") ";
    }
    if (node->kind == REINDEX_OBJECT_TABLE ? find_table(node->relation, false, statement)
                                           : find_index(node->relation, false, location, statement, &change))
        statement->changes.push_back(change);
}

}  // namespace hotswap::bridge
