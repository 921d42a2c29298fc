// See redirection.hpp. This file replaces names.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/redirection.hpp"

#include <set>

#include "bridge/clone_reading.hpp"
#include "bridge/scratch_schemas.hpp"
#include "core/identifier.hpp"

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"

extern "C" {
#include "catalog/pg_statistic_ext.h"
#include "nodes/value.h"
}
#include "bridge/utility_statement.hpp"

namespace hotswap::bridge {

namespace {


std::string text_or_empty(const char *chars)
{
    return chars == nullptr ? "" : chars;
}

bool type_exists(const std::string &name, unsigned schema)
{
    const char *chars = name.c_str();
    return schema != InvalidOid && guarded([chars, schema] {
               return SearchSysCacheExists2(TYPENAMENSP, PointerGetDatum(chars), ObjectIdGetDatum(schema));
           });
}

bool type_is_visible(const std::string &name)
{
    const char *chars = name.c_str();
    return guarded([chars] { return OidIsValid(::TypenameGetTypid(chars)); });
}

// Whatever its arguments.
bool exists_function(List *name)
{
    return guarded([name] { return compat_function_candidates(name) != nullptr; });
}

}  // namespace

std::string Redirection::creation_schema() const
{
    const std::vector<unsigned> path = schemas_in_path(false);
    if (path.empty())
        throw NotRehearsed{"no schema of search_path exists"};
    const std::string first = name_of_schema(path.front()), schema = schemas_.user_schema(first).value_or(first);
    if (schema == "pg_catalog" || schema.rfind("pg_temp", 0) == 0)
        throw NotRehearsed{"new objects would go to " + schema};
    return schema;
}

void Redirection::existing(RangeVar *name, Depth depth, const Columns &about)
{
    if (name->catalogname != nullptr || name->relpersistence == RELPERSISTENCE_TEMP)
        throw NotRehearsed{"\"" + std::string(name->relname) + "\" is in another database, or temporary"};
    const std::string schema = text_or_empty(name->schemaname);
    const CloneSet::Found found = clones_.find(schema, name->relname);
    look_at(found, name);
    if (purpose_ == Purpose::looking)
        return;
    if (found.original != 0 && purpose_ == Purpose::reading && !owner_)
        clones_.need(found.original, Depth::all);
    else if (found.original != 0)
        clones_.need(found.original, depth, about);
    if (!owner_)
        owner_ = found.original == 0 ? 0 : original_facts(found.original).owner;
    // A name that leads nowhere keeps its place in the server's message. But where the script has dropped or renamed a table, the
    // user's is still there.
    if (found.oid == 0 && being_made_ != nullptr && being_made_->schemaname != nullptr && strcmp(being_made_->relname, name->relname) == 0 &&
        (schema.empty() || schemas_.user_schema(being_made_->schemaname) == schema)) {
        name->schemaname = being_made_->schemaname;
        return;
    }
    if (found.oid == 0 && !guarded([name] { return OidIsValid(RangeVarGetRelid(name, NoLock, true)); }))
        return;
    const std::string place = found.oid != 0 ? found.schema : schema.empty() ? creation_schema() : schema;
    name->schemaname = kept(schemas_.standing_for(place));
}

void Redirection::look_at(const CloneSet::Found &found, RangeVar *name)
{
    if (found.original != 0)
        reached.insert(found.original);
    else if (found.oid != 0 || guarded([name] { return OidIsValid(RangeVarGetRelid(name, NoLock, true)); }))
        meets_script = true;
}

// Of the user's table: what the script has made itself drags nothing along.
std::set<std::string> Redirection::columns_of_constraint(RangeVar *table, const std::string &name)
{
    const CloneSet::Found found = clones_.find(text_or_empty(table->schemaname), table->relname);
    if (found.original != 0)
        for (const OriginalConstraint &constraint : constraints_of(found.original))
            if (constraint.name == name)
                return constraint.columns;
    return {};
}

List *Redirection::existing(List *names, int below, Depth depth)
{
    const int length = list_length(names);
    if (length <= below)
        throw NotRehearsed{"a name has too few parts"};
    RangeVar *relation = guarded([=] { return ::makeRangeVarFromNameList(::list_truncate(::list_copy(names), length - below)); });
    existing(relation, depth);
    return guarded([=] {
        List *result = relation->schemaname == nullptr ? NIL : list_make1(::makeString(relation->schemaname));
        result = lappend(result, ::makeString(relation->relname));
        for (int i = length - below; i < length; ++i)
            result = lappend(result, list_nth(names, i));
        return result;
    });
}

void Redirection::fresh(RangeVar *name)
{
    if (name->catalogname != nullptr || name->relpersistence == RELPERSISTENCE_TEMP)
        throw NotRehearsed{"\"" + std::string(name->relname) + "\" is in another database, or temporary"};
    const std::string schema = name->schemaname == nullptr ? creation_schema() : name->schemaname;
    if (schema == "information_schema" || schema == "hotswap" || schema.rfind("pg_", 0) == 0)
        throw NotRehearsed{"nothing is made in schema " + schema};
    if (purpose_ == Purpose::looking) {
        look_at(clones_.find(schema, name->relname), name);
        return;
    }
    if (schema_named(schema) == InvalidOid && !schemas_.find(schema))
        return;
    name->schemaname = kept(schemas_.standing_for(schema));
    fresh_beside(name, name->relname);
}

// A name that is taken must be taken among the clones, too.
void Redirection::fresh_beside(const RangeVar *table, const char *name)
{
    if (table->schemaname == nullptr)
        return;
    const auto schema = schemas_.user_schema(table->schemaname);
    if (!schema)
        return;
    const CloneSet::Found found = clones_.find(*schema, name);
    if (found.oid != 0 && !found.cloned)
        clones_.need(found.original, Depth::shape);
}

List *Redirection::fresh_object(List *names, bool is_in_path)
{
    const int length = list_length(names);
    if (length > 2)
        throw NotRehearsed{"a name has too many parts"};
    if (!is_for_run())
        return names;
    const std::string schema = length == 2 ? strVal(linitial(names)) : creation_schema();
    char *scratch = kept(is_in_path ? schemas_.objects_of(schema) : schemas_.standing_for(schema));
    return guarded([=] { return list_make2(::makeString(scratch), llast(names)); });
}

// Extended statistics, by way of their table.
List *Redirection::statistics(List *names)
{
    const Oid found = guarded([names] { return ::get_statistics_object_oid(names, true); });
    struct Place {
        Oid table, schema;
    };
    const Place place = guarded([found] {
        Place p = {InvalidOid, InvalidOid};
        HeapTuple tuple = OidIsValid(found) ? ::SearchSysCache1(STATEXTOID, ObjectIdGetDatum(found)) : nullptr;
        if (HeapTupleIsValid(tuple)) {
            const auto *form = reinterpret_cast<Form_pg_statistic_ext>(GETSTRUCT(tuple));
            p = {form->stxrelid, form->stxnamespace};
            ::ReleaseSysCache(tuple);
        }
        return p;
    });
    if (place.table == InvalidOid)
        return fresh_object(names, false);   // of the script, or of nobody
    if (purpose_ == Purpose::looking) {
        reached.insert(place.table);
        return names;
    }
    if (const std::string schema = name_of_schema(place.schema); !schemas_.user_schema(schema)) {
        clones_.need(place.table, Depth::all);
        char *scratch = kept(schemas_.standing_for(schema));
        return guarded([=] { return list_make2(::makeString(scratch), llast(names)); });
    }
    return names;
}

std::string Redirection::objects_with(const std::string &schema, const std::string &type) const
{
    if (schema.empty()) {
        for (const unsigned one : schemas_in_path(false))
            if (const std::string found = objects_with(name_of_schema(one), type); !found.empty())
                return found;
        return "";
    }
    const auto objects = schemas_.find_objects(schema);
    return objects && type_exists(type, schema_named(*objects)) ? *objects : "";
}

// A type that the script made is in a schema of ours: a name without schema finds it by search_path, but for the row types of
// new tables; and who only looks does so under the user's search_path.
void Redirection::type(TypeName *name)
{
    if (list_length(name->names) < 1 || list_length(name->names) > 2)
        return;
    const bool is_qualified = list_length(name->names) == 2;
    const std::string schema = is_qualified ? strVal(linitial(name->names)) : "", type = strVal(llast(name->names));
    if (is_qualified ? type_exists(type, schema_named(schema)) : type_is_visible(type))
        return;
    std::string place;
    if (is_qualified || purpose_ == Purpose::looking)
        place = objects_with(schema, type);
    meets_type = meets_type || !place.empty();
    if (place.empty()) {
        const CloneSet::Found row = clones_.find(schema, type);
        if (!row.cloned)
            return;
        place = schemas_.standing_for(row.schema);
    }
    meets_script = true;
    char *scratch = kept(place);
    List *names = name->names;
    name->names = guarded([=] { return list_make2(::makeString(scratch), llast(names)); });
}

void Redirection::function(List **name)
{
    if (list_length(*name) != 2)
        return;
    const auto scratch = schemas_.find_objects(strVal(linitial(*name)));
    if (!scratch)
        return;
    List *names = *name;
    char *schema = kept(*scratch);
    List *ours = guarded([=] { return list_make2(::makeString(schema), lsecond(names)); });
    if (exists_function(ours))   // CREATE OR REPLACE of the user's makes one of ours, too
        *name = ours;
}

// 'schema.sequence', to be read as a name when the statement runs.
void Redirection::sequence(Node *argument)
{
    if (IsA(argument, TypeCast))
        argument = castNode(TypeCast, argument)->arg;
    char **text = IsA(argument, A_Const) ? compat_string_of(castNode(A_Const, argument)) : nullptr;
    if (text == nullptr)
        return;
    const char *chars = *text;
    RangeVar *name = guarded([chars] { return ::makeRangeVarFromNameList(compat_name_list(chars)); });
    const CloneSet::Found found = clones_.find(text_or_empty(name->schemaname), name->relname);
    if (found.oid != 0)
        look_at(found, name);
    if (found.cloned)
        *text = kept(core::qualified(schemas_.standing_for(found.schema), name->relname));
}

void Redirection::expression(Node *node)
{
    if (node == nullptr)
        return;
    for (Node *found : nodes_in(node, T_TypeName))
        type(castNode(TypeName, found));
    for (Node *found : nodes_in(node, T_FuncCall)) {
        auto *call = castNode(FuncCall, found);
        const char *name = strVal(llast(call->funcname));
        if (call->args != NIL && (strcmp(name, "nextval") == 0 || strcmp(name, "currval") == 0 || strcmp(name, "setval") == 0))
            sequence(static_cast<Node *>(linitial(call->args)));
        function(&call->funcname);
    }
}

void Redirection::query(Node *node)
{
    if (node == nullptr)
        return;
    expression(node);
    std::set<std::string> common;
    for (Node *found : nodes_in(node, T_CommonTableExpr))
        common.insert(castNode(CommonTableExpr, found)->ctename);
    for (Node *found : nodes_in(node, T_RangeVar)) {
        auto *name = castNode(RangeVar, found);
        const CloneSet::Found relation = clones_.find(text_or_empty(name->schemaname), name->relname);
        if (relation.oid == 0 || relation.schema == "pg_catalog" || relation.schema == "information_schema")
            continue;
        if (name->schemaname == nullptr && common.count(name->relname) != 0)
            throw NotRehearsed{"\"" + std::string(name->relname) + "\" is a relation and a common table expression"};
        existing(name, Depth::shape);
    }
}

}  // namespace hotswap::bridge
