// ADD COLUMN and ALTER COLUMN TYPE: does the server write the table anew, or read it? As ALTER TABLE itself decides, with the
// settings of this session. See surveying.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/column_values.hpp"
#include "bridge/guard.hpp"
#include "bridge/surveying.hpp"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/heap.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "commands/defrem.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "parser/parse_type.h"
#include "utils/typcache.h"
}

namespace hotswap::bridge {

bool is_serial(const TypeName *type)
{
    static const char *const names[] = {"serial", "bigserial", "smallserial", "serial2", "serial4", "serial8"};
    if (list_length(type->names) != 1 || type->arrayBounds != NIL)
        return false;
    for (const char *name : names)
        if (strcmp(strVal(linitial(type->names)), name) == 0)
            return true;
    return false;
}

namespace {

// Whether the default has to be computed for each row.
bool is_computed(Node *raw, Oid type, int32 modifier, const char *column)
{
    ParseState *state = ::make_parsestate(nullptr);
    Node *expression = ::cookDefault(state, raw, type, modifier, column, '\0');
    if (expression == nullptr)
        return false;
    return differs_by_row(expression);
}

bool is_null(Node *raw)
{
    if (IsA(raw, TypeCast))
        return is_null(castNode(TypeCast, raw)->arg);
    return IsA(raw, A_Const) && castNode(A_Const, raw)->isnull;
}

const NewColumn *new_column(Surveying *s, Oid relation, const char *name)
{
    ListCell *cell;
    foreach (cell, s->columns) {
        auto *column = static_cast<NewColumn *>(lfirst(cell));
        if (column->relation == relation && strcmp(column->name, name) == 0)
            return column;
    }
    return nullptr;
}

Oid class_of(Relation index, int number)
{
    bool null;
    const Datum datum = ::SysCacheGetAttr(INDEXRELID, index->rd_indextuple, Anum_pg_index_indclass, &null);
    return reinterpret_cast<oidvector *>(DatumGetPointer(datum))->values[number];
}

void remember_column(Surveying *s, const Place &table, const ColumnDef *column, Oid type, int32 modifier, bool not_null)
{
    auto *added = static_cast<NewColumn *>(palloc0(sizeof(NewColumn)));
    const char *type_name = column->typeName->names == NIL ? "" : strVal(llast(column->typeName->names));
    *added = {table.looked_at, column->colname, type, modifier, not_null, table.original, type_name};
    s->columns = lcons(added, s->columns);
}

// A validated CHECK over the column is made again, and proven again.
bool has_check_over(Oid relation, AttrNumber column)
{
    Relation opened = ::table_open(relation, AccessShareLock);
    const TupleConstr *constraints = RelationGetDescr(opened)->constr;
    bool found = false;
    for (int i = 0; constraints != nullptr && i < constraints->num_check; ++i) {
        if (!constraints->check[i].ccvalid)
            continue;
        Bitmapset *columns = nullptr;
        ::pull_varattnos(static_cast<Node *>(::stringToNode(constraints->check[i].ccbin)), 1, &columns);
        found = found || ::bms_is_member(column - FirstLowInvalidHeapAttributeNumber, columns) ||
                ::bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, columns);
    }
    ::table_close(opened, NoLock);
    return found;
}

// An index over the column is kept when it orders the new type as it did the old one, and has no expression or predicate.
bool rebuilds_index(Oid relation, AttrNumber column, Oid type, bool same_collation)
{
    bool rebuilds = false;
    ListCell *cell;
    Relation opened = ::table_open(relation, AccessShareLock);
    foreach (cell, ::RelationGetIndexList(opened)) {
        if (!depends_on_column({RelationRelationId, lfirst_oid(cell), 0}, relation, column) &&
            !depends_on_column({ConstraintRelationId, ::get_index_constraint(lfirst_oid(cell)), 0}, relation, column))
            continue;
        Relation index = ::index_open(lfirst_oid(cell), AccessShareLock);
        rebuilds = rebuilds || !::heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, nullptr) ||
                   !::heap_attisnull(index->rd_indextuple, Anum_pg_index_indexprs, nullptr);
        for (int i = 0; !rebuilds && i < index->rd_index->indnkeyatts; ++i) {
            if (index->rd_index->indkey.values[i] != column)
                continue;
            const Oid method = index->rd_rel->relam;
            const Oid old_default = ::GetDefaultOpClass(TupleDescAttr(RelationGetDescr(opened), column - 1)->atttypid, method);
            const Oid used = class_of(index, i);
            rebuilds = !same_collation || (used == old_default && ::GetDefaultOpClass(type, method) != used);
        }
        ::index_close(index, AccessShareLock);
    }
    ::table_close(opened, NoLock);
    return rebuilds;
}

// Foreign keys over the column are made again, which locks the other side; proven again when the values change.
void see_foreign_keys(Finding *f, Oid relation, AttrNumber column, bool rewrites, Seen *target)
{
    ListCell *cell;
    foreach (cell, foreign_keys_of(relation)) {
        auto *key = static_cast<ForeignKey *>(lfirst(cell));
        if (!::list_member_int(columns_of_constraint(key->oid), column))
            continue;
        if (key->referenced != relation)
            see(f, key->referenced, Role::referenced)->scanned = rewrites && key->validated;
        target->scanned = target->scanned || (rewrites && key->validated);
    }
    foreach (cell, foreign_keys_to(relation)) {
        auto *key = static_cast<ForeignKey *>(lfirst(cell));
        if (key->relation == relation)
            continue;
        const ObjectAddress constraint = {ConstraintRelationId, key->oid, 0};
        if (depends_on_column(constraint, relation, column))
            see(f, key->relation, Role::referencing)->scanned = rewrites && key->validated;
    }
}

void see_sequences(Finding *f, Oid relation, AttrNumber column)
{
    ListCell *cell;
    foreach (cell, ::getOwnedSequences(relation)) {
        Oid owner;
        int32 number;
        if (::sequenceIsOwned(lfirst_oid(cell), DEPENDENCY_INTERNAL, &owner, &number) && number == column)
            see(f, lfirst_oid(cell), Role::sequence)->lock = ShareRowExclusiveLock;
        else if (::sequenceIsOwned(lfirst_oid(cell), DEPENDENCY_AUTO, &owner, &number) && number == column)
            see(f, lfirst_oid(cell), Role::sequence);
    }
}

}  // namespace

void survey_add_column(Surveying *s, Finding *f, const Place &table, ColumnDef *column, bool missing_ok)
{
    auto *target = static_cast<Seen *>(linitial(f->seen));
    f->reshapes = true;
    const NewColumn *known = new_column(s, table.looked_at, column->colname);
    const bool there = known != nullptr ? OidIsValid(known->type)
                                        : OidIsValid(table.looked_at) && ::get_attnum(table.looked_at, column->colname) != InvalidAttrNumber;
    if (there) {
        if (missing_ok) {
            f->skipped = true;
            warn(f, "the column is there: nothing is done");
        } else {
            f->failing = true;
            warn(f, "the statement fails: column \"%s\" of relation %s already exists", column->colname, table.name);
        }
        return;
    }
    Oid type = INT4OID;
    int32 modifier = -1;
    const bool serial = is_serial(column->typeName);
    if (serial && strstr(strVal(linitial(column->typeName->names)), "8") != nullptr)
        type = INT8OID;
    if (serial && strncmp(strVal(linitial(column->typeName->names)), "big", 3) == 0)
        type = INT8OID;
    if (!serial) {
        // A type that the script makes is known to the rehearsal alone; a later change of the type has to find the table.
        if (!OidIsValid(::LookupTypeNameOid(nullptr, column->typeName, true)))
            remember_column(s, table, column, UNKNOWNOID, -1, false);
        ::typenameTypeIdAndMod(nullptr, column->typeName, &type, &modifier);
    }
    bool not_null = serial, given = false, computed = serial, keyed = false, checked = false;
    ListCell *cell;
    foreach (cell, column->constraints) {
        auto *constraint = lfirst_node(Constraint, cell);
        switch (constraint->contype) {
        case CONSTR_NOTNULL:
            not_null = true;
            break;
        case CONSTR_DEFAULT:
            given = !is_null(constraint->raw_expr);
            computed = computed || is_computed(constraint->raw_expr, type, modifier, column->colname);
            break;
        case CONSTR_IDENTITY:
            computed = not_null = f->stepwise = true;
            break;
        case CONSTR_GENERATED:
            computed = computed || !compat_is_virtual(constraint);
            given = true;
            break;
        case CONSTR_CHECK:
            checked = true;
            break;
        case CONSTR_PRIMARY:
            not_null = keyed = true;
            break;
        case CONSTR_UNIQUE:
            keyed = true;
            break;
        default:
            break;
        }
    }
    const bool domain = !serial && ::DomainHasConstraints(type);
    f->stepwise = f->stepwise || serial;
    f->wants_empty = not_null && !given && !computed && !keyed && !checked;
    target->rewritten = computed || domain;
    target->scanned = keyed || checked || (not_null && !given && !computed);
    foreach (cell, column->constraints) {
        auto *constraint = lfirst_node(Constraint, cell);
        if (constraint->contype == CONSTR_FOREIGN) {
            const int before = list_length(f->seen);
            f->stepwise = true;
            survey_constraint(s, f, table, constraint, true, true);
            // Where all rows get null there is nothing to look up.
            target->scanned = target->scanned || given || computed;
            for (int i = before; (given || computed) && i < list_length(f->seen); ++i)
                static_cast<Seen *>(list_nth(f->seen, i))->scanned = true;
        }
    }
    if (table.fresh) {
        remember_column(s, table, column, type, modifier, not_null);
        return;
    }
    // Nothing of it is up to values, functions or other tables.
    f->certain = column->constraints == NIL && !serial && !domain && table.kind == RELKIND_RELATION && column->collClause == NULL &&
                 OidIsValid(table.original) && ::get_typtype(type) == TYPTYPE_BASE && !::has_subclass(table.original) &&
                 !::get_rel_relispartition(table.original) && compat_owns_relation(table.original, ::GetUserId());
    if (serial)
        warn(f, "serial computes a value for every row that is there: the table is written anew");
    else if (domain)
        warn(f, "a domain with constraints is checked for every row that is there: the table is written anew");
    else if (computed)
        warn(f, "the value of the new column is computed for every row that is there: the table is written anew");
    if (checked)
        warn(f, "the CHECK in ADD COLUMN reads every row that is there, although all have the same value; add it NOT VALID in a statement of its own");
    if (not_null && !given && !computed)
        warn(f, "NOT NULL without a default fails as soon as the table has a row");
    if (not_null && !given && !computed)
        check_no_rows(s, f, table, column->colname, false);
    if (keyed)
        warn(f, "the index of the key is built while the table is locked");
    if (type == INT4OID && (keyed || serial))
        warn(f, "an integer key ends at 2147483647; bigint costs nothing now");
    remember_column(s, table, column, type, modifier, not_null);
}

void survey_column_type(Surveying *s, Finding *f, const Place &table, AlterTableCmd *command)
{
    auto *target = static_cast<Seen *>(linitial(f->seen));
    auto *definition = castNode(ColumnDef, command->def);
    f->object = command->name;
    f->reshapes = true;
    if (!OidIsValid(table.looked_at))
        return;
    const AttrNumber number = ::get_attnum(table.looked_at, command->name);
    if (number == InvalidAttrNumber) {
        target->rewritten = true;
        if (new_column(s, table.looked_at, command->name) == nullptr) {
            f->failing = true;
            warn(f, "the statement fails: column \"%s\" of relation %s does not exist", command->name, table.name);
        }
        return;
    }
    Relation relation = ::table_open(table.looked_at, AccessShareLock);
    const Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(relation), number - 1);
    ParseState *state = ::make_parsestate(nullptr);
    ::addNSItemToQuery(state, ::addRangeTableEntryForRelation(state, relation, AccessShareLock, nullptr, false, true), false, true, true);
    Oid type;
    int32 modifier;
    ::typenameTypeIdAndMod(state, definition->typeName, &type, &modifier);
    const Oid collation = ::GetColumnDefCollation(state, definition, type);
    Node *expression = definition->raw_default != nullptr
                           ? ::transformExpr(state, definition->raw_default, EXPR_KIND_ALTER_COL_TRANSFORM)
                           : reinterpret_cast<Node *>(makeVar(1, number, attribute->atttypid, attribute->atttypmod, attribute->attcollation, 0));
    Node *cast = ::coerce_to_target_type(state, expression, ::exprType(expression), type, modifier, COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
    const bool same_collation = collation == attribute->attcollation;
    const Oid old_type = attribute->atttypid;
    Rewriting rewriting = Rewriting::yes;
    if (cast != nullptr) {
        ::assign_expr_collations(state, cast);
        check_type(s, f, table, number, cast, definition->raw_default != nullptr);
        rewriting = rewriting_of(reinterpret_cast<Node *>(::expression_planner(reinterpret_cast<Expr *>(cast))), number);
    }
    ::table_close(relation, NoLock);
    if (cast == nullptr) {
        f->failing = true;
        warn(f, "the statement fails: the column cannot be cast automatically to type %s; say how with USING", ::format_type_with_typemod(type, modifier));
        return;
    }
    target->rewritten = is_rewriting(rewriting);
    if (rewriting == Rewriting::no_in_utc || rewriting == Rewriting::not_in_utc)
        warn(f, target->rewritten ? "with this session's TimeZone the table is written anew; with SET TimeZone = 'UTC' it is not, when the values are in UTC"
                                  : "no rewrite only because this session's TimeZone is UTC; in a session with another one the table is written anew");
    // Kept as they are, values still have to pass the checks, and an index in another order is built again.
    if (table.kind == RELKIND_RELATION)
        target->scanned = target->scanned || has_check_over(table.looked_at, number) ||
                          rebuilds_index(table.looked_at, number, type, same_collation);
    if (!OidIsValid(table.original))
        return;
    see_foreign_keys(f, table.original, number, target->rewritten || !IsBinaryCoercible(old_type, type), target);
    see_sequences(f, table.original, number);
    warn_of_dependents(f, table.original, number);
    if (definition->raw_default != nullptr && target->rewritten)
        warn(f, "the USING expression is computed for every row that is there");
}

}  // namespace hotswap::bridge
