// CREATE INDEX, REINDEX, CLUSTER, DROP INDEX: an index and its table. See surveying.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/surveying.hpp"

extern "C" {
#include "access/genam.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "commands/defrem.h"
#include "utils/fmgroids.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
}

namespace hotswap::bridge {

namespace {

bool has_option(List *options, const char *name)
{
    ListCell *cell;
    foreach (cell, options)
        if (strcmp(lfirst_node(DefElem, cell)->defname, name) == 0)
            return ::defGetBoolean(lfirst_node(DefElem, cell));
    return false;
}

void warn_in_block(Surveying *s, Finding *f, const char *what)
{
    if (s->in_block) {
        f->failing = true;
        warn(f, "%s cannot run inside a transaction block", what);
    }
}

List *indexes_of(Oid relation)
{
    Relation opened = ::try_relation_open(relation, AccessShareLock);
    if (opened == nullptr)
        return NIL;
    List *indexes = ::list_copy(::RelationGetIndexList(opened));
    ::relation_close(opened, AccessShareLock);
    return indexes;
}

// Nothing of it is up to functions, partitions or names that are taken.
bool is_plain_index(const IndexStmt *node, const Place &table)
{
    if (table.kind != RELKIND_RELATION || !OidIsValid(table.original) || node->whereClause != nullptr || node->options != NIL || node->tableSpace != nullptr ||
        !compat_owns_relation(table.original, ::GetUserId()) ||
        (node->idxname != nullptr && OidIsValid(::get_relname_relid(node->idxname, ::get_rel_namespace(table.original)))))
        return false;
    const Oid method = ::get_index_am_oid(node->accessMethod != nullptr ? node->accessMethod : DEFAULT_INDEX_TYPE, true);
    ListCell *cell;
    foreach (cell, node->indexParams) {
        const auto *element = lfirst_node(IndexElem, cell);
        const AttrNumber number = element->name == nullptr ? InvalidAttrNumber : ::get_attnum(table.original, element->name);
        if (number <= 0 || element->opclass != NIL || element->collation != NIL || method != BTREE_AM_OID ||
            !OidIsValid(::GetDefaultOpClass(::get_atttype(table.original, number), method)))
            return false;
    }
    return node->indexIncludingParams == NIL;
}

void create_index(Surveying *s, IndexStmt *node)
{
    Finding *f = begin_finding(s, node->concurrent ? "CREATE_INDEX_CONCURRENTLY" : "CREATE_INDEX", node->idxname);
    Place table;
    const bool found = see_named(s, f, node->relation, Role::target, false, &table);
    if (node->concurrent)
        warn_in_block(s, f, "CREATE INDEX CONCURRENTLY");
    if (node->idxname != nullptr) {
        RangeVar *index = ::makeRangeVar(node->relation->schemaname, node->idxname, -1);
        if (node->if_not_exists && found && OidIsValid(table.looked_at) &&
            OidIsValid(::get_relname_relid(node->idxname, ::get_rel_namespace(table.looked_at)))) {
            f->skipped = true;
            warn(f, "the index is there: nothing is done");
            return;
        }
        remember(s, index, RELKIND_INDEX);
    }
    if (!found)
        return;
    if (table.kind == RELKIND_PARTITIONED_TABLE && node->relation->inh) {
        if (node->concurrent) {
            f->failing = true;
            warn(f, "the statement fails: an index on a partitioned table cannot be built concurrently; build one on each partition and attach it");
        }
        see_all(f, below(table.original), Role::child);
    }
    f->certain = is_plain_index(node, table);
    if (node->unique)
        check_index(s, f, table, node);
    if (node->unique)
        warn(f, "duplicates make the statement fail after all the work");
    if (list_length(node->indexParams) > 3)
        warn(f, "an index of %d columns is rarely used by its last ones", list_length(node->indexParams));
}

void see_index(Finding *f, const Place &index, bool recurse)
{
    f->object = index.name;
    if (!OidIsValid(index.original))
        return;
    see(f, ::IndexGetRelation(index.original, true), Role::table);
    if (index.kind != RELKIND_PARTITIONED_INDEX || !recurse)
        return;
    ListCell *cell;
    foreach (cell, below(index.original)) {
        see(f, lfirst_oid(cell), Role::index);
        see(f, ::IndexGetRelation(lfirst_oid(cell), true), Role::table);
    }
}

void drop_index(Surveying *s, DropStmt *node)
{
    ListCell *cell;
    foreach (cell, node->objects) {
        RangeVar *name = range_of(castNode(List, lfirst(cell)), 0);
        Finding *f = begin_finding(s, node->concurrent ? "DROP_INDEX_CONCURRENTLY" : "DROP_INDEX", name->relname);
        if (node->concurrent)
            warn_in_block(s, f, "DROP INDEX CONCURRENTLY");
        Place index;
        if (!see_named(s, f, name, Role::index, node->missing_ok, &index))
            continue;
        if (node->concurrent && index.kind == RELKIND_PARTITIONED_INDEX) {
            f->failing = true;
            warn(f, "the statement fails: a partitioned index cannot be dropped concurrently");
        }
        see_index(f, index, true);
        if (index.kind == RELKIND_PARTITIONED_INDEX && OidIsValid(index.original))
            see_all(f, below(::IndexGetRelation(index.original, true)), Role::child);
        if (OidIsValid(index.original) && !node->concurrent)
            survey_fall(f, RelationRelationId, index.original, 0, InvalidOid);
        forget(s, name);
    }
}

// Every index of the table, and the table: of partitions one after the other, each in a transaction of its own.
void reindex_relation(Finding *f, Oid relation)
{
    ListCell *cell;
    see(f, relation, Role::target)->scanned = indexes_of(relation) != NIL;
    if (::get_rel_relkind(relation) != RELKIND_PARTITIONED_TABLE)
        return;
    // The list of partitions is made under SHARE, concurrently or not.
    foreach (cell, below(relation)) {
        Seen *child = see(f, lfirst_oid(cell), Role::child);
        child->lock = ShareLock;
        child->scanned = indexes_of(lfirst_oid(cell)) != NIL;
    }
}

void reindex(Surveying *s, ReindexStmt *node)
{
    const bool concurrent = has_option(node->params, "concurrently");
    Finding *f = begin_finding(s, concurrent ? "REINDEX_CONCURRENTLY" : "REINDEX", node->name);
    if (concurrent)
        warn_in_block(s, f, "REINDEX CONCURRENTLY");
    if (node->relation == nullptr) {
        // SCHEMA, DATABASE, SYSTEM: every table of it, one after the other.
        const Oid schema = node->kind == REINDEX_OBJECT_SCHEMA ? ::get_namespace_oid(node->name, true) : InvalidOid;
        ListCell *cell;
        foreach (cell, OidIsValid(schema) ? relations_in(schema, RELKIND_RELATION) : NIL)
            reindex_relation(f, lfirst_oid(cell));
        warn(f, "every table of it is locked against writes, one after the other");
        return;
    }
    Place place = find_place(s, node->relation);
    f->object = place.name;
    if (node->kind == REINDEX_OBJECT_INDEX) {
        if (!see_named(s, f, node->relation, Role::index, false, &place))
            return;
        if (place.kind != RELKIND_PARTITIONED_INDEX) {
            see_index(f, place, true);
            return;
        }
        // Only its parts are built, one after the other.
        f->seen = NIL;
        ListCell *cell;
        see(f, ::IndexGetRelation(place.original, true), Role::table)->lock = ShareLock;
        foreach (cell, below(place.original)) {
            if (::get_rel_relkind(lfirst_oid(cell)) == RELKIND_INDEX)
                see(f, ::IndexGetRelation(lfirst_oid(cell), true), Role::table);
        }
        return;
    }
    if (!place.known || !OidIsValid(place.original))
        see_named(s, f, node->relation, Role::target, false, &place);
    else
        reindex_relation(f, place.original);
}

List *clustered_tables()
{
    List *found = NIL;
    Relation catalog = ::table_open(IndexRelationId, AccessShareLock);
    ScanKeyData key;
    ::ScanKeyInit(&key, Anum_pg_index_indisclustered, BTEqualStrategyNumber, F_BOOLEQ, BoolGetDatum(true));
    SysScanDesc scan = ::systable_beginscan(catalog, InvalidOid, false, nullptr, 1, &key);
    HeapTuple tuple;
    while (HeapTupleIsValid(tuple = ::systable_getnext(scan)))
        found = lappend_oid(found, reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple))->indrelid);
    ::systable_endscan(scan);
    ::table_close(catalog, AccessShareLock);
    return found;
}

void cluster(Surveying *s, ClusterStmt *node)
{
    Finding *f = begin_finding(s, "CLUSTER", node->indexname);
    if (node->relation == nullptr) {
        warn(f, "every table that was clustered once is written anew, one after the other");
        see_all(f, clustered_tables(), Role::target);
        return;
    }
    Place table;
    if (!see_named(s, f, node->relation, Role::target, false, &table) || !OidIsValid(table.original))
        return;
    if (table.kind == RELKIND_PARTITIONED_TABLE) {
        see_all(f, below(table.original), Role::child);
        return;
    }
    see_all(f, indexes_of(table.original), Role::index);
}

}  // namespace

bool survey_index(Surveying *s, Node *node)
{
    switch (nodeTag(node)) {
    case T_IndexStmt:
        create_index(s, castNode(IndexStmt, node));
        return true;
    case T_ReindexStmt:
        reindex(s, castNode(ReindexStmt, node));
        return true;
    case T_ClusterStmt:
        cluster(s, castNode(ClusterStmt, node));
        return true;
    case T_DropStmt:
        if (castNode(DropStmt, node)->removeType != OBJECT_INDEX)
            return false;
        drop_index(s, castNode(DropStmt, node));
        return true;
    default:
        return false;
    }
}

}  // namespace hotswap::bridge
