// See clone_reading.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/clone_reading.hpp"

#include <algorithm>

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_publication.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_trigger.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
}

namespace hotswap::bridge {

std::string column_name(unsigned relation, int column)
{
    return guarded([relation, column] { return static_cast<const char *>(::get_attname(relation, static_cast<AttrNumber>(column), false)); });
}

namespace {

struct Numbers {
    const Oid *items;
    int count;
};

std::vector<unsigned> vector_of(Numbers numbers)
{
    return {numbers.items, numbers.items + numbers.count};
}

// Inside guarded().
Numbers numbers_of(List *list)
{
    auto *items = static_cast<Oid *>(::palloc(sizeof(Oid) * (list_length(list) + 1)));
    for (int i = 0; i < list_length(list); ++i)
        items[i] = list_nth_oid(list, i);
    return {items, list_length(list)};
}

// OIDs of the rows of a catalog whose column is the relation, as long as keep says so.
template <class Keep> List *rows_about(Oid catalog, Oid index, AttrNumber column, Oid relation, Keep keep)
{
    List *found = NIL;
    Relation opened = ::table_open(catalog, AccessShareLock);
    ScanKeyData key;
    ::ScanKeyInit(&key, column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
    SysScanDesc scan = ::systable_beginscan(opened, index, true, nullptr, 1, &key);
    for (HeapTuple tuple; HeapTupleIsValid(tuple = ::systable_getnext(scan));)
        if (const Oid oid = keep(tuple); OidIsValid(oid))
            found = lappend_oid(found, oid);
    ::systable_endscan(scan);
    ::table_close(opened, AccessShareLock);
    return found;
}

// Inside guarded(): an array of column numbers of a constraint.
Numbers columns_in(HeapTuple tuple, AttrNumber attribute)
{
    bool null;
    const Datum value = ::SysCacheGetAttr(CONSTROID, tuple, attribute, &null);
    if (null)
        return {nullptr, 0};
    ArrayType *array = DatumGetArrayTypeP(value);
    const int count = ARR_DIMS(array)[0];
    const auto *columns = reinterpret_cast<const int16 *>(ARR_DATA_PTR(array));
    auto *items = static_cast<Oid *>(::palloc(sizeof(Oid) * (count + 1)));
    for (int i = 0; i < count; ++i)
        items[i] = static_cast<Oid>(columns[i]);
    return {items, count};
}

OriginalConstraint constraint_of(Oid oid)
{
    struct Row {
        FormData_pg_constraint form;
        Numbers columns, referenced;
    };
    const Row row = guarded([oid] {
        HeapTuple tuple = ::SearchSysCache1(CONSTROID, ObjectIdGetDatum(oid));
        if (!HeapTupleIsValid(tuple))
            elog(ERROR, "cache lookup failed for constraint %u", oid);
        const Row r = {*reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple)), columns_in(tuple, Anum_pg_constraint_conkey),
                       columns_in(tuple, Anum_pg_constraint_confkey)};
        ::ReleaseSysCache(tuple);
        return r;
    });
    OriginalConstraint constraint = {.oid = oid, .table = row.form.conrelid, .referenced = row.form.confrelid, .index = row.form.conindid,
                                     .parent = row.form.conparentid, .kind = row.form.contype, .name = NameStr(row.form.conname)};
    for (int i = 0; i < row.columns.count; ++i)
        constraint.columns.insert(column_name(constraint.table, static_cast<int>(row.columns.items[i])));
    for (int i = 0; i < row.referenced.count; ++i)
        constraint.referenced_columns.insert(column_name(constraint.referenced, static_cast<int>(row.referenced.items[i])));
    return constraint;
}

}  // namespace

std::vector<OriginalConstraint> constraints_of(unsigned table)
{
    const Numbers found = guarded([table] {
        return numbers_of(rows_about(ConstraintRelationId, ConstraintRelidTypidNameIndexId, Anum_pg_constraint_conrelid, table,
                                     [](HeapTuple tuple) { return reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple))->oid; }));
    });
    std::vector<OriginalConstraint> result;
    for (int i = 0; i < found.count; ++i)
        result.push_back(constraint_of(found.items[i]));
    return result;
}

std::vector<OriginalConstraint> keys_leading_to(unsigned table)
{
    const Numbers found = guarded([table] {
        List *list = NIL;
        Relation opened = ::relation_open(table, AccessShareLock);
        const TriggerDesc *triggers = opened->trigdesc;
        for (int i = 0; triggers != nullptr && i < triggers->numtriggers; ++i)
            if (OidIsValid(triggers->triggers[i].tgconstraint) && ::RI_FKey_trigger_type(triggers->triggers[i].tgfoid) == RI_TRIGGER_PK)
                list = ::list_append_unique_oid(list, triggers->triggers[i].tgconstraint);
        ::relation_close(opened, AccessShareLock);
        return numbers_of(list);
    });
    std::vector<OriginalConstraint> result;
    for (int i = 0; i < found.count; ++i)
        result.push_back(constraint_of(found.items[i]));
    return result;
}

std::string text_of_constraint(unsigned constraint)
{
    return guarded([constraint] { return static_cast<const char *>(::pg_get_constraintdef_command(constraint)); });
}

std::vector<unsigned> indexes_of(unsigned table)
{
    return vector_of(guarded([table] {
        Relation opened = ::relation_open(table, AccessShareLock);
        const Numbers numbers = numbers_of(::RelationGetIndexList(opened));
        ::relation_close(opened, AccessShareLock);
        return numbers;
    }));
}

std::vector<unsigned> statistics_of(unsigned table)
{
    return vector_of(guarded([table] {
        Relation opened = ::relation_open(table, AccessShareLock);
        const Numbers numbers = numbers_of(::RelationGetStatExtList(opened));
        ::relation_close(opened, AccessShareLock);
        return numbers;
    }));
}

std::vector<unsigned> triggers_of(unsigned table)
{
    return vector_of(guarded([table] {
        return numbers_of(rows_about(TriggerRelationId, TriggerRelidNameIndexId, Anum_pg_trigger_tgrelid, table, [](HeapTuple tuple) {
            const auto *form = reinterpret_cast<Form_pg_trigger>(GETSTRUCT(tuple));
            return form->tgisinternal || OidIsValid(form->tgparentid) ? InvalidOid : form->oid;
        }));
    }));
}

std::vector<unsigned> policies_of(unsigned table)
{
    return vector_of(guarded([table] {
        return numbers_of(rows_about(PolicyRelationId, PolicyPolrelidPolnameIndexId, Anum_pg_policy_polrelid, table,
                                     [](HeapTuple tuple) { return reinterpret_cast<Form_pg_policy>(GETSTRUCT(tuple))->oid; }));
    }));
}

std::vector<unsigned> rules_of(unsigned table)
{
    return vector_of(guarded([table] {
        return numbers_of(rows_about(RewriteRelationId, RewriteRelRulenameIndexId, Anum_pg_rewrite_ev_class, table,
                                     [](HeapTuple tuple) { return reinterpret_cast<Form_pg_rewrite>(GETSTRUCT(tuple))->oid; }));
    }));
}

namespace {

// Objects of one catalog that depend on the relation, as a whole or on one of the columns (null: any).
List *dependents_on(Oid relation, Oid catalog, const char *kinds, const Bitmapset *columns)
{
    List *found = NIL;
    Relation depend = ::table_open(DependRelationId, AccessShareLock);
    ScanKeyData keys[2];
    ::ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(RelationRelationId));
    ::ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
    SysScanDesc scan = ::systable_beginscan(depend, DependReferenceIndexId, true, nullptr, 2, keys);
    for (HeapTuple tuple; HeapTupleIsValid(tuple = ::systable_getnext(scan));) {
        const auto *form = reinterpret_cast<Form_pg_depend>(GETSTRUCT(tuple));
        if (form->refobjsubid > 0 && columns != nullptr && !::bms_is_member(form->refobjsubid, columns))
            continue;
        if (form->classid == catalog && strchr(kinds, form->deptype) != nullptr)
            found = ::list_append_unique_oid(found, form->objid);
    }
    ::systable_endscan(scan);
    ::table_close(depend, AccessShareLock);
    return found;
}

}  // namespace

std::vector<unsigned> views_on(unsigned relation, const std::optional<std::set<std::string>> &about)
{
    Bitmapset *columns = nullptr;
    if (about)
        for (const std::string &name : *about) {
            const char *chars = name.c_str();
            columns = guarded([=] {
                const AttrNumber number = ::get_attnum(relation, chars);
                return number > 0 ? ::bms_add_member(columns, number) : columns;
            });
        }
    if (about && columns == nullptr)
        columns = guarded([] { return ::bms_make_singleton(0); });   // none of them was there: only what reads the whole row
    return vector_of(guarded([relation, columns] {
        List *views = NIL;
        List *rules = dependents_on(relation, RewriteRelationId, "n", columns);
        Relation rewrite = ::table_open(RewriteRelationId, AccessShareLock);
        for (int i = 0; i < list_length(rules); ++i) {
            ScanKeyData key;
            ::ScanKeyInit(&key, Anum_pg_rewrite_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(list_nth_oid(rules, i)));
            SysScanDesc scan = ::systable_beginscan(rewrite, RewriteOidIndexId, true, nullptr, 1, &key);
            HeapTuple tuple = ::systable_getnext(scan);
            if (HeapTupleIsValid(tuple)) {
                const Oid view = reinterpret_cast<Form_pg_rewrite>(GETSTRUCT(tuple))->ev_class;
                if (view != relation)
                    views = ::list_append_unique_oid(views, view);
            }
            ::systable_endscan(scan);
        }
        ::table_close(rewrite, AccessShareLock);
        return numbers_of(views);
    }));
}

std::vector<RowTypeUser> users_of_row_type(unsigned table)
{
    struct Found {
        const RowTypeUser *items;
        int count;
    };
    const Found found = guarded([table] {
        constexpr int kMost = 64;
        int count = 0;
        auto *items = static_cast<RowTypeUser *>(::palloc(sizeof(RowTypeUser) * kMost));
        const Oid type = ::get_rel_type_id(table);
        const Oid types[] = {type, OidIsValid(type) ? ::get_array_type(type) : InvalidOid};
        Relation depend = ::table_open(DependRelationId, AccessShareLock);
        for (const Oid used : types) {
            ScanKeyData keys[2];
            ::ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(TypeRelationId));
            ::ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(used));
            SysScanDesc scan = ::systable_beginscan(depend, DependReferenceIndexId, true, nullptr, 2, keys);
            for (HeapTuple tuple; HeapTupleIsValid(tuple = ::systable_getnext(scan));) {
                const auto *form = reinterpret_cast<Form_pg_depend>(GETSTRUCT(tuple));
                if (form->deptype != DEPENDENCY_NORMAL || count == kMost)
                    continue;
                const bool is_column = form->classid == RelationRelationId && form->objsubid > 0;
                items[count++] = {is_column ? form->objid : InvalidOid, is_column ? form->objsubid : 0, used != type};
            }
            ::systable_endscan(scan);
        }
        ::table_close(depend, AccessShareLock);
        return Found{items, count};
    });
    return {found.items, found.items + found.count};
}

bool is_published(unsigned table)
{
    return guarded([table] { return ::GetRelationPublications(table) != NIL; });
}

std::vector<OwnedSequence> sequences_of(unsigned table)
{
    struct Found {
        const OwnedSequence *items;
        int count;
    };
    const Found found = guarded([table] {
        int count = 0, room = 16;
        auto *items = static_cast<OwnedSequence *>(::palloc(sizeof(OwnedSequence) * room));
        Relation depend = ::table_open(DependRelationId, AccessShareLock);
        ScanKeyData keys[2];
        ::ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(RelationRelationId));
        ::ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(table));
        SysScanDesc scan = ::systable_beginscan(depend, DependReferenceIndexId, true, nullptr, 2, keys);
        for (HeapTuple tuple; HeapTupleIsValid(tuple = ::systable_getnext(scan));) {
            const auto *form = reinterpret_cast<Form_pg_depend>(GETSTRUCT(tuple));
            if (form->classid != RelationRelationId || form->refobjsubid <= 0 || ::get_rel_relkind(form->objid) != RELKIND_SEQUENCE ||
                (form->deptype != DEPENDENCY_AUTO && form->deptype != DEPENDENCY_INTERNAL))
                continue;
            if (count == room) {
                room *= 2;
                items = static_cast<OwnedSequence *>(::repalloc(items, sizeof(OwnedSequence) * room));
            }
            items[count++] = {form->objid, form->refobjsubid, form->deptype == DEPENDENCY_INTERNAL};
        }
        ::systable_endscan(scan);
        ::table_close(depend, AccessShareLock);
        return Found{items, count};
    });
    return {found.items, found.items + found.count};
}

}  // namespace hotswap::bridge
