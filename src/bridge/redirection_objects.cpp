// See redirection.hpp. This file goes through statements on what is not a table: sequences, views, rules, functions, schemas.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/redirection.hpp"

#include "bridge/scratch_schemas.hpp"

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"
#include "bridge/utility_statement.hpp"

extern "C" {
#include "nodes/value.h"
}

namespace hotswap::bridge {

void Redirection::sequence_options(List *options)
{
    for (int i = 0; i < list_length(options); ++i) {
        auto *option = list_nth_node(DefElem, options, i);
        if (strcmp(option->defname, "owned_by") == 0 && list_length(castNode(List, option->arg)) > 1)
            option->arg = as_node(existing(castNode(List, option->arg), 1, Depth::shape));
    }
}

void Redirection::create_view(ViewStmt *statement)
{
    owner_ = 0;
    query(statement->query);
    fresh(statement->view);
}

void Redirection::create_policy(CreatePolicyStmt *statement)
{
    existing(statement->table, Depth::all);
    query(statement->qual);
    query(statement->with_check);
}

// Without the rows: what comes after needs the table only.
void Redirection::create_table_as(CreateTableAsStmt *statement)
{
    if (!IsA(statement->query, SelectStmt))
        refuse(as_node(statement));   // EXECUTE of a prepared statement
    owner_ = 0;
    query(statement->query);
    fresh(statement->into->rel);
    if (!is_for_run())
        return;
    was_query = !statement->into->skipData;
    statement->into->skipData = true;
}

void Redirection::create_composite(CompositeTypeStmt *statement)
{
    for (int i = 0; i < list_length(statement->coldeflist); ++i)
        column(list_nth_node(ColumnDef, statement->coldeflist, i));
    if (!is_for_run())
        return;
    const std::string scratch = schemas_.objects_of(statement->typevar->schemaname == nullptr ? creation_schema() : statement->typevar->schemaname);
    statement->typevar->schemaname = guarded([&scratch] { return ::pstrdup(scratch.c_str()); });
}

void Redirection::create_rule(RuleStmt *statement)
{
    existing(statement->relation, Depth::all);
    query(statement->whereClause);
    for (int i = 0; i < list_length(statement->actions); ++i)
        query(static_cast<Node *>(list_nth(statement->actions, i)));
}

void Redirection::create_function(CreateFunctionStmt *statement)
{
    if (!is_for_run()) {
        // The one that is replaced is the script's own, or the user's.
        if (list_length(statement->funcname) == 1) {
            char *schema = kept(creation_schema());
            List *name = statement->funcname;
            statement->funcname = guarded([=] { return list_make2(::makeString(schema), linitial(name)); });
        }
        function(&statement->funcname);
        return;
    }
    // A body that is parsed now may lock what it names; a library that is loaded stays.
    if (statement->sql_body != nullptr)
        refuse(as_node(statement));
    for (int i = 0; i < list_length(statement->options); ++i) {
        const auto *option = list_nth_node(DefElem, statement->options, i);
        if (strcmp(option->defname, "language") == 0 && (strcmp(strVal(option->arg), "c") == 0 || strcmp(strVal(option->arg), "internal") == 0))
            refuse(as_node(statement));
    }
    for (int i = 0; i < list_length(statement->parameters); ++i)
        type(list_nth_node(FunctionParameter, statement->parameters, i)->argType);
    if (statement->returnType != nullptr)
        type(statement->returnType);
    statement->funcname = fresh_object(statement->funcname);
}

void Redirection::create_schema(CreateSchemaStmt *statement)
{
    // The one of a rehearsal may really be made: it is found by search_path then, and others see nothing of it.
    if (statement->schemaElts != NIL)
        refuse(as_node(statement));
}

void Redirection::set_schema(AlterObjectSchemaStmt *statement)
{
    if (statement->relation == nullptr || statement->objectType == OBJECT_FOREIGN_TABLE)
        refuse(as_node(statement));
    existing(statement->relation, Depth::all);
    if (purpose_ == Purpose::looking || (schema_named(statement->newschema) == InvalidOid && !schemas_.find(statement->newschema)))
        return;
    statement->newschema = kept(schemas_.standing_for(statement->newschema));
}

void Redirection::reindex(ReindexStmt *statement)
{
    if (statement->relation == nullptr)
        refuse(as_node(statement));
    for (int i = list_length(statement->params) - 1; i >= 0 && is_for_run(); --i) {
        auto *option = list_nth_node(DefElem, statement->params, i);
        if (strcmp(option->defname, "concurrently") != 0)
            continue;
        statement->params = guarded([=] { return ::list_delete_nth_cell(statement->params, i); });
        was_concurrent = true;
    }
    existing(statement->relation, Depth::shape);
    if (!is_for_run())
        return;
    const CloneSet::Found found = clones_.find(schemas_.user_schema(statement->relation->schemaname == nullptr ? "" : statement->relation->schemaname).value_or(""), statement->relation->relname);
    const char kind = guarded([&found] { return found.oid == InvalidOid ? '\0' : ::get_rel_relkind(found.oid); });
    if (kind == RELKIND_PARTITIONED_TABLE || kind == RELKIND_PARTITIONED_INDEX)
        throw NotRehearsed{"it runs in a transaction for each partition"};
}

}  // namespace hotswap::bridge
