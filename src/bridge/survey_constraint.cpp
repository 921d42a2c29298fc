// Constraints: ADD, VALIDATE, DROP, SET NOT NULL. Which rows have to be proven, and which other table is locked.
// See surveying.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/surveying.hpp"

extern "C" {
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "commands/tablecmds.h"
#include "nodes/primnodes.h"
}

namespace hotswap::bridge {

namespace {

// For the statements after this one.
void remember_constraint(Surveying *s, const Place &table, Constraint *constraint, Oid referenced)
{
    if (constraint->conname == nullptr)
        return;
    auto *made = static_cast<NewConstraint *>(palloc0(sizeof(NewConstraint)));
    made->relation = OidIsValid(table.original) ? table.original : table.looked_at;
    made->referenced = referenced;
    made->name = constraint->conname;
    made->validated = !constraint->skip_validation;
    if (constraint->contype == CONSTR_CHECK && IsA(constraint->raw_expr, NullTest)) {
        auto *test = castNode(NullTest, constraint->raw_expr);
        if (test->nulltesttype == IS_NOT_NULL && IsA(test->arg, ColumnRef))
            made->not_null = strVal(llast(castNode(ColumnRef, test->arg)->fields));
    }
    s->constraints = lappend(s->constraints, made);
}

NewConstraint *new_constraint(Surveying *s, Oid relation, const char *name)
{
    ListCell *cell;
    foreach (cell, s->constraints) {
        auto *one = static_cast<NewConstraint *>(lfirst(cell));
        if (one->relation == relation && strcmp(one->name, name) == 0)
            return one;
    }
    return nullptr;
}

bool is_proven_by_script(Surveying *s, Oid relation, const char *column)
{
    ListCell *cell;
    foreach (cell, s->constraints) {
        auto *one = static_cast<NewConstraint *>(lfirst(cell));
        if (one->relation == relation && one->validated && one->not_null != nullptr && strcmp(one->not_null, column) == 0)
            return true;
    }
    return false;
}

void see_children(Finding *f, const Place &table, LOCKMODE lock, bool scanned)
{
    ListCell *cell;
    foreach (cell, below(table.original)) {
        Seen *child = see(f, lfirst_oid(cell), Role::child);
        child->lock = lock;
        child->scanned = scanned;
    }
}

void survey_foreign_key(Surveying *s, Finding *f, const Place &table, Constraint *constraint, bool new_column)
{
    auto *target = static_cast<Seen *>(linitial(f->seen));
    // What the script made is empty, and proves nothing, unless it has put rows there, too.
    bool filled = false;
    ListCell *cell;
    foreach (cell, s->filled)
        filled = filled || strstr(table.name, static_cast<char *>(lfirst(cell))) != nullptr;
    const bool proven = !constraint->skip_validation && !new_column && (!table.fresh || filled);
    target->scanned = target->scanned || proven;
    const Place other = find_place(s, constraint->pktable);
    if (!other.known) {
        see_place(f, other, Role::referenced);
        f->failing = true;
        warn(f, "the statement fails: relation %s does not exist", other.name);
        return;
    }
    if (other.original != table.original || !OidIsValid(other.original))
        see_place(f, other, Role::referenced)->scanned = proven && !other.fresh;
    if (other.kind == RELKIND_PARTITIONED_TABLE)
        foreach (cell, below(other.original))
            see(f, lfirst_oid(cell), Role::referenced)->scanned = proven;
    if (table.kind == RELKIND_PARTITIONED_TABLE)
        see_children(f, table, ShareRowExclusiveLock, proven);
    if (!OidIsValid(table.looked_at) || new_column)
        return;
    remember_constraint(s, table, constraint, other.original);
    if (proven)
        check_reference(s, f, table, constraint, other);
    List *columns = NIL;
    foreach (cell, constraint->fk_attrs)
        columns = lappend_int(columns, ::get_attnum(table.looked_at, strVal(lfirst(cell))));
    if (!::list_member_int(columns, InvalidAttrNumber) && !has_index_on(table.looked_at, columns))
        warn(f, "no index of %s begins with the columns of the foreign key: every DELETE and change of a key in %s reads all of %s", table.name, other.name,
             table.name);
}

void survey_key(Surveying *s, Finding *f, const Place &table, Constraint *constraint, bool recurse)
{
    auto *target = static_cast<Seen *>(linitial(f->seen));
    const bool primary = constraint->contype == CONSTR_PRIMARY;
    if (constraint->indexname != nullptr) {
        f->operation = "ADD_CONSTRAINT_USING_INDEX";
        // Columns of a primary key that may be null are checked, row by row.
        const Oid index = OidIsValid(table.looked_at)
                              ? ::get_relname_relid(constraint->indexname, ::get_rel_namespace(table.looked_at))
                              : InvalidOid;
        HeapTuple tuple = primary && OidIsValid(index) ? ::SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index)) : nullptr;
        if (!HeapTupleIsValid(tuple))
            return;
        const auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
        for (int i = 0; i < form->indnkeyatts; ++i)
            if (form->indkey.values[i] > 0 && !is_never_null(table.looked_at, form->indkey.values[i])) {
                target->scanned = true;
                check_not_null(s, f, table, ::get_attname(table.looked_at, form->indkey.values[i], false), false);
            }
        ::ReleaseSysCache(tuple);
        if (target->scanned)
            warn(f, "columns of the key are not NOT NULL: all rows are read to prove it; SET NOT NULL first, by way of a CHECK");
        return;
    }
    target->scanned = true;
    check_key(s, f, table, constraint);
    // A primary key makes its columns NOT NULL, in the heirs too.
    bool becomes_not_null = false;
    ListCell *cell;
    foreach (cell, primary && OidIsValid(table.looked_at) ? constraint->keys : NIL) {
        const AttrNumber column = ::get_attnum(table.looked_at, strVal(lfirst(cell)));
        becomes_not_null = becomes_not_null || (column > 0 && !is_declared_not_null(table.looked_at, column));
    }
    if (recurse && (becomes_not_null || table.kind == RELKIND_PARTITIONED_TABLE))
        see_children(f, table, becomes_not_null ? AccessExclusiveLock : ShareLock, true);
}

}  // namespace

bool action_of(Oid constraint)
{
    HeapTuple tuple = ::SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
    if (!HeapTupleIsValid(tuple))
        return false;
    const char action = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple))->confdeltype;
    ::ReleaseSysCache(tuple);
    return action != FKCONSTR_ACTION_NOACTION && action != FKCONSTR_ACTION_RESTRICT;
}

bool is_declared_not_null(Oid relation, AttrNumber column)
{
    HeapTuple tuple = ::SearchSysCache2(ATTNUM, ObjectIdGetDatum(relation), Int16GetDatum(column));
    const bool found = HeapTupleIsValid(tuple) && reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple))->attnotnull;
    if (HeapTupleIsValid(tuple))
        ::ReleaseSysCache(tuple);
    return found;
}

bool is_never_null(Oid relation, AttrNumber column)
{
    Relation opened = ::try_relation_open(relation, AccessShareLock);
    if (opened == nullptr)
        return false;
    const Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(opened), column - 1);
    bool proven = attribute->attnotnull;
    if (!proven && opened->rd_rel->relkind == RELKIND_RELATION) {
        auto *test = makeNode(NullTest);
        test->arg = reinterpret_cast<Expr *>(
            makeVar(1, column, attribute->atttypid, attribute->atttypmod, attribute->attcollation, 0));
        test->nulltesttype = IS_NOT_NULL;
        test->location = -1;
        proven = ::PartConstraintImpliedByRelConstraint(opened, list_make1(test));
    }
    ::relation_close(opened, NoLock);
    return proven;
}

void survey_constraint(Surveying *s, Finding *f, const Place &table, Constraint *constraint, bool recurse, bool new_column)
{
    auto *target = static_cast<Seen *>(linitial(f->seen));
    if (!new_column)
        f->object = constraint->conname;
    switch (constraint->contype) {
    case CONSTR_CHECK:
        f->operation = constraint->skip_validation ? "ADD_CHECK_NOT_VALID" : "ADD_CHECK";
        target->scanned = !constraint->skip_validation;
        if (!constraint->skip_validation && !new_column)
            check_condition(s, f, table, constraint, !recurse || constraint->is_no_inherit);
        remember_constraint(s, table, constraint, InvalidOid);
        if (recurse && !constraint->is_no_inherit)
            see_children(f, table, AccessExclusiveLock, target->scanned);
        break;
    case CONSTR_FOREIGN:
        if (!new_column)
            f->operation = constraint->skip_validation ? "ADD_FOREIGN_KEY_NOT_VALID" : "ADD_FOREIGN_KEY";
        survey_foreign_key(s, f, table, constraint, new_column);
        break;
    case CONSTR_UNIQUE:
    case CONSTR_PRIMARY:
        f->operation = constraint->contype == CONSTR_PRIMARY ? "ADD_PRIMARY_KEY" : "ADD_UNIQUE";
        survey_key(s, f, table, constraint, recurse);
        break;
    case CONSTR_EXCLUSION:
        f->operation = "ADD_EXCLUDE";
        target->scanned = true;
        warn(f, "an exclusion constraint has no online way: its index is built while the table is locked");
        break;
    default:
        break;
    }
    if (target->fresh)
        target->scanned = false;
}

namespace {

// Made by a statement before this one: a clone may know it, but under the OIDs of clones.
void survey_new_constraint(Surveying *s, Finding *f, const AlterTableCmd *command, Seen *target, NewConstraint *made)
{
    const bool validates = command->subtype == AT_ValidateConstraint;
    target->scanned = validates && !made->validated;
    if (OidIsValid(made->referenced) && made->referenced != target->oid)
        see(f, made->referenced, Role::referenced)->scanned = target->scanned;
    if (!validates)
        return;
    ListCell *cell;
    foreach (cell, OidIsValid(made->referenced) ? NIL : below(target->oid)) {
        Seen *child = see(f, lfirst_oid(cell), Role::child);
        child->lock = ShareUpdateExclusiveLock;
        child->scanned = target->scanned;
    }
    if (!made->validated && s->in_block)
        warn(f, "added and validated in one transaction: the lock of ADD CONSTRAINT is held while all rows are read; commit between them");
    auto *proven = static_cast<NewConstraint *>(palloc(sizeof(NewConstraint)));
    *proven = *made;
    proven->validated = true;
    s->constraints = lcons(proven, s->constraints);
}

}  // namespace

void survey_proof(Surveying *s, Finding *f, const Place &table, AlterTableCmd *command, Seen *target, bool recurse, LOCKMODE whole)
{
    if (!OidIsValid(table.looked_at)) {
        target->scanned = command->subtype != AT_DropConstraint && !table.fresh;
        return;
    }
    ListCell *cell;
    List *lower = recurse ? below(table.original) : NIL;
    if (command->subtype == AT_SetNotNull) {
        const AttrNumber column = ::get_attnum(table.looked_at, command->name);
        target->scanned = column == InvalidAttrNumber || !is_never_null(table.looked_at, column);
        if (!target->scanned && s->drops_constraint && !is_declared_not_null(table.looked_at, column))
            target->scanned = true;   // the proof is dropped first
        if (target->scanned && is_proven_by_script(s, OidIsValid(table.original) ? table.original : table.looked_at, command->name))
            target->scanned = false;
        if (column != InvalidAttrNumber && !target->scanned)
            warn(f, "nothing is read: the column is proven not to be null");
        if (target->scanned)
            check_not_null(s, f, table, command->name, !recurse);
        foreach (cell, lower) {
            Seen *child = see(f, lfirst_oid(cell), Role::child);
            child->lock = whole;
            const AttrNumber theirs = ::get_attnum(lfirst_oid(cell), command->name);
            child->scanned = theirs == InvalidAttrNumber || !is_never_null(lfirst_oid(cell), theirs);
        }
        return;
    }
    if (NewConstraint *made = new_constraint(s, OidIsValid(table.original) ? table.original : table.looked_at, command->name)) {
        survey_new_constraint(s, f, command, target, made);
        return;
    }
    char type;
    bool validated;
    Oid referenced;
    const Oid oid = constraint_named(table.looked_at, command->name, &type, &validated, &referenced);
    if (command->subtype == AT_ValidateConstraint)
        check_constraint(s, f, table, command->name);
    if (!OidIsValid(oid)) {
        // Perhaps a statement before this one makes it.
        if (command->missing_ok && command->subtype == AT_DropConstraint) {
            f->skipped = true;
            warn(f, "the constraint does not exist: nothing is done");
        }
        target->scanned = command->subtype == AT_ValidateConstraint;
        return;
    }
    if (command->subtype == AT_ValidateConstraint) {
        target->scanned = !validated;
        if (type == CONSTRAINT_FOREIGN && !validated && referenced != table.original)
            see(f, referenced, Role::referenced)->scanned = true;
        if (type == CONSTRAINT_CHECK && !validated)
            foreach (cell, lower) {
                Seen *child = see(f, lfirst_oid(cell), Role::child);
                child->lock = whole;
                child->scanned = true;
            }
        return;
    }
    if (type == CONSTRAINT_FOREIGN) {
        if (referenced != table.original)
            see(f, referenced, Role::referenced);
        survey_fall(f, ConstraintRelationId, oid, 0, table.original);
    } else if (type == CONSTRAINT_CHECK) {
        foreach (cell, lower)
            see(f, lfirst_oid(cell), Role::child)->lock = whole;
    } else if (OidIsValid(table.original)) {
        survey_fall(f, ConstraintRelationId, oid, 0, table.original);
    }
}

}  // namespace hotswap::bridge
