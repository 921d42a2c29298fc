// See tree.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/tree.hpp"

#include "bridge/compat.hpp"

extern "C" {
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parser.h"
#include "utils/fmgroids.h"
}

namespace hotswap::bridge {

IntoClause **into_of(SelectStmt *select)
{
    while (select->op != SETOP_NONE)
        select = select->larg;
    return &select->intoClause;
}

Node *parse_scalar(const char *text)
{
    List *statements = ::raw_parser(text, RAW_PARSE_PLPGSQL_EXPR);
    if (list_length(statements) == 1) {
        Node *node = linitial_node(RawStmt, statements)->stmt;
        // The grammar hands back a SELECT; anything beyond one bare target is not an expression.
        if (IsA(node, SelectStmt)) {
            auto *select = castNode(SelectStmt, node);
            if (list_length(select->targetList) == 1 && select->distinctClause == NIL && select->intoClause == nullptr &&
                select->fromClause == NIL && select->whereClause == nullptr && select->groupClause == NIL &&
                select->havingClause == nullptr && select->windowClause == NIL && select->valuesLists == NIL &&
                select->sortClause == NIL && select->limitOffset == nullptr && select->limitCount == nullptr &&
                select->lockingClause == NIL && select->withClause == nullptr && select->op == SETOP_NONE) {
                auto *target = linitial_node(ResTarget, select->targetList);
                if (target->name == nullptr && target->indirection == NIL)
                    return target->val;
            }
        }
    }
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("not a single expression"), errdetail("Found: %s", text),
                    errhint("Give one expression over the columns of the row, for example: lower(email).")));
    return nullptr;
}

namespace {

bool is_clock(Oid function, void *)
{
    return function == F_NOW || function == F_TRANSACTION_TIMESTAMP || function == F_STATEMENT_TIMESTAMP;
}

bool reads_clock(Node *node, void *context)
{
    if (node == nullptr)
        return false;
    if (IsA(node, SQLValueFunction) && castNode(SQLValueFunction, node)->op <= SVFOP_LOCALTIMESTAMP_N)
        return true;
    if (::check_functions_in_node(node, is_clock, nullptr))
        return true;
    return compat_walk_expression(node, reads_clock, context);
}

}  // namespace

bool is_unstable(Node *expression)
{
    return ::contain_volatile_functions(expression) || reads_clock(expression, nullptr);
}

LockedPath LockedPath::enter()
{
    LockedPath path = {::NewGUCNestLevel()};
    // With the styles of constants fixed as well: text made here is read again in a session with other settings.
    static const char *const fixed[][2] = {{"search_path", "pg_catalog, pg_temp"}, {"DateStyle", "ISO, YMD"}, {"IntervalStyle", "postgres"}};
    for (const auto &setting : fixed)
        ::set_config_option(setting[0], setting[1], PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    return path;
}

void LockedPath::leave() const
{
    ::AtEOXact_GUC(false, level);
}

// pg_get_querydef prints the column names of a common table expression from its range table entry, not from a catalog: a
// SELECT <expression> FROM <that entry> gives the text, and its two known ends are cut off.
char *deparse_over(TupleDesc shape, Node *expression)
{
    auto *entry = makeNode(RangeTblEntry);
    entry->rtekind = RTE_CTE;
    entry->ctename = pstrdup("hotswap_row");
    entry->lateral = false;
    entry->inh = false;
    entry->inFromCl = true;
    List *names = NIL;
    for (int i = 0; i < shape->natts; ++i) {
        const Form_pg_attribute attribute = TupleDescAttr(shape, i);
        const bool dropped = attribute->attisdropped;
        names = lappend(names, makeString(pstrdup(dropped ? "" : NameStr(attribute->attname))));
        entry->coltypes = lappend_oid(entry->coltypes, dropped ? InvalidOid : attribute->atttypid);
        entry->coltypmods = lappend_int(entry->coltypmods, dropped ? 0 : attribute->atttypmod);
        entry->colcollations = lappend_oid(entry->colcollations, dropped ? InvalidOid : attribute->attcollation);
    }
    entry->eref = makeAlias("hotswap_row", names);

    auto *reference = makeNode(RangeTblRef);
    reference->rtindex = 1;
    auto *query = makeNode(Query);
    query->commandType = CMD_SELECT;
    query->canSetTag = true;
    query->rtable = list_make1(entry);
    query->jointree = makeFromExpr(list_make1(reference), nullptr);
    query->targetList = list_make1(
        makeTargetEntry(static_cast<Expr *>(::copyObjectImpl(expression)), 1, pstrdup("hotswap_expression"), false));

    const LockedPath path = LockedPath::enter();
    char *text = ::pg_get_querydef(query, false);
    path.leave();

    // " SELECT <expression> AS hotswap_expression FROM hotswap_row", with line breaks the server chooses.
    char *start = strstr(text, "SELECT");
    if (start == nullptr)
        elog(ERROR, "could not deparse an expression: %s", text);
    start += strlen("SELECT");
    while (*start == ' ' || *start == '\n')
        ++start;
    char *end = nullptr;
    for (char *at = strstr(start, "AS hotswap_expression"); at != nullptr; at = strstr(at + 1, "AS hotswap_expression"))
        end = at;
    if (end == nullptr)
        elog(ERROR, "could not deparse an expression: %s", text);
    while (end > start && (end[-1] == ' ' || end[-1] == '\n'))
        --end;
    *end = '\0';
    return start;
}

}  // namespace hotswap::bridge
