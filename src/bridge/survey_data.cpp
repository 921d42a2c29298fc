// SELECT, INSERT, UPDATE, DELETE, MERGE and COPY in a script. survey_query.cpp says what they touch. See surveying.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/surveying.hpp"
#include "bridge/tree.hpp"

namespace hotswap::bridge {

namespace {

const char *name_of(const Seen *seen)
{
    return OidIsValid(seen->oid) ? shown(seen->oid) : seen->name;
}

// The first table of the user's that is read in full, in that role.
const Seen *reads_in_full(const Finding *f, Role role)
{
    ListCell *cell;
    foreach (cell, f->seen) {
        const auto *seen = static_cast<Seen *>(lfirst(cell));
        if (seen->role == role && seen->scanned && !seen->fresh && !seen->aside)
            return seen;
    }
    return nullptr;
}

// A statement that changes every row, or all that a scan finds, in one transaction.
void judge_mass(Finding *f, const char *what, Node *condition)
{
    const auto *target = f->seen == NIL ? nullptr : static_cast<Seen *>(linitial(f->seen));
    if (target == nullptr || target->fresh)
        return;
    const bool all = condition == nullptr || IsA(condition, A_Const);
    if (all)
        warn(f, "%s without a condition changes every row in one transaction: rows stay locked to its end, and the table grows by as much as it holds; "
                "do it in batches", what);
    f->mass = all || reads_in_full(f, Role::written) != nullptr;
}

// A statement whose rows come from all of a table, or go through all of one.
void judge_source(Finding *f, const char *what)
{
    const auto *target = f->seen == NIL ? nullptr : static_cast<Seen *>(linitial(f->seen));
    if (target == nullptr)
        return;
    const Seen *source = reads_in_full(f, Role::read), *searched = reads_in_full(f, Role::written);
    if (source != nullptr)
        warn(f, "%s takes all rows of %s in one transaction: rows stay locked to its end, and nothing dead is cleared away meanwhile; do it in batches", what,
             name_of(source));
    if (searched != nullptr)
        warn(f, "%s reads all of %s to find the rows it changes", what, name_of(searched));
    f->mass = !target->fresh && (source != nullptr || searched != nullptr);
}

}  // namespace

bool survey_query(Surveying *s, Node *node)
{
    switch (nodeTag(node)) {
    case T_SelectStmt: {
        auto *select = castNode(SelectStmt, node);
        if (*into_of(select) != nullptr)
            return false;
        Finding *f = begin_finding(s, "SELECT", nullptr);
        see_in_query(s, f, node, true);
        refine_by_plan(s, f, node);
        return true;
    }
    case T_InsertStmt: {
        auto *insert = castNode(InsertStmt, node);
        Finding *f = begin_finding(s, "INSERT", nullptr);
        s->filled = lappend(s->filled, insert->relation->relname);
        see_in_query(s, f, node, true);
        refine_by_plan(s, f, node);
        if (insert->selectStmt != nullptr && castNode(SelectStmt, insert->selectStmt)->valuesLists == NIL) {
            f->operation = "INSERT_SELECT";
            warn(f, "all rows are inserted in one transaction");
            judge_source(f, "INSERT ... SELECT");
        }
        return true;
    }
    case T_UpdateStmt: {
        Finding *f = begin_finding(s, "UPDATE", nullptr);
        see_in_query(s, f, node, true);
        refine_by_plan(s, f, node);
        judge_mass(f, "UPDATE", castNode(UpdateStmt, node)->whereClause);
        return true;
    }
    case T_DeleteStmt: {
        Finding *f = begin_finding(s, "DELETE", nullptr);
        see_in_query(s, f, node, true);
        refine_by_plan(s, f, node);
        judge_mass(f, "DELETE", castNode(DeleteStmt, node)->whereClause);
        return true;
    }
    case T_MergeStmt: {
        Finding *f = begin_finding(s, "MERGE", nullptr);
        see_in_query(s, f, node, true);
        refine_by_plan(s, f, node);
        judge_source(f, "MERGE");
        return true;
    }
    case T_ExplainStmt: {
        auto *explain = castNode(ExplainStmt, node);
        Finding *f = begin_finding(s, "EXPLAIN", nullptr);
        see_in_query(s, f, explain->query, true);
        refine_by_plan(s, f, explain->query);
        // Only planned, unless ANALYZE.
        bool runs = false;
        ListCell *cell;
        foreach (cell, explain->options)
            if (strcmp(lfirst_node(DefElem, cell)->defname, "analyze") == 0)
                runs = ::defGetBoolean(lfirst_node(DefElem, cell));
        foreach (cell, f->seen)
            static_cast<Seen *>(lfirst(cell))->scanned = static_cast<Seen *>(lfirst(cell))->scanned && runs;
        return true;
    }
    case T_CopyStmt: {
        auto *copy = castNode(CopyStmt, node);
        Finding *f = begin_finding(s, copy->is_from ? "COPY_FROM" : "COPY_TO", nullptr);
        if (copy->relation == nullptr) {
            see_in_query(s, f, copy->query, true);
            refine_by_plan(s, f, copy->query);
            return true;
        }
        Place table;
        if (see_named(s, f, copy->relation, copy->is_from ? Role::written : Role::read, false, &table) && !copy->is_from)
            static_cast<Seen *>(linitial(f->seen))->scanned = !table.fresh && table.kind == RELKIND_RELATION;
        return true;
    }
    case T_PrepareStmt:
        see_in_query(s, begin_finding(s, "PREPARE", nullptr), castNode(PrepareStmt, node)->query, false);
        return true;
    case T_DeclareCursorStmt:
        see_in_query(s, begin_finding(s, "DECLARE_CURSOR", nullptr), castNode(DeclareCursorStmt, node)->query, true);
        return true;
    default:
        return false;
    }
}

}  // namespace hotswap::bridge
