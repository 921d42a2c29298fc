// What a statement asks of the rows that are there, as texts that core/data_check makes queries of. See surveying.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/guard.hpp"
#include "bridge/survey_checking.hpp"
#include "bridge/tree.hpp"

extern "C" {
#include "catalog/pg_am.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "catalog/pg_operator.h"
#include "commands/defrem.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "utils/fmgroids.h"
#include "utils/typcache.h"
}

namespace hotswap::bridge {

using core::DataRule;

// Rows are there only in tables that the script did not make.
bool has_rows(const Place &table)
{
    return OidIsValid(table.original) && !table.fresh;
}

ValueCheck *new_check(DataRule rule, Oid relation, bool only, const char *subject)
{
    auto *check = static_cast<ValueCheck *>(palloc0(sizeof(ValueCheck)));
    check->rule = rule;
    check->relation = relation;
    check->only = only;
    check->subject = subject;
    return check;
}

List *columns_in(Node *expression, Relation relation)
{
    List *names = NIL;
    Bitmapset *numbers = nullptr;
    ::pull_varattnos(expression, 1, &numbers);
    for (int at = -1; (at = ::bms_next_member(numbers, at)) >= 0;)
        if (const int number = at + FirstLowInvalidHeapAttributeNumber; number > 0)
            names = lappend(names, pstrdup(NameStr(TupleDescAttr(RelationGetDescr(relation), number - 1)->attname)));
    return names;
}

void add_check(Finding *f, ValueCheck *check)
{
    f->checks = lappend(f->checks, check);
}

namespace {

bool has_column(const Place &table, const char *column)
{
    return has_rows(table) && ::get_attnum(table.original, column) > 0;
}

const char *joined(List *texts)
{
    const char *all = "";
    ListCell *cell;
    foreach (cell, texts)
        all = psprintf("%s%s%s", all, all[0] == '\0' ? "" : ", ", static_cast<char *>(lfirst(cell)));
    return all;
}

struct Expression {
    const char *text;
    List *columns;
};

// An expression of the statement over the columns of the table.
Expression expression_of(const Surveying *s, Relation relation, Node *raw, ParseExprKind kind)
{
    ParseState *state = ::make_parsestate(nullptr);
    state->p_sourcetext = s->text;
    ::addNSItemToQuery(state, ::addRangeTableEntryForRelation(state, relation, AccessShareLock, nullptr, false, true), true, true, true);
    Node *expression = ::transformExpr(state, static_cast<Node *>(::copyObjectImpl(raw)), kind);
    if (kind != EXPR_KIND_INDEX_EXPRESSION)
        expression = ::coerce_to_boolean(state, expression, "CHECK");
    ::assign_expr_collations(state, expression);
    return {deparse_over(RelationGetDescr(relation), expression), columns_in(expression, relation)};
}

const char *qualified(Oid relation)
{
    return ::quote_qualified_identifier(::get_namespace_name(::get_rel_namespace(relation)), ::get_rel_name(relation));
}

// The operator that the index of the key compares with, by its name.
const char *equality(Oid key, Oid reference)
{
    const Oid operator_class = ::GetDefaultOpClass(key, BTREE_AM_OID);
    if (!OidIsValid(operator_class))
        elog(ERROR, "no order of type %u", key);
    const Oid family = ::get_opclass_family(operator_class), input = ::get_opclass_input_type(operator_class);
    Oid equal = ::get_opfamily_member(family, input, reference, BTEqualStrategyNumber);
    if (!OidIsValid(equal))
        equal = ::get_opfamily_member(family, input, input, BTEqualStrategyNumber);
    HeapTuple tuple = ::SearchSysCache1(OPEROID, ObjectIdGetDatum(equal));
    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "no equality of type %u", key);
    const auto form = reinterpret_cast<Form_pg_operator>(GETSTRUCT(tuple));
    const char *text = psprintf("OPERATOR(%s.%s)", ::quote_identifier(::get_namespace_name(form->oprnamespace)), NameStr(form->oprname));
    ::ReleaseSysCache(tuple);
    return text;
}

void add_pair(ValueCheck *check, Oid relation, const char *column, Oid other, const char *key)
{
    const AttrNumber number = ::get_attnum(relation, column), key_number = ::get_attnum(other, key);
    if (number <= 0 || key_number <= 0)
        elog(ERROR, "no such column");
    check->columns = lappend(check->columns, pstrdup(column));
    check->pairs = lappend(check->pairs, psprintf("hotswap_other.%s %s hotswap_row.%s", ::quote_identifier(key),
                                                  equality(::get_atttype(other, key_number), ::get_atttype(relation, number)), ::quote_identifier(column)));
}

ValueCheck *new_reference(Oid relation, bool only, Oid other, char match)
{
    ValueCheck *check = new_check(DataRule::foreign_key, relation, only, nullptr);
    check->other = psprintf("%s%s", ::get_rel_relkind(other) == RELKIND_PARTITIONED_TABLE ? "" : "ONLY ", qualified(other));
    check->full_match = match == FKCONSTR_MATCH_FULL;
    return check;
}

// In their order, which pg_constraint's own function does not keep.
List *primary_key_of(Oid relation)
{
    List *names = NIL;
    Relation opened = ::table_open(relation, AccessShareLock);
    ListCell *cell;
    foreach (cell, ::RelationGetIndexList(opened)) {
        HeapTuple tuple = ::SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
        if (!HeapTupleIsValid(tuple))
            continue;
        const auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
        for (int i = 0; form->indisprimary && i < form->indnkeyatts; ++i)
            names = lappend(names, ::get_attname(relation, form->indkey.values[i], false));
        ::ReleaseSysCache(tuple);
    }
    ::table_close(opened, NoLock);
    return names;
}

List *texts_of(List *strings)
{
    List *texts = NIL;
    ListCell *cell;
    foreach (cell, strings)
        texts = lappend(texts, strVal(lfirst(cell)));
    return texts;
}

}  // namespace

void check_not_null(Surveying *s, Finding *f, const Place &table, const char *column, bool only)
{
    if (!has_column(table, column))
        return;
    hint_nulls(f, table.original, ::get_attnum(table.original, column));
    if (!s->wants_checks)
        return;
    ValueCheck *check = new_check(DataRule::not_null, table.original, only, column);
    check->columns = list_make1(pstrdup(column));
    add_check(f, check);
}

void check_no_rows(Surveying *s, Finding *f, const Place &table, const char *column, bool only)
{
    if (s->wants_checks && has_rows(table))
        add_check(f, new_check(DataRule::no_rows, table.original, only, column));
}

void check_condition(Surveying *s, Finding *f, const Place &table, const Constraint *constraint, bool only)
{
    if (!s->wants_checks || !has_rows(table) || constraint->raw_expr == nullptr)
        return;
    quietly([=, &table] {
        Relation relation = ::table_open(table.original, AccessShareLock);
        const Expression expression = expression_of(s, relation, constraint->raw_expr, EXPR_KIND_CHECK_CONSTRAINT);
        ValueCheck *check = new_check(DataRule::check, table.original, only, constraint->conname != nullptr ? constraint->conname : expression.text);
        check->expression = expression.text;
        check->columns = expression.columns;
        ::table_close(relation, NoLock);
        add_check(f, check);
    });
}

void check_key(Surveying *s, Finding *f, const Place &table, const Constraint *constraint)
{
    ListCell *cell;
    foreach (cell, constraint->keys)
        if (!has_column(table, strVal(lfirst(cell))))
            return;
    if (constraint->contype == CONSTR_PRIMARY)
        foreach (cell, constraint->keys)
            if (!is_never_null(table.original, ::get_attnum(table.original, strVal(lfirst(cell)))))
                check_not_null(s, f, table, strVal(lfirst(cell)), false);
    if (list_length(constraint->keys) == 1)
        hint_duplicates(f, table.original, ::get_attnum(table.original, strVal(linitial(constraint->keys))));
    if (!s->wants_checks || constraint->keys == NIL)
        return;
    ValueCheck *check = new_check(DataRule::unique, table.original, table.kind == RELKIND_RELATION, joined(texts_of(constraint->keys)));
    check->columns = texts_of(constraint->keys);
    foreach (cell, check->columns)
        check->terms = lappend(check->terms, pstrdup(::quote_identifier(static_cast<char *>(lfirst(cell)))));
    check->nulls_equal = compat_nulls_not_distinct(constraint);
    add_check(f, check);
}

void check_index(Surveying *s, Finding *f, const Place &table, const IndexStmt *index)
{
    if (!has_rows(table))
        return;
    const auto *first = linitial_node(IndexElem, index->indexParams);
    if (list_length(index->indexParams) == 1 && first->name != nullptr && index->whereClause == nullptr && has_column(table, first->name))
        hint_duplicates(f, table.original, ::get_attnum(table.original, first->name));
    if (!s->wants_checks)
        return;
    quietly([=, &table] {
        Relation relation = ::table_open(table.original, AccessShareLock);
        ValueCheck *check = new_check(DataRule::unique, table.original, table.kind == RELKIND_RELATION, nullptr);
        List *shown = NIL;
        ListCell *cell;
        foreach (cell, index->indexParams) {
            const auto *element = lfirst_node(IndexElem, cell);
            const char *text = element->name != nullptr ? ::quote_identifier(element->name)
                                                        : expression_of(s, relation, element->expr, EXPR_KIND_INDEX_EXPRESSION).text;
            if (element->name != nullptr && ::get_attnum(table.original, element->name) <= 0)
                elog(ERROR, "no such column");
            shown = lappend(shown, pstrdup(element->name != nullptr ? element->name : text));
            if (element->collation != NIL)
                text = psprintf("(%s) COLLATE %s", text, NameListToQuotedString(element->collation));
            check->terms = lappend(check->terms, pstrdup(text));
        }
        check->columns = shown;
        check->subject = joined(shown);
        if (index->whereClause != nullptr)
            check->predicate = expression_of(s, relation, index->whereClause, EXPR_KIND_INDEX_PREDICATE).text;
        check->nulls_equal = compat_nulls_not_distinct(index);
        ::table_close(relation, NoLock);
        add_check(f, check);
    });
}

void check_reference(Surveying *s, Finding *f, const Place &table, const Constraint *constraint, const Place &other)
{
    if (!s->wants_checks || !has_rows(table) || !has_rows(other))
        return;
    quietly([=, &table, &other] {
        ValueCheck *check = new_reference(table.original, false, other.original, constraint->fk_matchtype);
        List *keys = constraint->pk_attrs != NIL ? texts_of(constraint->pk_attrs) : primary_key_of(other.original);
        if (list_length(keys) != list_length(constraint->fk_attrs))
            elog(ERROR, "no such key");
        ListCell *column, *key;
        forboth(column, constraint->fk_attrs, key, keys)
            add_pair(check, table.original, strVal(lfirst(column)), other.original, static_cast<char *>(lfirst(key)));
        check->subject = constraint->conname != nullptr ? constraint->conname : joined(texts_of(constraint->fk_attrs));
        add_check(f, check);
    });
}

namespace {

Datum attribute(HeapTuple constraint, AttrNumber column)
{
    bool null;
    const Datum datum = ::SysCacheGetAttr(CONSTROID, constraint, column, &null);
    if (null)
        elog(ERROR, "an incomplete constraint");
    return datum;
}

}  // namespace

void check_constraint(Surveying *s, Finding *f, const Place &table, const char *name)
{
    if (!s->wants_checks || !has_rows(table))
        return;
    quietly([=, &table] {
        const Oid constraint = ::get_relation_constraint_oid(table.original, name, false);
        HeapTuple tuple = ::SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
        if (!HeapTupleIsValid(tuple))
            elog(ERROR, "no such constraint");
        const auto form = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
        Relation relation = ::table_open(form->conrelid, AccessShareLock);
        ValueCheck *check = nullptr;
        if (form->convalidated) {
            check = nullptr;
        } else if (form->contype == CONSTRAINT_CHECK) {
            auto *expression = static_cast<Node *>(::stringToNode(TextDatumGetCString(attribute(tuple, Anum_pg_constraint_conbin))));
            check = new_check(DataRule::check, table.original, form->connoinherit, nullptr);
            check->expression = deparse_over(RelationGetDescr(relation), expression);
            check->columns = columns_in(expression, relation);
        } else if (form->contype == CONSTRAINT_FOREIGN) {
            check = new_reference(table.original, false, form->confrelid, form->confmatchtype);
            ArrayType *columns = DatumGetArrayTypeP(attribute(tuple, Anum_pg_constraint_conkey));
            ArrayType *keys = DatumGetArrayTypeP(attribute(tuple, Anum_pg_constraint_confkey));
            for (int i = 0; i < ARR_DIMS(columns)[0]; ++i)
                add_pair(check, form->conrelid, ::get_attname(form->conrelid, reinterpret_cast<int16 *>(ARR_DATA_PTR(columns))[i], false),
                         form->confrelid, ::get_attname(form->confrelid, reinterpret_cast<int16 *>(ARR_DATA_PTR(keys))[i], false));
        }
        ::table_close(relation, NoLock);
        ::ReleaseSysCache(tuple);
        if (check == nullptr)
            return;
        check->subject = name;
        add_check(f, check);
    });
}

}  // namespace hotswap::bridge
