// DROP: everything that goes with an object, as the server follows pg_depend, and the tables that lose something by it.
// See surveying.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/surveying.hpp"

extern "C" {
#include "access/genam.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_statistic_ext.h"
#include "catalog/pg_trigger.h"
#include "catalog/index.h"
#include "utils/fmgroids.h"
}

namespace hotswap::bridge {

namespace {

struct Falling {
    Finding *f;
    List *done;         // of ObjectAddress *
    Oid table;          // the statement is about a column or constraint of this one: it is seen already
    List *others;       // names of what falls beside what was named
};

bool is_done(const Falling *fall, const ObjectAddress &object)
{
    ListCell *cell;
    foreach (cell, fall->done) {
        auto *one = static_cast<ObjectAddress *>(lfirst(cell));
        if (one->classId == object.classId && one->objectId == object.objectId &&
            (one->objectSubId == 0 || one->objectSubId == object.objectSubId))
            return true;
    }
    return false;
}

Oid loser_of(const ObjectAddress &object)
{
    switch (object.classId) {
    case ConstraintRelationId: {
        HeapTuple tuple = ::SearchSysCache1(CONSTROID, ObjectIdGetDatum(object.objectId));
        const Oid table = HeapTupleIsValid(tuple) ? reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple))->conrelid : InvalidOid;
        if (HeapTupleIsValid(tuple))
            ::ReleaseSysCache(tuple);
        return table;
    }
    case TriggerRelationId:
        return relation_in(TriggerRelationId, TriggerOidIndexId, Anum_pg_trigger_oid, object.objectId, Anum_pg_trigger_tgrelid);
    case RewriteRelationId:
        return relation_in(RewriteRelationId, RewriteOidIndexId, Anum_pg_rewrite_oid, object.objectId, Anum_pg_rewrite_ev_class);
    case PolicyRelationId:
        return relation_in(PolicyRelationId, PolicyOidIndexId, Anum_pg_policy_oid, object.objectId, Anum_pg_policy_polrelid);
    case AttrDefaultRelationId:
        return relation_in(AttrDefaultRelationId, AttrDefaultOidIndexId, Anum_pg_attrdef_oid, object.objectId, Anum_pg_attrdef_adrelid);
    default:
        return InvalidOid;
    }
}

void fall(Falling *falling, const ObjectAddress &object, bool named);

void follow_dependents(Falling *falling, const ObjectAddress &object)
{
    Relation catalog = ::table_open(DependRelationId, AccessShareLock);
    ScanKeyData keys[3];
    ::ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object.classId));
    ::ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object.objectId));
    ::ScanKeyInit(&keys[2], Anum_pg_depend_refobjsubid, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(object.objectSubId));
    SysScanDesc scan = ::systable_beginscan(catalog, DependReferenceIndexId, true, nullptr, object.objectSubId == 0 ? 2 : 3, keys);
    List *next = NIL;
    HeapTuple tuple;
    while (HeapTupleIsValid(tuple = ::systable_getnext(scan))) {
        const auto row = reinterpret_cast<Form_pg_depend>(GETSTRUCT(tuple));
        auto *one = static_cast<ObjectAddress *>(palloc(sizeof(ObjectAddress)));
        *one = {row->classid, row->objid, row->objsubid};
        if (one->classId == object.classId && one->objectId == object.objectId)
            continue;   // one column of a table on another
        next = lappend(next, one);
    }
    ::systable_endscan(scan);
    ::table_close(catalog, AccessShareLock);
    ListCell *cell;
    foreach (cell, next)
        fall(falling, *static_cast<ObjectAddress *>(lfirst(cell)), false);
}

// A view falls with its rule, an identity sequence with its table: objects that are a part of another one.
void follow_owner(Falling *falling, const ObjectAddress &object)
{
    Relation catalog = ::table_open(DependRelationId, AccessShareLock);
    ScanKeyData keys[2];
    ::ScanKeyInit(&keys[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object.classId));
    ::ScanKeyInit(&keys[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(object.objectId));
    SysScanDesc scan = ::systable_beginscan(catalog, DependDependerIndexId, true, nullptr, 2, keys);
    ObjectAddress owner = {InvalidOid, InvalidOid, 0};
    HeapTuple tuple;
    while (HeapTupleIsValid(tuple = ::systable_getnext(scan))) {
        const auto row = reinterpret_cast<Form_pg_depend>(GETSTRUCT(tuple));
        if (row->deptype == DEPENDENCY_INTERNAL && object.objectSubId == 0)
            owner = {row->refclassid, row->refobjid, row->refobjsubid};
    }
    ::systable_endscan(scan);
    ::table_close(catalog, AccessShareLock);
    if (OidIsValid(owner.classId) && (object.classId == RewriteRelationId || object.classId == TypeRelationId))
        fall(falling, owner, false);
}

void fall(Falling *falling, const ObjectAddress &object, bool named)
{
    ::check_stack_depth();
    if (is_done(falling, object))
        return;
    auto *copy = static_cast<ObjectAddress *>(palloc(sizeof(ObjectAddress)));
    *copy = object;
    falling->done = lappend(falling->done, copy);
    Finding *f = falling->f;
    if (object.classId == RelationRelationId) {
        const char kind = ::get_rel_relkind(object.objectId);
        if (kind == RELKIND_INDEX || kind == RELKIND_PARTITIONED_INDEX) {
            const Oid table = ::IndexGetRelation(object.objectId, true);
            if (table != falling->table && OidIsValid(table) && ::get_rel_relkind(table) != RELKIND_TOASTVALUE)
                see(f, table, Role::bereft);
        } else if (kind != RELKIND_TOASTVALUE && kind != RELKIND_COMPOSITE_TYPE && !named) {
            see(f, object.objectId, object.objectSubId == 0 ? Role::fallen : Role::bereft);
            if (kind != RELKIND_SEQUENCE)
                falling->others = lappend(falling->others, const_cast<char *>(shown(object.objectId)));
        }
        // A partition has to be taken out of its parent.
        if (object.objectSubId == 0 && ::get_rel_relispartition(object.objectId) && kind != RELKIND_INDEX && kind != RELKIND_PARTITIONED_INDEX) {
            ListCell *cell;
            foreach (cell, parents_of(object.objectId)) {
                see(f, lfirst_oid(cell), Role::bereft);
                const Oid sibling = default_partition(lfirst_oid(cell));
                if (OidIsValid(sibling) && sibling != object.objectId)
                    see(f, sibling, Role::bereft);
            }
        }
        // Both sides of a foreign key are unlocked from each other.
        ListCell *cell;
        if (object.objectSubId == 0 && (kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE))
            foreach (cell, foreign_keys_of(object.objectId))
                if (static_cast<ForeignKey *>(lfirst(cell))->referenced != object.objectId)
                    see(f, static_cast<ForeignKey *>(lfirst(cell))->referenced, Role::referenced);
    } else {
        const Oid loser = loser_of(object);
        if (OidIsValid(loser) && loser != falling->table && !named)
            see(f, loser, Role::bereft);
        if (object.classId == ProcedureRelationId && !named)
            falling->others = lappend(falling->others, psprintf("function %s", ::get_func_name(object.objectId)));
    }
    follow_owner(falling, object);
    follow_dependents(falling, object);
}

}  // namespace

void survey_fall(Finding *f, Oid class_oid, Oid object, int column, Oid table)
{
    Falling falling = {f, NIL, table, NIL};
    fall(&falling, {class_oid, object, column}, true);
}

namespace {

const char *drop_word(ObjectType type)
{
    switch (type) {
    case OBJECT_TABLE:
        return "DROP_TABLE";
    case OBJECT_FOREIGN_TABLE:
        return "DROP_FOREIGN_TABLE";
    case OBJECT_VIEW:
        return "DROP_VIEW";
    case OBJECT_MATVIEW:
        return "DROP_MATERIALIZED_VIEW";
    case OBJECT_SEQUENCE:
        return "DROP_SEQUENCE";
    case OBJECT_TYPE:
        return "DROP_TYPE";
    case OBJECT_DOMAIN:
        return "DROP_DOMAIN";
    case OBJECT_SCHEMA:
        return "DROP_SCHEMA";
    case OBJECT_TRIGGER:
        return "DROP_TRIGGER";
    case OBJECT_RULE:
        return "DROP_RULE";
    case OBJECT_POLICY:
        return "DROP_POLICY";
    case OBJECT_STATISTIC_EXT:
        return "DROP_STATISTICS";
    case OBJECT_FUNCTION:
    case OBJECT_PROCEDURE:
    case OBJECT_ROUTINE:
    case OBJECT_AGGREGATE:
        return "DROP_FUNCTION";
    case OBJECT_EXTENSION:
        return "DROP_EXTENSION";
    case OBJECT_PUBLICATION:
        return "DROP_PUBLICATION";
    default:
        return "DROP";
    }
}

void drop_relation(Surveying *s, Finding *f, DropStmt *node, List *names)
{
    RangeVar *name = range_of(names, 0);
    f->object = name->relname;
    Place place;
    const bool found = see_named(s, f, name, Role::target, node->missing_ok, &place);
    forget(s, name);
    if (!found || !OidIsValid(place.original))
        return;
    Falling falling = {f, NIL, place.original, NIL};
    fall(&falling, {RelationRelationId, place.original, 0}, true);
    if (node->behavior == DROP_CASCADE && falling.others != NIL) {
        StringInfoData text;
        ::initStringInfo(&text);
        ListCell *cell;
        foreach (cell, falling.others)
            ::appendStringInfo(&text, "%s%s", text.len == 0 ? "" : ", ", static_cast<char *>(lfirst(cell)));
        warn(f, "CASCADE drops or changes also: %s", text.data);
    } else {
        warn_of_dependents(f, place.original, 0);
    }
}

// DROP TRIGGER, RULE, POLICY: the last name is the part's, the others the table's.
void drop_part(Surveying *s, Finding *f, DropStmt *node, List *names)
{
    f->object = strVal(llast(names));
    Place place;
    if (!see_named(s, f, range_of(names, 1), Role::target, node->missing_ok, &place) || !OidIsValid(place.original))
        return;
    Relation relation = nullptr;
    const ObjectAddress address = ::get_object_address(node->removeType, reinterpret_cast<Node *>(names), &relation, AccessShareLock, true);
    if (relation != nullptr)
        ::relation_close(relation, NoLock);
    if (OidIsValid(address.objectId)) {
        survey_fall(f, address.classId, address.objectId, 0, place.original);
    } else if (node->missing_ok) {
        // The server looks for it under the lock already.
        warn(f, "it does not exist: nothing is done, but the table is locked all the same");
    } else {
        f->failing = true;
        warn(f, "the statement fails: \"%s\" does not exist", f->object);
    }
}

void drop_other(Finding *f, DropStmt *node, Node *object)
{
    Relation relation = nullptr;
    if (IsA(object, List))
        f->object = ::NameListToString(castNode(List, object));
    else if (IsA(object, String))
        f->object = strVal(object);
    else if (IsA(object, TypeName))
        f->object = ::TypeNameToString(castNode(TypeName, object));
    else if (IsA(object, ObjectWithArgs))
        f->object = ::NameListToString(castNode(ObjectWithArgs, object)->objname);
    const ObjectAddress address = ::get_object_address(node->removeType, object, &relation, AccessShareLock, true);
    if (relation != nullptr)
        ::relation_close(relation, NoLock);
    if (!OidIsValid(address.objectId)) {
        f->skipped = node->missing_ok;
        f->failing = !node->missing_ok;
        warn(f, node->missing_ok ? "it does not exist: nothing is done" : "the statement fails: it does not exist");
        return;
    }
    if (address.classId == StatisticExtRelationId) {
        see(f, relation_in(StatisticExtRelationId, StatisticExtOidIndexId, Anum_pg_statistic_ext_oid, address.objectId, Anum_pg_statistic_ext_stxrelid),
            Role::table);
        return;
    }
    survey_fall(f, address.classId, address.objectId, 0, InvalidOid);
}

}  // namespace

bool survey_drop(Surveying *s, Node *node)
{
    if (!IsA(node, DropStmt))
        return false;
    auto *drop = castNode(DropStmt, node);
    ListCell *cell;
    foreach (cell, drop->objects) {
        auto *object = static_cast<Node *>(lfirst(cell));
        Finding *f = begin_finding(s, drop_word(drop->removeType), nullptr);
        switch (drop->removeType) {
        case OBJECT_TABLE:
        case OBJECT_FOREIGN_TABLE:
        case OBJECT_VIEW:
        case OBJECT_MATVIEW:
        case OBJECT_SEQUENCE:
            drop_relation(s, f, drop, castNode(List, object));
            break;
        case OBJECT_TRIGGER:
        case OBJECT_RULE:
        case OBJECT_POLICY:
            drop_part(s, f, drop, castNode(List, object));
            break;
        default:
            drop_other(f, drop, object);
        }
    }
    return true;
}

}  // namespace hotswap::bridge
