// New tables, views, sequences, triggers, rules, policies, statistics, functions: what they lock besides themselves.
// See surveying.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/guard.hpp"
#include "bridge/surveying.hpp"
#include "bridge/tree.hpp"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/pg_inherits.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_type.h"
#include "parser/parser.h"
}

namespace hotswap::bridge {

namespace {

// The new relation: its own lock blocks nobody. False when IF NOT EXISTS finds it there.
bool see_new(Surveying *s, Finding *f, RangeVar *name, char kind, bool missing_ok, bool replace)
{
    Place place = find_place(s, name);
    f->object = nullptr;
    if (name->relpersistence == RELPERSISTENCE_TEMP)
        place.known = false;
    if (place.known && missing_ok) {
        f->skipped = true;
        see_place(f, place, Role::target);
        warn(f, "%s exists: nothing is done", place.name);
        return false;
    }
    if (place.known && replace) {
        see_place(f, place, Role::target);
        if (OidIsValid(place.original)) {
            f->operation = "REPLACE_VIEW";
            warn_of_dependents(f, place.original, 0);
        }
        return true;
    }
    if (place.known && OidIsValid(place.original) && ::get_rel_namespace(place.original) == ::RangeVarGetCreationNamespace(name)) {
        f->failing = true;
        see_place(f, place, Role::target);
        warn(f, "the statement fails: relation %s already exists", place.name);
        return false;
    }
    remember(s, name, kind);
    Seen *seen = see(f, InvalidOid, Role::target);
    // A temporary one hides another of its name, and is not it.
    seen->name = name->relpersistence == RELPERSISTENCE_TEMP ? ::quote_qualified_identifier("pg_temp", name->relname) : place.name;
    seen->kind = kind;
    seen->fresh = true;
    return true;
}

void see_foreign_key(Surveying *s, Finding *f, Constraint *constraint, const RangeVar *self)
{
    if (constraint->contype != CONSTR_FOREIGN || constraint->pktable == nullptr)
        return;
    if (strcmp(constraint->pktable->relname, self->relname) == 0)
        return;
    const Place other = find_place(s, constraint->pktable);
    see_place(f, other, Role::referenced);
    if (!other.known) {
        f->failing = true;
        warn(f, "the statement fails: relation %s does not exist", other.name);
        return;
    }
    if (other.kind == RELKIND_PARTITIONED_TABLE)
        see_all(f, below(other.original), Role::referenced);
    if (OidIsValid(other.original))
        warn(f, "REFERENCES blocks writes to %s while the statement runs", other.name);
}

void survey_element(Surveying *s, Finding *f, Node *element, const RangeVar *self)
{
    ListCell *cell;
    if (IsA(element, Constraint)) {
        see_foreign_key(s, f, castNode(Constraint, element), self);
    } else if (IsA(element, ColumnDef)) {
        // The rows of a table as a type.
        const Oid type = castNode(ColumnDef, element)->typeName == nullptr || is_serial(castNode(ColumnDef, element)->typeName)
                             ? InvalidOid
                             : ::LookupTypeNameOid(nullptr, castNode(ColumnDef, element)->typeName, true);
        const Oid row = OidIsValid(type) ? ::get_typ_typrelid(type) : InvalidOid;
        if (OidIsValid(row) && ::get_rel_relkind(row) != RELKIND_COMPOSITE_TYPE)
            see(f, row, Role::source);
        foreach (cell, castNode(ColumnDef, element)->constraints)
            see_foreign_key(s, f, lfirst_node(Constraint, cell), self);
    } else if (IsA(element, TableLikeClause)) {
        auto *like = castNode(TableLikeClause, element);
        const Place source = find_place(s, like->relation);
        see_place(f, source, Role::source);
        if ((like->options & CREATE_TABLE_LIKE_IDENTITY) != 0 && OidIsValid(source.original))
            foreach (cell, ::getOwnedSequences(source.original)) {
                Oid owner;
                int32 column;
                if (::sequenceIsOwned(lfirst_oid(cell), DEPENDENCY_INTERNAL, &owner, &column))
                    see(f, lfirst_oid(cell), Role::source);
            }
    }
}

void create_table(Surveying *s, CreateStmt *node)
{
    Finding *f = begin_finding(s, node->partbound != nullptr ? "CREATE_TABLE_PARTITION" : "CREATE_TABLE", nullptr);
    if (!see_new(s, f, node->relation, node->partspec != nullptr ? RELKIND_PARTITIONED_TABLE : RELKIND_RELATION, node->if_not_exists, false))
        return;
    ListCell *cell;
    foreach (cell, node->inhRelations) {
        Place parent;
        if (!see_named(s, f, lfirst_node(RangeVar, cell), Role::parent, false, &parent))
            continue;
        if (node->partbound == nullptr)
            continue;
        survey_new_partition(s, f, node, parent);
        if (OidIsValid(parent.original))
            warn(f, "PARTITION OF locks the whole of %s; CREATE TABLE ... LIKE and ATTACH PARTITION do not", parent.name);
    }
    foreach (cell, node->tableElts)
        survey_element(s, f, static_cast<Node *>(lfirst(cell)), node->relation);
    foreach (cell, node->constraints)
        survey_element(s, f, static_cast<Node *>(lfirst(cell)), node->relation);
}

void create_table_as(Surveying *s, IntoClause *into, Node *query, ObjectType type, bool missing_ok)
{
    const bool view = type == OBJECT_MATVIEW;
    Finding *f = begin_finding(s, view ? "CREATE_MATERIALIZED_VIEW" : "CREATE_TABLE_AS", nullptr);
    if (see_new(s, f, into->rel, view ? RELKIND_MATVIEW : RELKIND_RELATION, missing_ok, false)) {
        see_in_query(s, f, query, !into->skipData);
        if (!into->skipData)
            refine_by_plan(s, f, query);
        if (view) {
            auto *made = static_cast<NewView *>(palloc(sizeof(NewView)));
            *made = {into->rel->relname, f->seen};
            s->views = lappend(s->views, made);
        }
    }
}

void create_view(Surveying *s, ViewStmt *node)
{
    Finding *f = begin_finding(s, "CREATE_VIEW", nullptr);
    if (see_new(s, f, node->view, RELKIND_VIEW, false, node->replace))
        see_in_query(s, f, node->query, false);
}

void see_owner(Surveying *s, Finding *f, List *options)
{
    ListCell *cell;
    foreach (cell, options) {
        auto *option = lfirst_node(DefElem, cell);
        if (strcmp(option->defname, "owned_by") != 0 || option->arg == nullptr || list_length(castNode(List, option->arg)) < 2)
            continue;
        Place table;
        see_named(s, f, range_of(castNode(List, option->arg), 1), Role::table, false, &table);
    }
}

// The script has made it: the relations that it read then.
void see_sources_of_new(Surveying *s, Finding *f, RefreshMatViewStmt *node)
{
    ListCell *cell, *source;
    foreach (cell, s->views) {
        auto *view = static_cast<NewView *>(lfirst(cell));
        if (node->skipData || strcmp(view->name, node->relation->relname) != 0)
            continue;
        foreach (source, view->sources) {
            auto *seen = static_cast<Seen *>(lfirst(source));
            if (OidIsValid(seen->oid))
                see(f, seen->oid, seen->role)->scanned = true;
        }
    }
}

void refresh(Surveying *s, RefreshMatViewStmt *node)
{
    Finding *f = begin_finding(s, node->concurrent ? "REFRESH_MATERIALIZED_VIEW_CONCURRENTLY" : "REFRESH_MATERIALIZED_VIEW", nullptr);
    Place view;
    if (!see_named(s, f, node->relation, Role::target, false, &view))
        return;
    if (!OidIsValid(view.original))
        return see_sources_of_new(s, f, node);
    if (!node->skipData) {
        static_cast<Seen *>(linitial(f->seen))->rewritten = !node->concurrent;
        see_matview_sources(s, f, view.original, true);
    }
    if (!node->concurrent)
        warn(f, "nobody can read the view meanwhile; CONCURRENTLY lets readers through, and needs a unique index");
}

void create_trigger(Surveying *s, CreateTrigStmt *node)
{
    Finding *f = begin_finding(s, "CREATE_TRIGGER", node->trigname);
    Place table;
    if (!see_named(s, f, node->relation, Role::target, false, &table))
        return;
    if (node->row && table.kind == RELKIND_PARTITIONED_TABLE)
        see_all(f, below(table.original), Role::child);
    if (node->constrrel != nullptr)
        see_place(f, find_place(s, node->constrrel), Role::source);
}

void create_rule(Surveying *s, RuleStmt *node)
{
    Finding *f = begin_finding(s, "CREATE_RULE", node->rulename);
    Place table;
    if (!see_named(s, f, node->relation, Role::target, false, &table))
        return;
    see_in_query(s, f, node->whereClause, false);
    ListCell *cell;
    foreach (cell, node->actions)
        see_in_query(s, f, static_cast<Node *>(lfirst(cell)), false);
}

void create_policy(Surveying *s, Finding *f, RangeVar *table, Node *qual, Node *check)
{
    Place place;
    if (!see_named(s, f, table, Role::target, false, &place))
        return;
    see_in_query(s, f, qual, false);
    see_in_query(s, f, check, false);
}

// A body in SQL is analysed: its relations are looked at, not more.
void create_function(Surveying *s, CreateFunctionStmt *node)
{
    Finding *f = begin_finding(s, node->is_procedure ? "CREATE_PROCEDURE" : "CREATE_FUNCTION", ::NameListToString(node->funcname));
    const char *body = nullptr, *language = nullptr;
    ListCell *cell, *statement;
    foreach (cell, node->options) {
        auto *option = lfirst_node(DefElem, cell);
        if (strcmp(option->defname, "language") == 0)
            language = strVal(option->arg);
        if (strcmp(option->defname, "as") == 0 && list_length(castNode(List, option->arg)) == 1)
            body = strVal(linitial(castNode(List, option->arg)));
    }
    if (node->sql_body != nullptr) {
        if (!IsA(node->sql_body, List)) {
            see_in_query(s, f, node->sql_body, false);
            return;
        }
        foreach (cell, castNode(List, node->sql_body))
            foreach (statement, castNode(List, lfirst(cell)))
                see_in_query(s, f, static_cast<Node *>(lfirst(statement)), false);
    } else if (body != nullptr && language != nullptr && strcmp(language, "sql") == 0) {
        foreach (cell, ::raw_parser(body, RAW_PARSE_DEFAULT)) {
            Node *one = lfirst_node(RawStmt, cell)->stmt;
            if (IsA(one, SelectStmt) || IsA(one, InsertStmt) || IsA(one, UpdateStmt) || IsA(one, DeleteStmt))
                see_in_query(s, f, one, true);
        }
        foreach (cell, f->seen)
            static_cast<Seen *>(lfirst(cell))->scanned = false;
    }
}

void create_statistics(Surveying *s, CreateStatsStmt *node)
{
    Finding *f = begin_finding(s, "CREATE_STATISTICS", node->defnames == NIL ? nullptr : ::NameListToString(node->defnames));
    ListCell *cell;
    foreach (cell, node->relations)
        if (IsA(lfirst(cell), RangeVar)) {
            Place table;
            see_named(s, f, lfirst_node(RangeVar, cell), Role::target, false, &table);
        }
}

}  // namespace

bool survey_create(Surveying *s, Node *node)
{
    switch (nodeTag(node)) {
    case T_CreateStmt:
        create_table(s, castNode(CreateStmt, node));
        return true;
    case T_CreateForeignTableStmt:
        create_table(s, &castNode(CreateForeignTableStmt, node)->base);
        return true;
    case T_CreateTableAsStmt: {
        auto *create = castNode(CreateTableAsStmt, node);
        create_table_as(s, create->into, create->query, create->objtype, create->if_not_exists);
        return true;
    }
    case T_SelectStmt:
        if (*into_of(castNode(SelectStmt, node)) == nullptr)
            return false;
        create_table_as(s, *into_of(castNode(SelectStmt, node)), node, OBJECT_TABLE, false);
        return true;
    case T_ViewStmt:
        create_view(s, castNode(ViewStmt, node));
        return true;
    case T_RefreshMatViewStmt:
        refresh(s, castNode(RefreshMatViewStmt, node));
        return true;
    case T_CreateSeqStmt: {
        auto *create = castNode(CreateSeqStmt, node);
        Finding *f = begin_finding(s, "CREATE_SEQUENCE", nullptr);
        if (see_new(s, f, create->sequence, RELKIND_SEQUENCE, create->if_not_exists, false))
            see_owner(s, f, create->options);
        return true;
    }
    case T_AlterSeqStmt: {
        auto *alter = castNode(AlterSeqStmt, node);
        Finding *f = begin_finding(s, "ALTER_SEQUENCE", nullptr);
        Place sequence;
        if (see_named(s, f, alter->sequence, Role::target, alter->missing_ok, &sequence))
            see_owner(s, f, alter->options);
        return true;
    }
    case T_CreateTrigStmt:
        create_trigger(s, castNode(CreateTrigStmt, node));
        return true;
    case T_RuleStmt:
        create_rule(s, castNode(RuleStmt, node));
        return true;
    case T_CreatePolicyStmt: {
        auto *create = castNode(CreatePolicyStmt, node);
        create_policy(s, begin_finding(s, "CREATE_POLICY", create->policy_name), create->table, create->qual, create->with_check);
        return true;
    }
    case T_AlterPolicyStmt: {
        auto *alter = castNode(AlterPolicyStmt, node);
        create_policy(s, begin_finding(s, "ALTER_POLICY", alter->policy_name), alter->table, alter->qual, alter->with_check);
        return true;
    }
    case T_CreateSchemaStmt: {
        auto *create = castNode(CreateSchemaStmt, node);
        begin_finding(s, "CREATE_SCHEMA", create->schemaname);
        ListCell *cell;
        foreach (cell, create->schemaElts)
            survey_node(s, static_cast<Node *>(lfirst(cell)));
        return true;
    }
    case T_CreateStatsStmt:
        create_statistics(s, castNode(CreateStatsStmt, node));
        return true;
    case T_CreateFunctionStmt:
        create_function(s, castNode(CreateFunctionStmt, node));
        return true;
    default:
        return false;
    }
}

}  // namespace hotswap::bridge
