// CREATE INDEX, REINDEX, CLUSTER, DROP INDEX: an index and its table. See surveying.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/surveying.hpp"

extern "C" {
#include "catalog/index.h"
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
        if (OidIsValid(index.original))
            survey_fall(f, RelationRelationId, index.original, 0, InvalidOid);
        forget(s, name);
    }
}

// Every index of the table, and the table: of partitions one after the other, each in a transaction of its own.
void reindex_relation(Finding *f, Oid relation)
{
    ListCell *cell;
    List *tables = ::get_rel_relkind(relation) == RELKIND_PARTITIONED_TABLE ? below(relation) : list_make1_oid(relation);
    foreach (cell, tables) {
        if (::get_rel_relkind(lfirst_oid(cell)) == RELKIND_PARTITIONED_TABLE)
            continue;
        see(f, lfirst_oid(cell), lfirst_oid(cell) == relation ? Role::target : Role::child);
        see_all(f, indexes_of(lfirst_oid(cell)), Role::index);
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
        if (node->kind == REINDEX_OBJECT_SCHEMA)
            see_all(f, relations_in(schema, RELKIND_RELATION), Role::target);
        warn(f, "every table of it is locked against writes, one after the other");
        return;
    }
    Place place = find_place(s, node->relation);
    f->object = place.name;
    if (node->kind == REINDEX_OBJECT_INDEX) {
        if (!see_named(s, f, node->relation, Role::index, false, &place))
            return;
        if (place.kind == RELKIND_PARTITIONED_INDEX)
            f->seen = NIL;   // only its parts are built
        ListCell *cell;
        if (place.kind == RELKIND_PARTITIONED_INDEX)
            foreach (cell, below(place.original)) {
                if (::get_rel_relkind(lfirst_oid(cell)) != RELKIND_INDEX)
                    continue;
                see(f, lfirst_oid(cell), Role::index);
                see(f, ::IndexGetRelation(lfirst_oid(cell), true), Role::table);
            }
        else
            see_index(f, place, true);
        return;
    }
    if (!place.known || !OidIsValid(place.original))
        see_named(s, f, node->relation, Role::target, false, &place);
    else
        reindex_relation(f, place.original);
}

void cluster(Surveying *s, ClusterStmt *node)
{
    Finding *f = begin_finding(s, "CLUSTER", node->indexname);
    if (node->relation == nullptr) {
        warn(f, "every table that was clustered once is written anew, one after the other");
        return;
    }
    Place table;
    if (!see_named(s, f, node->relation, Role::target, false, &table) || !OidIsValid(table.original))
        return;
    if (table.kind == RELKIND_PARTITIONED_TABLE) {
        static_cast<Seen *>(linitial(f->seen))->role = Role::source;
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
