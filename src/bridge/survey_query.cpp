// Queries, as statements of their own and inside others: what is read, written and locked, from the raw tree. Nothing is
// analysed by the server, because that would lock what is written. See surveying.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/surveying.hpp"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/partition.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteHandler.h"
}

namespace hotswap::bridge {

namespace {

struct Reading {
    Surveying *s;
    Finding *f;
    List *hidden;        // names of common table expressions
    bool executed;       // not only checked: views are opened, children visited, rows read
    bool locking;        // FOR UPDATE and its kin
    bool filtered;       // there is a WHERE or LIMIT
    List *filter;        // names of columns in it
};

bool collect_columns(Node *node, void *context)
{
    if (node == nullptr)
        return false;
    if (IsA(node, ColumnRef)) {
        auto *names = castNode(ColumnRef, node)->fields;
        auto **list = static_cast<List **>(context);
        if (IsA(llast(names), String))
            *list = lappend(*list, llast(names));
        return false;
    }
    if (IsA(node, SubLink))
        return false;
    return compat_walk_raw(node, collect_columns, context);
}

// Is there an index that begins with one of the columns of the condition?
bool may_use_index(Oid relation, List *columns)
{
    ListCell *cell;
    foreach (cell, columns) {
        const AttrNumber number = ::get_attnum(relation, strVal(lfirst(cell)));
        if (number > 0 && has_index_on(relation, list_make1_int(number)))
            return true;
    }
    return false;
}

void see_view(Reading *r, Oid view, Role role, int depth);

bool is_stored(char kind)
{
    return kind == RELKIND_RELATION || kind == RELKIND_MATVIEW;
}

void see_below(Reading *r, Oid oid, Role role, bool scanned)
{
    ListCell *cell;
    foreach (cell, below(oid)) {
        Seen *seen = see(r->f, lfirst_oid(cell), role);
        seen->scanned = scanned && ::get_rel_relkind(lfirst_oid(cell)) == RELKIND_RELATION;
        seen->below = true;
    }
}

void see_relation(Reading *r, Oid oid, Role role, bool inherits, int depth)
{
    const char kind = ::get_rel_relkind(oid);
    if (kind == RELKIND_VIEW) {
        see_view(r, oid, role, depth + 1);
        return;
    }
    const bool scanned = r->executed && !(r->filtered && may_use_index(oid, r->filter));
    if (inherits && r->executed)
        see_below(r, oid, role, scanned);
}

void see_view(Reading *r, Oid view, Role role, int depth)
{
    ::check_stack_depth();
    if (depth > 50)
        return;
    Relation opened = ::try_relation_open(view, AccessShareLock);
    if (opened == nullptr)
        return;
    if (opened->rd_rules != nullptr) {
        const Query *query = ::get_view_query(opened);
        ListCell *cell;
        foreach (cell, query->rtable) {
            auto *entry = lfirst_node(RangeTblEntry, cell);
            if (entry->rtekind != RTE_RELATION || entry->relid == view)
                continue;
            see(r->f, entry->relid, role)->scanned = role == Role::read && is_stored(::get_rel_relkind(entry->relid)) && !r->filtered;
            see_relation(r, entry->relid, role, entry->inh, depth);
        }
    }
    ::relation_close(opened, NoLock);
}

bool is_hidden(const Reading *r, const RangeVar *name)
{
    ListCell *cell;
    if (name->schemaname == nullptr)
        foreach (cell, r->hidden)
            if (strcmp(static_cast<char *>(lfirst(cell)), name->relname) == 0)
                return true;
    return false;
}

void see_range(Reading *r, RangeVar *name, Role role)
{
    if (is_hidden(r, name))
        return;
    const Place place = find_place(r->s, name);
    if (OidIsValid(place.original) && ::IsCatalogRelationOid(place.original))
        return;
    Seen *seen = see_place(r->f, place, role);
    if (!place.known) {
        r->f->failing = true;
        warn(r->f, "the statement fails: relation %s does not exist", place.name);
        return;
    }
    if (!OidIsValid(place.original))
        return;
    if (r->executed && role != Role::source) {
        seen->scanned = is_stored(place.kind) && !(r->filtered && may_use_index(place.original, r->filter));
        see_relation(r, place.original, role, name->inh, 0);
    }
}

bool walk(Node *node, void *context);

void walk_list(List *list, Reading *r)
{
    ListCell *cell;
    foreach (cell, list)
        walk(static_cast<Node *>(lfirst(cell)), r);
}

void with_clause(WithClause *with, Reading *r)
{
    if (with == nullptr)
        return;
    ListCell *cell;
    foreach (cell, with->ctes)
        r->hidden = lappend(r->hidden, lfirst_node(CommonTableExpr, cell)->ctename);
    foreach (cell, with->ctes) {
        Node *inner = lfirst_node(CommonTableExpr, cell)->ctequery;
        if (IsA(inner, SelectStmt))
            walk(inner, r);
        else
            see_in_query(r->s, r->f, inner, r->executed);
    }
}

void select(SelectStmt *node, Reading *outer)
{
    Reading r = *outer;
    with_clause(node->withClause, &r);
    r.locking = node->lockingClause != NIL;
    r.filter = NIL;
    collect_columns(node->whereClause, &r.filter);
    r.filtered = node->whereClause != nullptr;
    walk_list(node->fromClause, &r);
    Reading rest = r;
    rest.locking = false;
    rest.filtered = false;
    walk(node->whereClause, &rest);
    walk_list(node->targetList, &rest);
    walk_list(node->groupClause, &rest);
    walk(node->havingClause, &rest);
    walk_list(node->valuesLists, &rest);
    walk_list(node->sortClause, &rest);
    walk(node->limitCount, &rest);
    if (node->op != SETOP_NONE) {
        select(node->larg, &r);
        select(node->rarg, &r);
    }
}

// nextval('sequence') moves it.
void function_call(FuncCall *call, Reading *r)
{
    const char *name = strVal(llast(call->funcname));
    if ((strcmp(name, "nextval") != 0 && strcmp(name, "setval") != 0) || call->args == NIL || !r->executed)
        return;
    auto *first = static_cast<Node *>(linitial(call->args));
    if (IsA(first, TypeCast))
        first = castNode(TypeCast, first)->arg;
    if (!IsA(first, A_Const) || nodeTag(&castNode(A_Const, first)->val) != T_String)
        return;
    List *parts = compat_name_list(castNode(A_Const, first)->val.sval.sval);
    see_place(r->f, find_place(r->s, range_of(parts, 0)), Role::written);
}

bool walk(Node *node, void *context)
{
    auto *r = static_cast<Reading *>(context);
    if (node == nullptr)
        return false;
    ::check_stack_depth();
    switch (nodeTag(node)) {
    case T_SelectStmt:
        select(castNode(SelectStmt, node), r);
        return false;
    case T_RangeVar:
        see_range(r, castNode(RangeVar, node), r->locking ? Role::row_locked : Role::read);
        return false;
    case T_FuncCall:
        function_call(castNode(FuncCall, node), r);
        break;
    case T_InsertStmt:
    case T_UpdateStmt:
    case T_DeleteStmt:
    case T_MergeStmt:
        see_in_query(r->s, r->f, node, r->executed);
        return false;
    default:
        break;
    }
    return compat_walk_raw(node, walk, context);
}

// Rows that are written lock the rows they refer to, and are looked for by those that refer to them.
void see_keys(Reading *r, Oid table, bool references, bool referenced)
{
    if (!r->executed || !OidIsValid(table))
        return;
    ListCell *cell;
    if (references)
        foreach (cell, foreign_keys_of(table))
            see(r->f, static_cast<ForeignKey *>(lfirst(cell))->referenced, Role::row_locked);
    if (referenced)
        foreach (cell, foreign_keys_to(table)) {
            auto *key = static_cast<ForeignKey *>(lfirst(cell));
            Seen *seen = see(r->f, key->relation, action_of(key->oid) ? Role::written : Role::row_locked);
            seen->scanned = is_read_in_full(r->s, key);
            seen->aside = true;
        }
}

bool changes_column(List *targets, Oid relation, bool of_own_keys)
{
    ListCell *cell, *key, *column;
    foreach (key, of_own_keys ? foreign_keys_of(relation) : NIL) {
        List *columns = columns_of_constraint(static_cast<ForeignKey *>(lfirst(key))->oid);
        foreach (cell, targets)
            foreach (column, columns)
                if (::get_attnum(relation, lfirst_node(ResTarget, cell)->name) == lfirst_int(column))
                    return true;
    }
    return false;
}

// Values that are not given come from the sequences of the table.
void see_sequences(Reading *r, InsertStmt *node, const Place &table)
{
    if (!r->executed || !OidIsValid(table.original))
        return;
    ListCell *cell, *given;
    foreach (cell, ::getOwnedSequences(table.original)) {
        Oid owner;
        int32 column = 0;
        if (!::sequenceIsOwned(lfirst_oid(cell), DEPENDENCY_AUTO, &owner, &column))
            (void)::sequenceIsOwned(lfirst_oid(cell), DEPENDENCY_INTERNAL, &owner, &column);
        bool named = false;
        foreach (given, node->cols)
            named = named || ::get_attnum(table.original, lfirst_node(ResTarget, given)->name) == column;
        if (node->cols == NIL && node->selectStmt != nullptr) {
            auto *values = castNode(SelectStmt, node->selectStmt);
            const int width = values->valuesLists != NIL ? list_length(static_cast<List *>(linitial(values->valuesLists))) : list_length(values->targetList);
            named = column <= width;
        }
        if (!named)
            see(r->f, lfirst_oid(cell), Role::written);
    }
}

// The tables below a view that is written through, and the keys of them.
void see_keys_below(Reading *r, int first_seen, bool references, bool referenced)
{
    for (int i = first_seen, end = list_length(r->f->seen); i < end; ++i)
        if (static_cast<Seen *>(list_nth(r->f->seen, i))->role == Role::written)
            see_keys(r, static_cast<Seen *>(list_nth(r->f->seen, i))->oid, references, referenced);
}

void insert(Reading *r, InsertStmt *node)
{
    with_clause(node->withClause, r);
    const Place table = find_place(r->s, node->relation);
    see_place(r->f, table, Role::written);
    if (r->executed && OidIsValid(table.original)) {
        if (table.kind == RELKIND_VIEW) {
            // The table below an updatable view.
            const int before = list_length(r->f->seen);
            see_view(r, table.original, Role::written, 0);
            see_keys_below(r, before, true, false);
        } else if (table.kind == RELKIND_PARTITIONED_TABLE)
            see_below(r, table.original, Role::written, false);
        see_sequences(r, node, table);
        see_keys(r, table.original, true, false);
        // A row of a partition has to be within the bounds of all above it.
        if (::get_rel_relispartition(table.original))
            see_all(r->f, ::get_partition_ancestors(table.original), Role::source);
    }
    walk(node->selectStmt, r);
    walk(reinterpret_cast<Node *>(node->onConflictClause), r);
    walk_list(node->returningList, r);
}

void change(Reading *r, RangeVar *relation, WithClause *with, Node *condition, List *from, List *targets, List *returning)
{
    with_clause(with, r);
    Reading target = *r;
    target.filtered = condition != nullptr;
    collect_columns(condition, &target.filter);
    const int before = list_length(r->f->seen);
    see_range(&target, relation, Role::written);
    const Place place = find_place(r->s, relation);
    if (OidIsValid(place.original) && place.kind == RELKIND_VIEW)
        see_keys_below(r, before, false, targets == NIL);
    else if (OidIsValid(place.original))
        see_keys(r, place.original, targets != NIL && changes_column(targets, place.original, true), targets == NIL);
    walk_list(from, r);
    walk(condition, r);
    walk_list(targets, r);
    walk_list(returning, r);
}

// By what the clauses of MERGE do.
void see_merged_keys(Reading *r, MergeStmt *node)
{
    const Place place = find_place(r->s, node->relation);
    if (!OidIsValid(place.original))
        return;
    bool references = false, referenced = false;
    ListCell *cell;
    foreach (cell, node->mergeWhenClauses) {
        auto *clause = lfirst_node(MergeWhenClause, cell);
        references = references || clause->commandType == CMD_INSERT ||
                     (clause->commandType == CMD_UPDATE && changes_column(clause->targetList, place.original, true));
        referenced = referenced || clause->commandType == CMD_DELETE;
    }
    see_keys(r, place.original, references, referenced);
}

}  // namespace

void see_matview_sources(Surveying *s, Finding *f, Oid view, bool executed)
{
    Reading r = {s, f, NIL, executed, false, false, NIL};
    see_view(&r, view, Role::read, 0);
}

void see_in_query(Surveying *s, Finding *f, Node *node, bool executed)
{
    Reading r = {s, f, NIL, executed, false, false, NIL};
    if (node == nullptr)
        return;
    switch (nodeTag(node)) {
    case T_InsertStmt:
        insert(&r, castNode(InsertStmt, node));
        break;
    case T_UpdateStmt: {
        auto *u = castNode(UpdateStmt, node);
        change(&r, u->relation, u->withClause, u->whereClause, u->fromClause, u->targetList, u->returningList);
        break;
    }
    case T_DeleteStmt: {
        auto *d = castNode(DeleteStmt, node);
        change(&r, d->relation, d->withClause, d->whereClause, d->usingClause, NIL, d->returningList);
        break;
    }
    case T_MergeStmt: {
        auto *m = castNode(MergeStmt, node);
        with_clause(m->withClause, &r);
        see_range(&r, m->relation, Role::written);
        see_merged_keys(&r, m);
        walk(m->sourceRelation, &r);
        walk(m->joinCondition, &r);
        walk_list(m->mergeWhenClauses, &r);
        break;
    }
    default:
        walk(node, &r);
    }
}

}  // namespace hotswap::bridge
