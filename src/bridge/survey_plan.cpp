// Asks the planner which relations a query would reach, and which of them it would read in full: what is written is planned as
// a SELECT of the same rows, so that nothing stronger than ACCESS SHARE is taken. See surveying.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/surveying.hpp"
#include "bridge/tree.hpp"

extern "C" {
#include "nodes/plannodes.h"
#include "parser/parser.h"
#include "tcop/tcopprot.h"
}

namespace hotswap::bridge {

namespace {

struct Reached {
    List *all, *scanned;
};

void walk_plan(Plan *plan, List *rtable, Reached *reached);

void walk_plans(List *plans, List *rtable, Reached *reached)
{
    ListCell *cell;
    foreach (cell, plans)
        walk_plan(static_cast<Plan *>(lfirst(cell)), rtable, reached);
}

void walk_plan(Plan *plan, List *rtable, Reached *reached)
{
    if (plan == nullptr)
        return;
    ::check_stack_depth();
    if (IsA(plan, SeqScan)) {
        const auto *entry = static_cast<RangeTblEntry *>(list_nth(rtable, static_cast<int>(reinterpret_cast<Scan *>(plan)->scanrelid) - 1));
        reached->scanned = ::list_append_unique_oid(reached->scanned, entry->relid);
    }
    if (IsA(plan, Append))
        walk_plans(castNode(Append, plan)->appendplans, rtable, reached);
    if (IsA(plan, MergeAppend))
        walk_plans(castNode(MergeAppend, plan)->mergeplans, rtable, reached);
    if (IsA(plan, SubqueryScan))
        walk_plan(castNode(SubqueryScan, plan)->subplan, rtable, reached);
    walk_plan(plan->lefttree, rtable, reached);
    walk_plan(plan->righttree, rtable, reached);
}

void plan_query(Surveying *s, Node *select, Oid parameter, Reached *reached)
{
    auto *raw = makeNode(RawStmt);
    raw->stmt = select;
    ListCell *cell, *entry;
    foreach (cell, compat_analyze_and_rewrite(raw, s->text, parameter)) {
        // The planner takes queries only, and ends the server over anything else.
        if (lfirst_node(Query, cell)->commandType == CMD_UTILITY)
            continue;
        PlannedStmt *planned = ::pg_plan_query(lfirst_node(Query, cell), s->text, 0, nullptr);
        foreach (entry, planned->rtable)
            if (lfirst_node(RangeTblEntry, entry)->rtekind == RTE_RELATION)
                reached->all = ::list_append_unique_oid(reached->all, lfirst_node(RangeTblEntry, entry)->relid);
        walk_plan(planned->planTree, planned->rtable, reached);
        walk_plans(planned->subplans, planned->rtable, reached);
    }
}

// Variables of a DO block, relations of the script: what cannot be analysed is left to the guess that was made before.
bool try_plan(Surveying *s, Node *select, Reached *reached, Oid parameter = InvalidOid)
{
    volatile bool done = false;
    quietly([&] {
        ::PushActiveSnapshot(::GetTransactionSnapshot());
        plan_query(s, select, parameter, reached);
        ::PopActiveSnapshot();
        done = true;
    });
    return done;
}

SelectStmt *select_of(List *from, Node *condition, List *targets, WithClause *with)
{
    auto *select = makeNode(SelectStmt);
    select->fromClause = from;
    select->whereClause = condition;
    ListCell *cell;
    foreach (cell, targets) {
        auto *target = makeNode(ResTarget);
        target->val = lfirst_node(ResTarget, cell)->val;
        target->location = -1;
        if (!IsA(target->val, SetToDefault) && !IsA(target->val, MultiAssignRef))
            select->targetList = lappend(select->targetList, target);
    }
    // The row itself is needed to change it: an index alone does not do.
    auto *changed = linitial_node(RangeVar, from);
    auto *star = makeNode(ColumnRef);
    star->fields = list_make2(makeString(pstrdup(changed->alias != nullptr ? changed->alias->aliasname : changed->relname)), makeNode(A_Star));
    star->location = -1;
    auto *row = makeNode(ResTarget);
    row->val = reinterpret_cast<Node *>(star);
    row->location = -1;
    select->targetList = lappend(select->targetList, row);
    select->withClause = with;
    select->op = SETOP_NONE;
    return select;
}

bool writes(WithClause *with)
{
    ListCell *cell;
    if (with != nullptr)
        foreach (cell, with->ctes)
            if (!IsA(lfirst_node(CommonTableExpr, cell)->ctequery, SelectStmt))
                return true;
    return false;
}

bool has_insert(const MergeStmt *merge)
{
    ListCell *cell;
    foreach (cell, merge->mergeWhenClauses)
        if (lfirst_node(MergeWhenClause, cell)->commandType == CMD_INSERT)
            return true;
    return false;
}

// The rows a statement looks for; null when there is no such query.
SelectStmt *rows_of(Node *node)
{
    switch (nodeTag(node)) {
    case T_SelectStmt: {
        auto *select = castNode(SelectStmt, node);
        select->lockingClause = NIL;
        *into_of(select) = nullptr;
        return writes(select->withClause) ? nullptr : select;
    }
    case T_InsertStmt: {
        auto *insert = castNode(InsertStmt, node);
        if (insert->selectStmt == nullptr || insert->withClause != nullptr || castNode(SelectStmt, insert->selectStmt)->valuesLists != NIL)
            return nullptr;
        return rows_of(insert->selectStmt);
    }
    case T_UpdateStmt: {
        auto *update = castNode(UpdateStmt, node);
        if (writes(update->withClause))
            return nullptr;
        return select_of(lcons(update->relation, update->fromClause), update->whereClause, update->targetList, update->withClause);
    }
    case T_DeleteStmt: {
        auto *remove = castNode(DeleteStmt, node);
        if (writes(remove->withClause))
            return nullptr;
        return select_of(lcons(remove->relation, remove->usingClause), remove->whereClause, NIL, remove->withClause);
    }
    case T_MergeStmt: {
        auto *merge = castNode(MergeStmt, node);
        if (writes(merge->withClause))
            return nullptr;
        SelectStmt *select = select_of(list_make1(merge->relation), nullptr, NIL, merge->withClause);
        auto *join = makeNode(JoinExpr);
        // Rows of the source without a partner count where something is to be done with them.
        join->jointype = has_insert(merge) ? JOIN_LEFT : JOIN_INNER;
        join->larg = merge->sourceRelation;
        join->rarg = reinterpret_cast<Node *>(merge->relation);
        join->quals = merge->joinCondition;
        select->fromClause = list_make1(join);
        return select;
    }
    default:
        return nullptr;
    }
}

}  // namespace

bool is_read_in_full(Surveying *s, const ForeignKey *key)
{
    List *columns = columns_of_constraint(key->oid);
    const AttrNumber column = static_cast<AttrNumber>(linitial_int(columns));
    const char *name = ::quote_identifier(::get_attname(key->relation, column, false));
    // A value that is not known before, as in the server's own query.
    const char *query = psprintf("SELECT * FROM ONLY %s WHERE %s = $1",
                                 ::quote_qualified_identifier(::get_namespace_name(::get_rel_namespace(key->relation)), ::get_rel_name(key->relation)), name);
    Reached reached = {NIL, NIL};
    if (!try_plan(s, linitial_node(RawStmt, ::raw_parser(query, RAW_PARSE_DEFAULT))->stmt, &reached, ::get_atttype(key->relation, column)))
        return !has_index_on(key->relation, columns);
    return ::list_member_oid(reached.scanned, key->relation);
}

namespace {

// The partitions that rows of constants go to, found by looking for them.
SelectStmt *places_of(Surveying *s, InsertStmt *insert)
{
    const Place table = find_place(s, insert->relation);
    List *rows = insert->selectStmt == nullptr ? NIL : castNode(SelectStmt, insert->selectStmt)->valuesLists;
    if (table.kind != RELKIND_PARTITIONED_TABLE || !OidIsValid(table.original) || rows == NIL || list_length(rows) > 20)
        return nullptr;
    Node *condition = nullptr;
    ListCell *row, *value;
    foreach (row, rows) {
        Node *one = nullptr;
        int number = 0;
        foreach (value, static_cast<List *>(lfirst(row))) {
            auto *node = static_cast<Node *>(lfirst(value));
            const char *name = insert->cols != NIL ? (number < list_length(insert->cols) ? list_nth_node(ResTarget, insert->cols, number)->name : nullptr)
                                                   : ::get_attname(table.original, static_cast<AttrNumber>(number + 1), true);
            ++number;
            Node *constant = IsA(node, TypeCast) ? castNode(TypeCast, node)->arg : node;
            if (name == nullptr || !IsA(constant, A_Const) || castNode(A_Const, constant)->isnull)
                continue;
            auto *column = makeNode(ColumnRef);
            column->fields = list_make1(makeString(pstrdup(name)));
            column->location = -1;
            auto *equal = reinterpret_cast<Node *>(::makeSimpleA_Expr(AEXPR_OP, pstrdup("="), reinterpret_cast<Node *>(column), node, -1));
            one = one == nullptr ? equal : reinterpret_cast<Node *>(makeBoolExpr(AND_EXPR, list_make2(one, equal), -1));
        }
        if (one == nullptr)
            return nullptr;
        condition = condition == nullptr ? one : reinterpret_cast<Node *>(makeBoolExpr(OR_EXPR, list_make2(condition, one), -1));
    }
    return select_of(list_make1(insert->relation), condition, NIL, nullptr);
}

}  // namespace

void refine_by_plan(Surveying *s, Finding *f, Node *node)
{
    auto *copy = static_cast<Node *>(::copyObjectImpl(node));
    SelectStmt *select = rows_of(copy);
    Reached reached = {NIL, NIL};
    if (select == nullptr && IsA(copy, InsertStmt) && (select = places_of(s, castNode(InsertStmt, copy))) != nullptr) {
        if (!try_plan(s, reinterpret_cast<Node *>(select), &reached))
            return;
        List *going = NIL;
        ListCell *one;
        foreach (one, f->seen)
            if (!static_cast<Seen *>(lfirst(one))->below || ::list_member_oid(reached.all, static_cast<Seen *>(lfirst(one))->oid))
                going = lappend(going, lfirst(one));
        f->seen = going;
        return;
    }
    if (select == nullptr || !try_plan(s, reinterpret_cast<Node *>(select), &reached))
        return;
    List *kept = NIL;
    ListCell *cell;
    foreach (cell, f->seen) {
        auto *seen = static_cast<Seen *>(lfirst(cell));
        const bool is_reached = ::list_member_oid(reached.all, seen->oid);
        if (seen->below && !is_reached)
            continue;   // a partition that cannot have such rows
        if (!seen->aside && (is_reached || seen->scanned))
            seen->scanned = ::list_member_oid(reached.scanned, seen->oid);
        kept = lappend(kept, seen);
    }
    f->seen = kept;
}

}  // namespace hotswap::bridge
