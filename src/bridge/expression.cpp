// See expression.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/expression.hpp"

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"
#include "bridge/tree.hpp"

extern "C" {
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_oper.h"
#include "parser/parser.h"
#include "parser/parse_type.h"
#include "utils/queryenvironment.h"
#include "utils/regproc.h"
}

namespace hotswap::bridge {

namespace {

struct CScope {
    const char *const *hidden;
    int hidden_count;
    const char *const *names;
    const char *const *types;
    const char *const *collations;
    int added_count;
};

bool is_hidden(const CScope &scope, const char *name)
{
    for (int i = 0; i < scope.hidden_count; ++i)
        if (strcmp(scope.hidden[i], name) == 0)
            return true;
    for (int i = 0; i < scope.added_count; ++i)
        if (strcmp(scope.names[i], name) == 0)
            return true;
    return false;
}

// The row an expression sees: the table's live columns, less the hidden ones, plus the added ones.
TupleDesc build_shape(Oid relation_oid, const CScope &scope)
{
    Relation relation = ::relation_open(relation_oid, AccessShareLock);
    const TupleDesc desc = RelationGetDescr(relation);
    TupleDesc shape = ::CreateTemplateTupleDesc(desc->natts + scope.added_count);
    int number = 0;
    for (int i = 0; i < desc->natts; ++i) {
        const Form_pg_attribute a = TupleDescAttr(desc, i);
        if (a->attisdropped || is_hidden(scope, NameStr(a->attname)))
            continue;
        ++number;
        ::TupleDescInitEntry(shape, static_cast<AttrNumber>(number), NameStr(a->attname), a->atttypid, a->atttypmod, 0);
        ::TupleDescInitEntryCollation(shape, static_cast<AttrNumber>(number), a->attcollation);
    }
    for (int i = 0; i < scope.added_count; ++i) {
        Oid type;
        int32 modifier;
        compat_parse_type(scope.types[i], &type, &modifier);
        ++number;
        ::TupleDescInitEntry(shape, static_cast<AttrNumber>(number), scope.names[i], type, modifier, 0);
        if (scope.collations[i][0] != '\0') {
            List *name = compat_name_list(scope.collations[i]);
            ::TupleDescInitEntryCollation(shape, static_cast<AttrNumber>(number), ::get_collation_oid(name, false));
        }
    }
    shape->natts = number;
    ::relation_close(relation, NoLock);
    return shape;
}

// SELECT <expression> FROM hotswap_row [AS alias], analysed against the shape.
Query *analyze(Node *expression, const char *text, TupleDesc shape, const char *alias = nullptr)
{
    auto *metadata = static_cast<EphemeralNamedRelationMetadata>(palloc0(sizeof(EphemeralNamedRelationMetadataData)));
    metadata->name = pstrdup("hotswap_row");
    metadata->reliddesc = InvalidOid;
    metadata->tupdesc = shape;
    metadata->enrtype = ENR_NAMED_TUPLESTORE;
    metadata->enrtuples = 1;
    auto *relation = static_cast<EphemeralNamedRelation>(palloc0(sizeof(EphemeralNamedRelationData)));
    relation->md = *metadata;
    QueryEnvironment *environment = ::create_queryEnv();
    ::register_ENR(environment, relation);

    auto *target = makeNode(ResTarget);
    target->val = expression;
    target->location = -1;
    auto *select = makeNode(SelectStmt);
    select->targetList = list_make1(target);
    RangeVar *row = ::makeRangeVar(nullptr, pstrdup("hotswap_row"), -1);
    if (alias != nullptr)
        row->alias = ::makeAlias(alias, NIL);
    select->fromClause = list_make1(row);
    auto *raw = makeNode(RawStmt);
    raw->stmt = reinterpret_cast<Node *>(select);
    // Positions of errors would point into a text the user never saw.
    Query *query = compat_parse_analyze(raw, text, environment);
    if (query->hasSubLinks || query->hasAggs || query->hasWindowFuncs || query->hasTargetSRFs)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("cannot use a subquery, aggregate, window function or set in a row expression"),
                        errdetail("Found: %s", text), errhint("Use only the columns of the row itself.")));
    return query;
}

struct CResult {
    const char *text;
    const char *type;
    bool volatile_functions, unstable;
    List *reads;
};

List *columns_read(Node *expression, TupleDesc shape)
{
    List *names = NIL;
    Bitmapset *numbers = nullptr;
    ::pull_varattnos(expression, 1, &numbers);
    for (int at = -1; (at = ::bms_next_member(numbers, at)) >= 0;) {
        const int number = at + FirstLowInvalidHeapAttributeNumber;
        const char *name = number <= 0 ? "*" : NameStr(TupleDescAttr(shape, number - 1)->attname);
        names = lappend(names, makeString(pstrdup(name)));
    }
    return names;
}

// The condition of a CHECK as the user wrote it in a statement, whose text it is.
CResult qualify_check(Node *raw, const char *text, Oid relation, const CScope &scope)
{
    TupleDesc shape = build_shape(relation, scope);
    Query *query = analyze(raw, text, shape, ::get_rel_name(relation));
    Node *expression = reinterpret_cast<Node *>(linitial_node(TargetEntry, query->targetList)->expr);
    ParseState *state = ::make_parsestate(nullptr);
    state->p_sourcetext = text;
    expression = ::coerce_to_boolean(state, expression, "CHECK");
    return {deparse_over(shape, expression), "boolean", false, false, columns_read(expression, shape)};
}

CResult qualify(const char *text, Oid relation, const CScope &scope, const char *target_type)
{
    TupleDesc shape = build_shape(relation, scope);
    Query *query = analyze(parse_scalar(text), text, shape);
    Node *expression = reinterpret_cast<Node *>(linitial_node(TargetEntry, query->targetList)->expr);
    if (target_type[0] != '\0') {
        Oid type;
        int32 modifier;
        compat_parse_type(target_type, &type, &modifier);
        const Oid given = ::exprType(expression);
        Oid wanted = type;
        if (!::can_coerce_type(1, &given, &wanted, COERCION_ASSIGNMENT))
            ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                            errmsg("expression is of type %s but the column is of type %s", ::format_type_be(given), ::format_type_be(type)),
                            errdetail("Found: %s", text), errhint("Add a cast to the expression.")));
    }
    CResult result;
    result.volatile_functions = ::contain_volatile_functions(expression);
    result.unstable = is_unstable(expression);
    result.reads = columns_read(expression, shape);
    const LockedPath path = LockedPath::enter();
    result.type = ::format_type_with_typemod(::exprType(expression), ::exprTypmod(expression));
    path.leave();
    result.text = deparse_over(shape, expression);
    return result;
}

// The keys of "ORDER BY <text>" and of nothing else.
List *parse_order(const char *text)
{
    char *statement = psprintf("SELECT 1 ORDER BY %s", text);
    List *statements = ::raw_parser(statement, RAW_PARSE_DEFAULT);
    if (list_length(statements) == 1 && IsA(linitial_node(RawStmt, statements)->stmt, SelectStmt)) {
        auto *select = castNode(SelectStmt, linitial_node(RawStmt, statements)->stmt);
        if (select->op == SETOP_NONE && select->limitOffset == nullptr && select->limitCount == nullptr && select->lockingClause == NIL)
            return select->sortClause;
    }
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("not a list to order by"), errdetail("Found: %s", text),
                    errhint("Give columns or expressions as after ORDER BY, for example: customer_id, created_at DESC.")));
    return NIL;
}

const char *order_text(const char *text, Oid relation)
{
    const CScope scope = {};
    TupleDesc shape = build_shape(relation, scope);
    char *result = pstrdup("");
    ListCell *cell;
    foreach (cell, parse_order(text)) {
        auto *key = lfirst_node(SortBy, cell);
        if (key->sortby_dir == SORTBY_USING || IsA(key->node, A_Const))
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("cannot order rows by an operator or by the number of a column"),
                            errdetail("Found: %s", text), errhint("Name the columns, with ASC or DESC.")));
        Query *query = analyze(key->node, text, shape);
        Node *expression = reinterpret_cast<Node *>(linitial_node(TargetEntry, query->targetList)->expr);
        Oid less, equal, greater;
        bool hashable;
        ::get_sort_group_operators(::exprType(expression), true, true, true, &less, &equal, &greater, &hashable);
        const char *direction = key->sortby_dir == SORTBY_DESC ? " DESC" : "";
        const char *nulls = key->sortby_nulls == SORTBY_NULLS_FIRST  ? " NULLS FIRST"
                            : key->sortby_nulls == SORTBY_NULLS_LAST ? " NULLS LAST"
                                                                     : "";
        result = psprintf("%s%s(%s)%s%s", result, result[0] == '\0' ? "" : ", ", deparse_over(shape, expression), direction, nulls);
    }
    return result;
}

}  // namespace

std::string qualify_order(const std::string &text, unsigned relation)
{
    const char *chars = text.c_str();
    return guarded([=] { return order_text(chars, relation); });
}

namespace {

// The texts of a scope as the server wants them; they live as long as what they were made of.
struct ScopeTexts {
    std::vector<const char *> hidden, names, types, collations;
    ScopeTexts(const std::vector<std::string> &hidden_names, const std::vector<ScopeColumn> &added);
    CScope scope() const
    {
        return {hidden.data(), static_cast<int>(hidden.size()), names.data(), types.data(), collations.data(), static_cast<int>(names.size())};
    }
};

ScopeTexts::ScopeTexts(const std::vector<std::string> &hidden_names, const std::vector<ScopeColumn> &added)
{
    for (const std::string &name : hidden_names)
        hidden.push_back(name.c_str());
    for (const ScopeColumn &column : added) {
        names.push_back(column.name.c_str());
        types.push_back(column.type.c_str());
        collations.push_back(column.collation.c_str());
    }
}

QualifiedExpression qualified_of(const CResult &result)
{
    QualifiedExpression qualified = {result.text, result.type, result.volatile_functions, result.unstable, {}};
    ListCell *cell;
    foreach (cell, result.reads)
        qualified.reads.push_back(strVal(lfirst(cell)));
    return qualified;
}

}  // namespace

QualifiedExpression qualify_condition(Node *raw, const std::string &text, unsigned relation, const std::vector<ScopeColumn> &added)
{
    const ScopeTexts texts({}, added);
    const CScope scope = texts.scope();
    const CScope *scope_pointer = &scope;
    const char *chars = text.c_str();
    return qualified_of(guarded([=] { return qualify_check(raw, chars, relation, *scope_pointer); }));
}

QualifiedExpression qualify_expression(const std::string &text, unsigned relation, const std::vector<std::string> &hidden,
                                       const std::vector<ScopeColumn> &added, const std::string &target_type)
{
    const ScopeTexts texts(hidden, added);
    const CScope scope = texts.scope();
    const CScope *scope_pointer = &scope;
    const char *chars = text.c_str();
    const char *target = target_type.c_str();
    const CResult result = guarded([=] { return qualify(chars, relation, *scope_pointer, target); });
    return qualified_of(result);
}

}  // namespace hotswap::bridge
