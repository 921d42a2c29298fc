// See redirection.hpp. This file goes through statements that a rehearsal for the analyzer does not run, but that a plan is made
// for in the state the statements before them leave: changes of rows, privileges, values of an enum.
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

// The table is among the names of the statement, and a name is replaced once only.
void Redirection::rows(RangeVar *table, Node *statement)
{
    if (is_for_run())
        refuse(statement);   // a change of rows leaves the definitions as they are
    RangeVar copy = *table;
    existing(&copy, Depth::all);
    query(statement);
}

void Redirection::grant(GrantStmt *statement)
{
    if (statement->targtype != ACL_TARGET_OBJECT || (statement->objtype != OBJECT_TABLE && statement->objtype != OBJECT_SEQUENCE))
        refuse(as_node(statement));
    for (int i = 0; i < list_length(statement->objects); ++i)
        existing(list_nth_node(RangeVar, statement->objects, i), Depth::shape);
}

// Only of a type that the script has made: the user's own is not touched.
void Redirection::enum_value(AlterEnumStmt *statement)
{
    const int length = list_length(statement->typeName);
    const std::string type = strVal(llast(statement->typeName));
    std::vector<std::string> places;
    if (length > 1)
        places.push_back(strVal(linitial(statement->typeName)));
    else
        for (const unsigned schema : schemas_in_path(false))
            places.push_back(name_of_schema(schema));
    for (const std::string &place : places) {
        const auto objects = schemas_.find_objects(place);
        const unsigned there = objects ? schema_named(*objects) : InvalidOid;
        const char *chars = type.c_str();
        if (there == InvalidOid || !guarded([chars, there] { return SearchSysCacheExists2(TYPENAMENSP, PointerGetDatum(chars), ObjectIdGetDatum(there)); }))
            continue;
        List *names = statement->typeName;
        char *schema = kept(*objects);
        statement->typeName = guarded([=] { return list_make2(::makeString(schema), llast(names)); });
        owner_ = 0;
        meets_script = true;
        return;
    }
    if (is_for_run())
        refuse(as_node(statement));
}

void Redirection::other(Node *statement)
{
    switch (nodeTag(statement)) {
    case T_InsertStmt:
        rows(castNode(InsertStmt, statement)->relation, statement);
        return;
    case T_UpdateStmt:
        rows(castNode(UpdateStmt, statement)->relation, statement);
        return;
    case T_DeleteStmt:
        rows(castNode(DeleteStmt, statement)->relation, statement);
        return;
    case T_GrantStmt:
        grant(castNode(GrantStmt, statement));
        return;
    case T_AlterEnumStmt:
        enum_value(castNode(AlterEnumStmt, statement));
        return;
    case T_TruncateStmt:
        if (is_for_run())
            refuse(statement);
        for (int i = 0; i < list_length(castNode(TruncateStmt, statement)->relations); ++i)
            existing(list_nth_node(RangeVar, castNode(TruncateStmt, statement)->relations, i), Depth::shape);
        return;
    case T_RefreshMatViewStmt:
        if (is_for_run())
            refuse(statement);
        existing(castNode(RefreshMatViewStmt, statement)->relation, Depth::shape);
        return;
    default:
        refuse(statement);
    }
}

}  // namespace hotswap::bridge
