// See own_relation.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/own_relation.hpp"

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"
#include "bridge/own_heap.hpp"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/heap.h"
#include "catalog/indexing.h"
#include "catalog/pg_am.h"
#include "catalog/pg_extension.h"
#include "catalog/toasting.h"
#include "commands/extension.h"
}

namespace hotswap::bridge {

namespace {

// One row of pg_class, where no command would set it.
void mark_heap(Oid heap)
{
    Relation catalog = ::table_open(RelationRelationId, RowExclusiveLock);
    HeapTuple tuple = ::SearchSysCacheCopy1(RELOID, ObjectIdGetDatum(heap));
    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "cache lookup failed for relation %u", heap);
    // Rows are deleted by key or by place; a publication FOR ALL TABLES must not ask for an identity.
    reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relreplident = REPLICA_IDENTITY_FULL;
    ::CatalogTupleUpdate(catalog, &tuple->t_self, tuple);
    ::table_close(catalog, RowExclusiveLock);

    ObjectAddress self, extension;
    ObjectAddressSet(self, RelationRelationId, heap);
    ObjectAddressSet(extension, ExtensionRelationId, ::get_extension_oid("hotswap", false));
    ::recordDependencyOn(&self, &extension, DEPENDENCY_EXTENSION);
    ::CommandCounterIncrement();
}

}  // namespace

Oid schema_oid()
{
    return ::get_namespace_oid("hotswap", false);
}

Oid create_own_heap(const char *name, Oid table, TupleDesc columns, Oid tablespace, Oid access_method, Oid owner, char persistence,
                Datum options, Datum toast_options)
{
    const Oid heap = ::heap_create_with_catalog(name, schema_oid(), tablespace, InvalidOid, InvalidOid, InvalidOid, owner, access_method,
                                                columns, NIL, RELKIND_RELATION, persistence, false, false, ONCOMMIT_NOOP, options, false,
                                                true, true, table, nullptr);
    ::CommandCounterIncrement();
    ::NewHeapCreateToastTable(heap, toast_options, AccessExclusiveLock, InvalidOid);
    ::CommandCounterIncrement();
    mark_heap(heap);
    return heap;
}

unsigned create_change_log(const std::string &name, unsigned table, const std::vector<std::string> &key)
{
    std::vector<const char *> columns;
    for (const std::string &column : key)
        columns.push_back(column.c_str());
    const char *text = name.c_str();
    const char *const *names = columns.data();
    const int count = static_cast<int>(columns.size());
    return guarded([=] {
        Relation relation = ::table_open(table, AccessShareLock);
        TupleDesc shape = ::CreateTemplateTupleDesc(count + 1);
        ::TupleDescInitEntry(shape, 1, "~op", CHAROID, -1, 0);
        for (int i = 0; i < count; ++i) {
            const AttrNumber number = ::get_attnum(table, names[i]);
            if (number <= 0)
                ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN), errmsg("column \"%s\" of table \"%s\" does not exist", names[i],
                                                                          RelationGetRelationName(relation))));
            const Form_pg_attribute a = TupleDescAttr(RelationGetDescr(relation), number - 1);
            ::TupleDescInitEntry(shape, static_cast<AttrNumber>(i + 2), names[i], a->atttypid, a->atttypmod, 0);
            ::TupleDescInitEntryCollation(shape, static_cast<AttrNumber>(i + 2), a->attcollation);
        }
        const Oid owner = relation->rd_rel->relowner;
        const char persistence = relation->rd_rel->relpersistence;
        ::table_close(relation, NoLock);
        return create_own_heap(text, table, shape, InvalidOid, HEAP_TABLE_AM_OID, owner, persistence, 0, 0);
    });
}

namespace {

struct CColumn {
    const char *name;
    Oid type;
};

Oid create_plain(const char *name, Oid table, const CColumn *columns, int count, char persistence)
{
    Relation relation = ::table_open(table, AccessShareLock);
    const Oid owner = relation->rd_rel->relowner;
    ::table_close(relation, NoLock);
    TupleDesc shape = ::CreateTemplateTupleDesc(count);
    for (int i = 0; i < count; ++i)
        ::TupleDescInitEntry(shape, static_cast<AttrNumber>(i + 1), columns[i].name, columns[i].type, -1, 0);
    return create_own_heap(name, table, shape, InvalidOid, HEAP_TABLE_AM_OID, owner, persistence, 0, 0);
}

}  // namespace

void create_crash_mark(const std::string &name, unsigned table)
{
    const char *text = name.c_str();
    guarded([text, table] {
        const CColumn columns[] = {{"alive", BOOLOID}};
        const Oid heap = create_plain(text, table, columns, 1, RELPERSISTENCE_UNLOGGED);
        Relation relation = ::table_open(heap, RowExclusiveLock);
        Datum value = BoolGetDatum(true);
        bool null = false;
        ::simple_heap_insert(relation, ::heap_form_tuple(RelationGetDescr(relation), &value, &null));
        ::table_close(relation, NoLock);
    });
}

void create_order(const std::string &name, unsigned table)
{
    const char *text = name.c_str();
    guarded([text, table] {
        const CColumn columns[] = {{"position", INT8OID}, {"place", TIDOID}};
        (void)create_plain(text, table, columns, 2, RELPERSISTENCE_PERMANENT);
    });
}

bool is_unlogged(unsigned relation)
{
    return guarded([relation] { return ::get_rel_persistence(relation) == RELPERSISTENCE_UNLOGGED; });
}

unsigned own_relation(const std::string &name)
{
    const char *text = name.c_str();
    return guarded([text] { return ::get_relname_relid(text, schema_oid()); });
}

void drop_own_relation(const std::string &name)
{
    const char *text = name.c_str();
    guarded([text] {
        const Oid relation = ::get_relname_relid(text, schema_oid());
        if (!OidIsValid(relation))
            return;
        ::deleteDependencyRecordsForClass(RelationRelationId, relation, ExtensionRelationId, DEPENDENCY_EXTENSION);
        ::CommandCounterIncrement();
        ObjectAddress address;
        ObjectAddressSet(address, RelationRelationId, relation);
        ::performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
        ::CommandCounterIncrement();
    });
}

}  // namespace hotswap::bridge
