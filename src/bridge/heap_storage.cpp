// See heap_storage.hpp.
//
// What an exchange must keep true, each line here or asserted:
//  - a row is read by the columns of the table that owns the file: both tables need the same physical columns, dropped ones
//    included; columns that only one of them has must be dropped there, and then read as null from rows that lack them;
//  - values stored out of line carry the OID of their TOAST table, so the TOAST table goes along (by link), with its
//    dependency and its name, which the server derives from the owner's OID;
//  - an index finds rows by their place in the heap, so it goes along with the heap;
//  - relfrozenxid and relminmxid bound what is in the file, relpages and reltuples describe it: they go along, too;
//  - every backend must forget the old files: relcache invalidations, sent at commit under the lock that is held till then.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/heap_storage.hpp"

#include <utility>

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"

extern "C" {
#include "access/attmap.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/indexing.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_index.h"
#include "catalog/pg_statistic.h"
#include "catalog/toasting.h"
#include "commands/tablecmds.h"
#include "storage/predicate.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/relcache.h"
}

namespace hotswap::bridge {

namespace {

[[noreturn]] void differ(Relation left, Relation right, const char *what)
{
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("cannot exchange the storage of \"%s\" and \"%s\"", RelationGetRelationName(left), RelationGetRelationName(right)),
                    errdetail("They differ in %s.", what)));
    pg_unreachable();
}

void check_columns(Relation left, Relation right)
{
    const TupleDesc a = RelationGetDescr(left), b = RelationGetDescr(right);
    const int shared = Min(a->natts, b->natts);
    for (int i = 0; i < shared; ++i) {
        const Form_pg_attribute x = TupleDescAttr(a, i), y = TupleDescAttr(b, i);
        if (x->attlen != y->attlen || x->attalign != y->attalign || x->attbyval != y->attbyval)
            differ(left, right, "the layout of a column");
        if (!x->attisdropped && !y->attisdropped && x->atttypid != y->atttypid)
            differ(left, right, "the type of a column");
        if (x->attisdropped != y->attisdropped)
            differ(left, right, "a dropped column");
    }
    for (int i = shared; i < Max(a->natts, b->natts); ++i)
        if (!TupleDescAttr(a->natts > b->natts ? a : b, i)->attisdropped)
            differ(left, right, "the number of columns");
}

void check_tables(Relation left, Relation right)
{
    const Form_pg_class a = left->rd_rel, b = right->rd_rel;
    if (a->relkind != RELKIND_RELATION || b->relkind != RELKIND_RELATION)
        differ(left, right, "their kind");
    if (a->relam != b->relam)
        differ(left, right, "the access method");
    if (a->reltablespace != b->reltablespace)
        differ(left, right, "the tablespace");
    if (a->relpersistence != b->relpersistence)
        differ(left, right, "persistence");
    check_columns(left, right);
}

void check_index_pair(Relation left, Relation right)
{
    const Form_pg_class a = left->rd_rel, b = right->rd_rel;
    if (a->relam != b->relam || a->reltablespace != b->reltablespace || a->relpersistence != b->relpersistence)
        differ(left, right, "access method, tablespace or persistence");
    if (left->rd_index->indisunique != right->rd_index->indisunique || left->rd_index->indisexclusion != right->rd_index->indisexclusion)
        differ(left, right, "what they forbid");
    IndexInfo *x = ::BuildIndexInfo(left), *y = ::BuildIndexInfo(right);
    // The server compares everything but the operators of an exclusion constraint.
    x->ii_ExclusionOps = y->ii_ExclusionOps = nullptr;
    AttrMap *map = ::make_attrmap(MaxHeapAttributeNumber);
    for (int i = 0; i < map->maplen; ++i)
        map->attnums[i] = static_cast<AttrNumber>(i + 1);
    if (!::CompareIndexInfo(x, y, left->rd_indcollation, right->rd_indcollation, left->rd_opfamily, right->rd_opfamily, map))
        differ(left, right, "their definition");
    ::free_attrmap(map);
}

// With wal_level = minimal the server remembers in these fields that a file is new in this transaction and needs no WAL. They
// belong to the file, so they follow it. Assuming a new file first makes the server look at both entries at commit.
void exchange_newness(Relation left, Relation right)
{
    const FileAge one = compat_file_age(left), two = compat_file_age(right);
    compat_assume_new_file(left);
    compat_assume_new_file(right);
    compat_set_file_age(left, two);
    compat_set_file_age(right, one);
}

void exchange_entries(Oid left, Oid right)
{
    Relation catalog = ::table_open(RelationRelationId, RowExclusiveLock);
    HeapTuple x = ::SearchSysCacheCopy1(RELOID, ObjectIdGetDatum(left)), y = ::SearchSysCacheCopy1(RELOID, ObjectIdGetDatum(right));
    if (!HeapTupleIsValid(x) || !HeapTupleIsValid(y))
        elog(ERROR, "cache lookup failed for relation %u or %u", left, right);
    auto *a = reinterpret_cast<Form_pg_class>(GETSTRUCT(x)), *b = reinterpret_cast<Form_pg_class>(GETSTRUCT(y));
    std::swap(a->relfilenode, b->relfilenode);
    std::swap(a->reltoastrelid, b->reltoastrelid);
    std::swap(a->relpages, b->relpages);
    std::swap(a->reltuples, b->reltuples);
    std::swap(a->relallvisible, b->relallvisible);
    std::swap(a->relfrozenxid, b->relfrozenxid);
    std::swap(a->relminmxid, b->relminmxid);
    CatalogIndexState indexes = ::CatalogOpenIndexes(catalog);
    ::CatalogTupleUpdateWithInfo(catalog, &x->t_self, x, indexes);
    ::CatalogTupleUpdateWithInfo(catalog, &y->t_self, y, indexes);
    ::CatalogCloseIndexes(indexes);
    ::table_close(catalog, RowExclusiveLock);

    Relation one = ::relation_open(left, NoLock), two = ::relation_open(right, NoLock);
    exchange_newness(one, two);
    compat_close_files(one);
    compat_close_files(two);
    ::CacheInvalidateRelcache(one);
    ::CacheInvalidateRelcache(two);
    ::relation_close(one, NoLock);
    ::relation_close(two, NoLock);
}

Oid toast_of(Oid table)
{
    HeapTuple tuple = ::SearchSysCache1(RELOID, ObjectIdGetDatum(table));
    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "cache lookup failed for relation %u", table);
    const Oid toast = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->reltoastrelid;
    ::ReleaseSysCache(tuple);
    return toast;
}

void own_toast(Oid toast, Oid owner)
{
    if (!OidIsValid(toast))
        return;
    ObjectAddress from, to;
    ObjectAddressSet(from, RelationRelationId, toast);
    ObjectAddressSet(to, RelationRelationId, owner);
    ::deleteDependencyRecordsFor(RelationRelationId, toast, false);
    ::recordDependencyOn(&from, &to, DEPENDENCY_INTERNAL);
    ::CacheInvalidateRelcacheByRelid(toast);
}

void name_toast(Oid toast, const char *pattern, Oid number)
{
    if (!OidIsValid(toast))
        return;
    char name[NAMEDATALEN], index_name[NAMEDATALEN + 8];
    snprintf(name, sizeof name, pattern, number);
    snprintf(index_name, sizeof index_name, "%s_index", name);
    Relation opened = ::table_open(toast, AccessExclusiveLock);
    List *indexes = ::RelationGetIndexList(opened);
    if (list_length(indexes) != 1)
        elog(ERROR, "TOAST table %u has %d indexes", toast, list_length(indexes));
    const Oid index = linitial_oid(indexes);
    ::table_close(opened, NoLock);
    ::RenameRelationInternal(toast, name, true, false);
    ::RenameRelationInternal(index, index_name, true, true);
    ::CommandCounterIncrement();
}

void exchange_toast(Oid left, Oid right)
{
    const Oid of_left = toast_of(left), of_right = toast_of(right);
    own_toast(of_left, left);
    own_toast(of_right, right);
    ::CommandCounterIncrement();
    // Through a third name: each wants the other's.
    name_toast(of_left, "pg_toast_hotswap_%u", left);
    name_toast(of_right, "pg_toast_%u", right);
    name_toast(of_left, "pg_toast_%u", left);
}

void swap(Oid left, Oid right, const Oid *left_indexes, const Oid *right_indexes, int count)
{
    Relation one = ::table_open(left, AccessExclusiveLock), two = ::table_open(right, AccessExclusiveLock);
    check_tables(one, two);
    List *listed = ::RelationGetIndexList(one), *other = ::RelationGetIndexList(two);
    if (list_length(listed) != count || list_length(other) != count)
        differ(one, two, "the number of indexes");
    for (int i = 0; i < count; ++i) {
        Relation x = ::index_open(left_indexes[i], AccessExclusiveLock), y = ::index_open(right_indexes[i], AccessExclusiveLock);
        if (!::list_member_oid(listed, left_indexes[i]) || !::list_member_oid(other, right_indexes[i]))
            differ(one, two, "their indexes");
        check_index_pair(x, y);
        ::index_close(x, NoLock);
        ::index_close(y, NoLock);
    }
    // Serializable transactions that have read from either: their locks on pages of the file become locks on the table.
    ::TransferPredicateLocksToHeapRelation(one);
    ::TransferPredicateLocksToHeapRelation(two);
    ::table_close(one, NoLock);
    ::table_close(two, NoLock);

    exchange_entries(left, right);
    for (int i = 0; i < count; ++i)
        exchange_entries(left_indexes[i], right_indexes[i]);
    ::CommandCounterIncrement();
    exchange_toast(left, right);
}

int natts_of(Oid relation)
{
    HeapTuple tuple = ::SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "cache lookup failed for relation %u", relation);
    const int natts = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relnatts;
    ::ReleaseSysCache(tuple);
    return natts;
}

void copy_missing(Oid from, Oid to)
{
    Relation catalog = ::table_open(AttributeRelationId, RowExclusiveLock);
    const int natts = natts_of(from);
    for (int i = 1; i <= natts; ++i) {
        HeapTuple source = ::SearchSysCache2(ATTNUM, ObjectIdGetDatum(from), Int16GetDatum(static_cast<int16>(i)));
        if (!HeapTupleIsValid(source))
            continue;
        const auto *column = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(source));
        if (column->atthasmissing && !column->attisdropped) {
            bool null;
            const Datum value = ::SysCacheGetAttr(ATTNUM, source, Anum_pg_attribute_attmissingval, &null);
            HeapTuple target = ::SearchSysCacheCopy2(ATTNUM, ObjectIdGetDatum(to), Int16GetDatum(static_cast<int16>(i)));
            if (HeapTupleIsValid(target)) {
                Datum values[Natts_pg_attribute] = {};
                bool nulls[Natts_pg_attribute] = {}, replace[Natts_pg_attribute] = {};
                values[Anum_pg_attribute_atthasmissing - 1] = BoolGetDatum(true);
                replace[Anum_pg_attribute_atthasmissing - 1] = true;
                values[Anum_pg_attribute_attmissingval - 1] = value;
                nulls[Anum_pg_attribute_attmissingval - 1] = null;
                replace[Anum_pg_attribute_attmissingval - 1] = true;
                target = ::heap_modify_tuple(target, RelationGetDescr(catalog), values, nulls, replace);
                ::CatalogTupleUpdate(catalog, &target->t_self, target);
            }
        }
        ::ReleaseSysCache(source);
    }
    ::table_close(catalog, RowExclusiveLock);
    ::CommandCounterIncrement();
}

void copy_statistics_of(Relation catalog, Oid from, Oid to)
{
    const int natts = natts_of(to);
    for (int i = 1; i <= natts; ++i) {
        const Datum number = Int16GetDatum(static_cast<int16>(i)), whole = BoolGetDatum(false);
        if (SearchSysCacheExists3(STATRELATTINH, ObjectIdGetDatum(to), number, whole))
            continue;
        HeapTuple source = ::SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(from), number, whole);
        if (!HeapTupleIsValid(source))
            continue;
        Datum values[Natts_pg_statistic] = {};
        bool nulls[Natts_pg_statistic] = {}, replace[Natts_pg_statistic] = {};
        values[Anum_pg_statistic_starelid - 1] = ObjectIdGetDatum(to);
        replace[Anum_pg_statistic_starelid - 1] = true;
        HeapTuple copy = ::heap_modify_tuple(source, RelationGetDescr(catalog), values, nulls, replace);
        ::CatalogTupleInsert(catalog, copy);
        ::ReleaseSysCache(source);
    }
}

}  // namespace

void swap_storage(unsigned left, unsigned right, const std::vector<unsigned> &left_indexes, const std::vector<unsigned> &right_indexes)
{
    const Oid *a = left_indexes.data(), *b = right_indexes.data();
    const int count = left_indexes.size() == right_indexes.size() ? static_cast<int>(left_indexes.size()) : -1;
    guarded([=] { swap(left, right, a, b, count); });
}

void copy_missing_values(unsigned from, unsigned to)
{
    guarded([=] { copy_missing(from, to); });
}

void copy_statistics(unsigned from, unsigned to, const std::vector<unsigned> &from_indexes, const std::vector<unsigned> &to_indexes)
{
    const Oid *a = from_indexes.data(), *b = to_indexes.data();
    const int count = static_cast<int>(from_indexes.size());
    guarded([=] {
        Relation catalog = ::table_open(StatisticRelationId, RowExclusiveLock);
        copy_statistics_of(catalog, from, to);
        for (int i = 0; i < count; ++i)
            copy_statistics_of(catalog, a[i], b[i]);
        ::table_close(catalog, RowExclusiveLock);
        ::CommandCounterIncrement();
    });
}

unsigned filenode_of(unsigned relation)
{
    return guarded([relation] {
        HeapTuple tuple = ::SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
        if (!HeapTupleIsValid(tuple))
            return static_cast<Oid>(InvalidOid);
        const Oid filenode = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relfilenode;
        ::ReleaseSysCache(tuple);
        return filenode;
    });
}

}  // namespace hotswap::bridge
