// What hangs together in the catalogs: partitions and heirs, foreign keys, types and their tables, dependents by name.
// See surveying.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/surveying.hpp"

extern "C" {
#include "access/genam.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/partition.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_publication_rel.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_trigger.h"
#include "utils/fmgroids.h"
#include "utils/typcache.h"
}

namespace hotswap::bridge {

List *below(Oid relation)
{
    if (!OidIsValid(relation) || !::has_subclass(relation))
        return NIL;
    return ::list_delete_oid(::find_all_inheritors(relation, NoLock, nullptr), relation);
}

List *children_of(Oid relation)
{
    return OidIsValid(relation) ? ::find_inheritance_children(relation, NoLock) : NIL;
}

List *parents_of(Oid relation)
{
    List *parents = NIL;
    if (!OidIsValid(relation))
        return NIL;
    Relation catalog = ::table_open(InheritsRelationId, AccessShareLock);
    ScanKeyData key;
    ::ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
    SysScanDesc scan = ::systable_beginscan(catalog, InheritsRelidSeqnoIndexId, true, nullptr, 1, &key);
    HeapTuple tuple;
    while (HeapTupleIsValid(tuple = ::systable_getnext(scan)))
        parents = lappend_oid(parents, reinterpret_cast<Form_pg_inherits>(GETSTRUCT(tuple))->inhparent);
    ::systable_endscan(scan);
    ::table_close(catalog, AccessShareLock);
    return parents;
}

namespace {

ForeignKey *foreign_key(HeapTuple tuple)
{
    const auto form = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
    if (form->contype != CONSTRAINT_FOREIGN)
        return nullptr;
    auto *key = static_cast<ForeignKey *>(palloc0(sizeof(ForeignKey)));
    key->oid = form->oid;
    key->relation = form->conrelid;
    key->referenced = form->confrelid;
    key->parent = form->conparentid;
    key->name = pstrdup(NameStr(form->conname));
    key->validated = form->convalidated;
    return key;
}

// Runs over pg_depend: what depends on (class, object, column); column 0 takes all of it.
struct Dependents {
    Relation catalog;
    SysScanDesc scan;
};

Dependents dependents_of(Oid class_oid, Oid object)
{
    Dependents d;
    d.catalog = ::table_open(DependRelationId, AccessShareLock);
    ScanKeyData keys[2];
    ::ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(class_oid));
    ::ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object));
    d.scan = ::systable_beginscan(d.catalog, DependReferenceIndexId, true, nullptr, 2, keys);
    return d;
}

Form_pg_depend next(const Dependents &d)
{
    HeapTuple tuple = ::systable_getnext(d.scan);
    return HeapTupleIsValid(tuple) ? reinterpret_cast<Form_pg_depend>(GETSTRUCT(tuple)) : nullptr;
}

void close(const Dependents &d)
{
    ::systable_endscan(d.scan);
    ::table_close(d.catalog, AccessShareLock);
}

}  // namespace

List *foreign_keys_of(Oid relation)
{
    List *found = NIL;
    Relation catalog = ::table_open(ConstraintRelationId, AccessShareLock);
    ScanKeyData key;
    ::ScanKeyInit(&key, Anum_pg_constraint_conrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
    SysScanDesc scan = ::systable_beginscan(catalog, ConstraintRelidTypidNameIndexId, true, nullptr, 1, &key);
    HeapTuple tuple;
    while (HeapTupleIsValid(tuple = ::systable_getnext(scan)))
        if (ForeignKey *one = foreign_key(tuple))
            found = lappend(found, one);
    ::systable_endscan(scan);
    ::table_close(catalog, AccessShareLock);
    return found;
}

List *foreign_keys_to(Oid relation)
{
    // There is no index on confrelid; a key depends on the columns it references.
    List *oids = NIL, *found = NIL;
    const Dependents d = dependents_of(RelationRelationId, relation);
    while (Form_pg_depend row = next(d))
        if (row->classid == ConstraintRelationId)
            oids = ::list_append_unique_oid(oids, row->objid);
    close(d);
    ListCell *cell;
    foreach (cell, oids) {
        HeapTuple tuple = ::SearchSysCache1(CONSTROID, ObjectIdGetDatum(lfirst_oid(cell)));
        if (!HeapTupleIsValid(tuple))
            continue;
        ForeignKey *one = foreign_key(tuple);
        if (one != nullptr && one->referenced == relation)
            found = lappend(found, one);
        ::ReleaseSysCache(tuple);
    }
    return found;
}

List *relations_in(Oid schema, char kind)
{
    List *found = NIL;
    Relation catalog = ::table_open(RelationRelationId, AccessShareLock);
    ScanKeyData keys[2];
    ::ScanKeyInit(&keys[0], Anum_pg_class_relnamespace, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(schema));
    ::ScanKeyInit(&keys[1], Anum_pg_class_relkind, BTEqualStrategyNumber, F_CHAREQ, CharGetDatum(kind));
    // Of all schemas where none is given.
    SysScanDesc scan = ::systable_beginscan(catalog, InvalidOid, false, nullptr, OidIsValid(schema) ? 2 : 1, OidIsValid(schema) ? keys : keys + 1);
    HeapTuple tuple;
    while (HeapTupleIsValid(tuple = ::systable_getnext(scan)))
        found = lappend_oid(found, reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->oid);
    ::systable_endscan(scan);
    ::table_close(catalog, AccessShareLock);
    return found;
}

Oid owner_of(Oid relation)
{
    HeapTuple tuple = ::SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
    const Oid owner = HeapTupleIsValid(tuple) ? reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner : InvalidOid;
    if (HeapTupleIsValid(tuple))
        ::ReleaseSysCache(tuple);
    return owner;
}

List *relations_with(AttrNumber column, Oid value)
{
    List *found = NIL;
    Relation catalog = ::table_open(RelationRelationId, AccessShareLock);
    ScanKeyData key;
    ::ScanKeyInit(&key, column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(value));
    SysScanDesc scan = ::systable_beginscan(catalog, InvalidOid, false, nullptr, 1, &key);
    HeapTuple tuple;
    while (HeapTupleIsValid(tuple = ::systable_getnext(scan))) {
        const auto form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
        if (form->relkind != RELKIND_TOASTVALUE && form->relkind != RELKIND_COMPOSITE_TYPE &&
            (column == Anum_pg_class_reltablespace || (form->relkind != RELKIND_INDEX && form->relkind != RELKIND_PARTITIONED_INDEX)))
            found = lappend_oid(found, form->oid);
    }
    ::systable_endscan(scan);
    ::table_close(catalog, AccessShareLock);
    return found;
}

Oid default_partition(Oid parent)
{
    return OidIsValid(parent) && ::get_rel_relkind(parent) == RELKIND_PARTITIONED_TABLE ? ::get_default_partition_oid(parent) : InvalidOid;
}

// The relation that a row of a catalog names in one of its columns.
Oid relation_in(Oid catalog_oid, Oid index, AttrNumber key_column, Oid object, AttrNumber column)
{
    Relation catalog = ::table_open(catalog_oid, AccessShareLock);
    ScanKeyData key;
    ::ScanKeyInit(&key, key_column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object));
    SysScanDesc scan = ::systable_beginscan(catalog, index, true, nullptr, 1, &key);
    HeapTuple tuple = ::systable_getnext(scan);
    Oid found = InvalidOid;
    bool null;
    if (HeapTupleIsValid(tuple))
        found = DatumGetObjectId(::heap_getattr(tuple, column, RelationGetDescr(catalog), &null));
    ::systable_endscan(scan);
    ::table_close(catalog, AccessShareLock);
    return found;
}

bool depends_on_column(const ObjectAddress &object, Oid relation, AttrNumber column)
{
    bool found = false;
    const Dependents d = dependents_of(RelationRelationId, relation);
    while (Form_pg_depend row = next(d))
        found = found || (row->classid == object.classId && row->objid == object.objectId && row->refobjsubid == column);
    close(d);
    return found;
}

List *columns_of_constraint(Oid constraint)
{
    List *columns = NIL;
    HeapTuple tuple = ::SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
    if (!HeapTupleIsValid(tuple))
        return NIL;
    bool null;
    const Datum datum = ::SysCacheGetAttr(CONSTROID, tuple, Anum_pg_constraint_conkey, &null);
    if (!null) {
        ArrayType *array = DatumGetArrayTypeP(datum);
        const auto *numbers = reinterpret_cast<int16 *>(ARR_DATA_PTR(array));
        for (int i = 0; i < ARR_DIMS(array)[0]; ++i)
            columns = lappend_int(columns, numbers[i]);
    }
    ::ReleaseSysCache(tuple);
    return columns;
}

Oid constraint_named(Oid relation, const char *name, char *type, bool *validated, Oid *referenced)
{
    const Oid oid = ::get_relation_constraint_oid(relation, name, true);
    HeapTuple tuple = OidIsValid(oid) ? ::SearchSysCache1(CONSTROID, ObjectIdGetDatum(oid)) : nullptr;
    *type = '\0';
    *validated = false;
    *referenced = InvalidOid;
    if (!HeapTupleIsValid(tuple))
        return InvalidOid;
    const auto form = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
    *type = form->contype;
    *validated = form->convalidated;
    *referenced = form->confrelid;
    ::ReleaseSysCache(tuple);
    return oid;
}

void see_row_types(Finding *f, Oid relation)
{
    Relation opened = OidIsValid(relation) ? ::try_relation_open(relation, AccessShareLock) : nullptr;
    if (opened == nullptr)
        return;
    const TupleDesc shape = RelationGetDescr(opened);
    for (int i = 0; i < shape->natts; ++i) {
        const Oid row = TupleDescAttr(shape, i)->attisdropped ? InvalidOid : ::get_typ_typrelid(TupleDescAttr(shape, i)->atttypid);
        if (OidIsValid(row) && ::get_rel_relkind(row) != RELKIND_COMPOSITE_TYPE)
            see(f, row, Role::source);
    }
    ::relation_close(opened, AccessShareLock);
}

bool has_index_on(Oid relation, List *columns)
{
    Relation opened = ::try_relation_open(relation, AccessShareLock);
    if (opened == nullptr)
        return true;
    bool found = false;
    ListCell *cell;
    foreach (cell, ::RelationGetIndexList(opened)) {
        HeapTuple tuple = ::SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
        if (!HeapTupleIsValid(tuple))
            continue;
        const auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
        bool covers = form->indisvalid && form->indnkeyatts >= list_length(columns) && ::heap_attisnull(tuple, Anum_pg_index_indpred, nullptr);
        for (int i = 0; covers && i < list_length(columns); ++i)
            covers = ::list_member_int(columns, form->indkey.values[i]);
        found = found || covers;
        ::ReleaseSysCache(tuple);
    }
    ::relation_close(opened, AccessShareLock);
    return found;
}

List *users_of_type(Oid type)
{
    List *types = list_make1_oid(type), *tables = NIL;
    // The list grows while it is walked.
    for (int i = 0; i < list_length(types); ++i) {
        const Oid one = list_nth_oid(types, i);
        const Oid array = ::get_array_type(one);
        if (OidIsValid(array))
            types = ::list_append_unique_oid(types, array);
        const Dependents d = dependents_of(TypeRelationId, one);
        while (Form_pg_depend row = next(d)) {
            if (row->classid == TypeRelationId) {
                types = ::list_append_unique_oid(types, row->objid);
            } else if (row->classid == RelationRelationId && row->objsubid > 0) {
                const char kind = ::get_rel_relkind(row->objid);
                if (kind == RELKIND_COMPOSITE_TYPE)
                    types = ::list_append_unique_oid(types, ::get_rel_type_id(row->objid));
                else if (kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE || kind == RELKIND_MATVIEW)
                    tables = ::list_append_unique_oid(tables, row->objid);
            }
        }
        close(d);
    }
    return tables;
}

namespace {

const char *with_comma(const char *list, const char *item)
{
    return list == nullptr ? item : psprintf("%s, %s", list, item);
}

// The view, function, policy or trigger that a dependent is; null for others.
const char *dependent_name(Oid class_oid, Oid object, Oid relation, bool whole)
{
    if (class_oid == RewriteRelationId) {
        Relation catalog = ::table_open(RewriteRelationId, AccessShareLock);
        ScanKeyData key;
        ::ScanKeyInit(&key, Anum_pg_rewrite_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object));
        SysScanDesc scan = ::systable_beginscan(catalog, RewriteOidIndexId, true, nullptr, 1, &key);
        HeapTuple tuple = ::systable_getnext(scan);
        const Oid view = HeapTupleIsValid(tuple) ? reinterpret_cast<Form_pg_rewrite>(GETSTRUCT(tuple))->ev_class : InvalidOid;
        ::systable_endscan(scan);
        ::table_close(catalog, AccessShareLock);
        if (!OidIsValid(view) || view == relation)
            return nullptr;
        return psprintf("%s %s", ::get_rel_relkind(view) == RELKIND_MATVIEW ? "materialized view" : ::get_rel_relkind(view) == RELKIND_VIEW ? "view" : "rule of", shown(view));
    }
    if (class_oid == ProcedureRelationId)
        return psprintf("function %s", ::get_func_name(object));
    if (class_oid == PolicyRelationId || class_oid == TriggerRelationId || class_oid == PublicationRelRelationId) {
        const ObjectAddress address = {class_oid, object, 0};
        // Its own policies go with the table.
        if (whole && class_oid == PolicyRelationId &&
            relation_in(PolicyRelationId, PolicyOidIndexId, Anum_pg_policy_oid, object, Anum_pg_policy_polrelid) == relation)
            return nullptr;
        return class_oid == TriggerRelationId ? nullptr : ::getObjectDescription(&address, true);
    }
    return nullptr;
}

}  // namespace

void warn_of_dependents(Finding *f, Oid relation, int column)
{
    const char *names = nullptr;
    List *told = NIL;
    const Dependents d = dependents_of(RelationRelationId, relation);
    while (Form_pg_depend row = next(d)) {
        if (column != 0 && row->refobjsubid != column)
            continue;
        if (::list_member_oid(told, row->objid))
            continue;
        told = lappend_oid(told, row->objid);
        if (const char *name = dependent_name(row->classid, row->objid, relation, column == 0))
            names = with_comma(names, name);
    }
    close(d);
    // Functions and views that use the row type as a whole hang on the type.
    const Oid type = ::get_rel_type_id(relation);
    if (OidIsValid(type) && column == 0) {
        const Dependents t = dependents_of(TypeRelationId, type);
        while (Form_pg_depend row = next(t))
            if (const char *name = dependent_name(row->classid, row->objid, relation, true))
                names = with_comma(names, name);
        close(t);
    }
    if (names != nullptr)
        warn(f, "depends on it: %s", names);
}

}  // namespace hotswap::bridge
