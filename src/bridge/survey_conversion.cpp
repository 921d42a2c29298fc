// ALTER COLUMN TYPE: how the values that are there become those of the new type, and whether they are the same then.
// See surveying.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/guard.hpp"
#include "bridge/survey_checking.hpp"
#include "bridge/tree.hpp"

extern "C" {
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "utils/fmgroids.h"
#include "utils/typcache.h"
}

namespace hotswap::bridge {

using core::DataRule;

namespace {

bool make_explicit(Node *node, void *context)
{
    if (node == nullptr)
        return false;
    const auto cast = [](CoercionForm *form) { *form = *form == COERCE_IMPLICIT_CAST ? COERCE_EXPLICIT_CAST : *form; };
    if (IsA(node, FuncExpr) && castNode(FuncExpr, node)->funcformat == COERCE_IMPLICIT_CAST)
        castNode(FuncExpr, node)->funcformat = COERCE_EXPLICIT_CALL;   // with all its arguments: one says that nothing may be cut off
    else if (IsA(node, RelabelType))
        cast(&castNode(RelabelType, node)->relabelformat);
    else if (IsA(node, CoerceViaIO))
        cast(&castNode(CoerceViaIO, node)->coerceformat);
    else if (IsA(node, CoerceToDomain))
        cast(&castNode(CoerceToDomain, node)->coercionformat);
    else if (IsA(node, ArrayCoerceExpr))
        cast(&castNode(ArrayCoerceExpr, node)->coerceformat);
    return compat_walk_expression(node, make_explicit, context);
}

// As an assignment, which a plain cast of the same text is not.
const char *assignment(TupleDesc shape, Node *cast)
{
    auto *copy = static_cast<Node *>(::copyObjectImpl(cast));
    (void)make_explicit(copy, nullptr);
    return deparse_over(shape, copy);
}

// Such a conversion takes every value, and keeps it.
bool is_harmless(Node *planned)
{
    while (IsA(planned, RelabelType))
        planned = reinterpret_cast<Node *>(castNode(RelabelType, planned)->arg);
    if (IsA(planned, Var))
        return true;
    if (!IsA(planned, FuncExpr) || !IsA(linitial(castNode(FuncExpr, planned)->args), Var))
        return false;
    switch (castNode(FuncExpr, planned)->funcid) {
    case F_INT4_INT2:
    case F_INT8_INT2:
    case F_INT8_INT4:
    case F_NUMERIC_INT2:
    case F_NUMERIC_INT4:
    case F_NUMERIC_INT8:
    case F_FLOAT8_FLOAT4:
    case F_FLOAT8_INT4:
    case F_FLOAT8_INT2:
    case F_TIMESTAMP_DATE:
    case F_TIMESTAMPTZ_TIMESTAMP:
        return true;
    default:
        return false;
    }
}

// "The value is what it was", when it is taken back; null when that is no question.
const char *same_value(Relation relation, AttrNumber column, Node *cast, Oid type)
{
    const Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(relation), column - 1);
    const Oid equal = ::lookup_type_cache(attribute->atttypid, TYPECACHE_EQ_OPR)->eq_opr;
    if (!OidIsValid(equal) || equal >= FirstNormalObjectId)
        return nullptr;
    Node *back = ::coerce_to_target_type(::make_parsestate(nullptr), static_cast<Node *>(::copyObjectImpl(cast)), type, attribute->atttypid,
                                         attribute->atttypmod, COERCION_EXPLICIT, COERCE_EXPLICIT_CAST, -1);
    if (back == nullptr)
        return nullptr;
    return psprintf("(%s) OPERATOR(pg_catalog.=) %s", assignment(RelationGetDescr(relation), back), ::quote_identifier(NameStr(attribute->attname)));
}

}  // namespace

void check_type(Surveying *s, Finding *f, const Place &table, AttrNumber column, Node *cast, bool is_given)
{
    if (!has_rows(table) || ::get_attnum(table.original, ::get_attname(table.looked_at, column, false)) != column)
        return;
    quietly([=, &table] {
        auto *planned = reinterpret_cast<Node *>(::expression_planner(static_cast<Expr *>(::copyObjectImpl(cast))));
        if (is_harmless(planned))
            return;
        if (!is_given)
            hint_values(f, table.original, column, ::exprType(cast), ::exprTypmod(cast));
        if (!s->wants_checks)
            return;
        Relation relation = ::table_open(table.looked_at, AccessShareLock);
        const char *name = ::get_attname(table.looked_at, column, false);
        const char *same = is_given ? nullptr : same_value(relation, column, cast, ::exprType(cast));
        ValueCheck *check = new_check(same != nullptr ? DataRule::kept : DataRule::fits, table.original, false, name);
        check->expression = same != nullptr ? same : assignment(RelationGetDescr(relation), cast);
        check->columns = is_given ? columns_in(cast, relation) : NIL;
        check->columns = lappend(check->columns, pstrdup(name));
        ::table_close(relation, NoLock);
        add_check(f, check);
    });
}

}  // namespace hotswap::bridge
