// See row_program.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/row_program.hpp"

#include "bridge/compat.hpp"
#include "bridge/tree.hpp"

extern "C" {
#include "access/transam.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
}

namespace hotswap::bridge {

namespace {

bool function_of_user(Oid function, void *)
{
    return function >= FirstNormalObjectId;
}

bool uses_user_code(Node *node, void *context)
{
    if (node == nullptr)
        return false;
    // A domain's checks are user code as well.
    if (::check_functions_in_node(node, function_of_user, context) || IsA(node, CoerceToDomain))
        return true;
    return compat_walk_expression(node, uses_user_code, context);
}

}  // namespace

ExprState *compile_row_expression(const char *text, Relation relation, PreParseColumnRefHook hook, void *hook_state,
                                  const Form_pg_attribute target, bool *user_code)
{
    ParseState *state = ::make_parsestate(nullptr);
    state->p_pre_columnref_hook = hook;
    state->p_ref_hook_state = hook_state;
    ParseNamespaceItem *item = ::addRangeTableEntryForRelation(state, relation, AccessShareLock, nullptr, false, true);
    ::addNSItemToQuery(state, item, false, true, true);

    Node *node = ::transformExpr(state, parse_scalar(text), EXPR_KIND_OTHER);
    const Oid given = ::exprType(node);
    Node *cast = ::coerce_to_target_type(state, node, given, target->atttypid, target->atttypmod, COERCION_ASSIGNMENT,
                                         COERCE_IMPLICIT_CAST, -1);
    if (cast == nullptr)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("expression for column \"%s\" is of type %s but the column is of type %s", NameStr(target->attname),
                               ::format_type_be(given), ::format_type_be(target->atttypid)),
                        errdetail("Found: %s", text), errhint("Add a cast to the expression.")));
    ::assign_expr_collations(state, cast);
    if (uses_user_code(cast, nullptr))
        *user_code = true;
    ::free_parsestate(state);
    return ::ExecInitExpr(::expression_planner(reinterpret_cast<Expr *>(cast)), nullptr);
}

}  // namespace hotswap::bridge
