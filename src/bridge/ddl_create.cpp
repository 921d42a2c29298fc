// CREATE of anything but an index. It is carried out as written; what matters is which relations that are there already it
// locks, and what takes it back. See ddl.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/identifier.hpp"

#include "bridge/ddl_reading.hpp"
#include "bridge/ddl_partition.hpp"
#include "bridge/object_text.hpp"

extern "C" {
#include "catalog/objectaddress.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_trigger.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "commands/trigger.h"
}

namespace hotswap::bridge {

namespace {

using core::Change;

// Looking for the place of something temporary would make the session's temporary schema: it is refused before.
bool is_temporary(const char *schema)
{
    return schema != nullptr && strcmp(schema, "pg_temp") == 0;
}

// Where a new relation or object of that name will be.
std::string new_relation(RangeVar *name)
{
    if (name->relpersistence == RELPERSISTENCE_TEMP || is_temporary(name->schemaname))
        return "";
    const char *schema = guarded([name] { return static_cast<const char *>(::get_namespace_name(::RangeVarGetCreationNamespace(name))); });
    return core::qualified(schema, name->relname);
}

void refuse_temporary(const char *schema)
{
    if (is_temporary(schema))
        refuse(-1, "CREATE in the temporary schema", "It lives in the session that makes it; run the statement there.");
}

std::string new_object(List *names)
{
    refuse_temporary(list_length(names) == 2 ? strVal(linitial(names)) : nullptr);
    struct Name {
        const char *schema;
        char *name;
    };
    const Name found = guarded([names] {
        Name n = {};
        n.schema = ::get_namespace_name(::QualifiedNameGetCreationNamespace(names, &n.name));
        return n;
    });
    return core::qualified(found.schema, found.name);
}

bool relation_exists(RangeVar *name)
{
    return guarded([name] {
        const Oid schema = ::RangeVarGetCreationNamespace(name);
        return OidIsValid(::get_relname_relid(name->relname, schema));
    });
}

void add_lock(Change *change, const std::string &relation, const char *mode)
{
    if (relation.empty())
        return;
    if (change->lock_mode != "ACCESS EXCLUSIVE")
        change->lock_mode = mode;
    for (const std::string &known : change->locks)
        if (known == relation)
            return;
    change->locks.push_back(relation);
}

void add_references(List *constraints, Change *change)
{
    ListCell *cell;
    foreach (cell, constraints) {
        Node *node = static_cast<Node *>(lfirst(cell));
        if (IsA(node, ColumnDef))
            add_references(castNode(ColumnDef, node)->constraints, change);
        if (IsA(node, Constraint) && castNode(Constraint, node)->contype == CONSTR_FOREIGN)
            add_lock(change, relation_text(castNode(Constraint, node)->pktable), "SHARE ROW EXCLUSIVE");
    }
}

void exists_already(Change *change, RangeVar *name, bool if_not_exists)
{
    if (!relation_exists(name))
        return;
    if (!if_not_exists)
        throw core::Error("42P07", "relation \"" + plain(name->relname) + "\" already exists", "", "Choose another name.", position_of(name->location));
    change->is_noop = true;
}

void read_create_table(CreateStmt *node, const std::string &text, core::Statement *statement, Change *change)
{
    const std::string table = new_relation(node->relation);
    if (table.empty())
        refuse(node->relation->location, "CREATE of a temporary table", "It lives in the session that makes it; run the statement there.");
    exists_already(change, node->relation, node->if_not_exists);
    add_references(node->tableElts, change);
    change->undo = {"DROP TABLE IF EXISTS " + table};
    if (node->partbound != nullptr) {
        read_partition_of(node, table, text, statement, change);
        return;
    }
    ListCell *cell;
    if (node->inhRelations != NIL && change->locks.empty())
        foreach (cell, node->inhRelations)
            add_lock(change, relation_text(lfirst_node(RangeVar, cell)), "SHARE UPDATE EXCLUSIVE");
}

std::string argument_types(List *parameters)
{
    std::string types;
    ListCell *cell;
    foreach (cell, parameters) {
        auto *parameter = lfirst_node(FunctionParameter, cell);
        if (parameter->mode == FUNC_PARAM_OUT || parameter->mode == FUNC_PARAM_TABLE)
            continue;
        TypeName *type = parameter->argType;
        const Oid oid = guarded([type] { return ::typenameTypeId(nullptr, type); });
        types += (types.empty() ? "" : ", ") + type_text(oid, -1);
    }
    return types;
}

// A routine of that name and these arguments, if there is one.
Oid find_routine(List *name, List *parameters)
{
    return guarded([=] {
        Oid types[FUNC_MAX_ARGS];
        int count = 0;
        ListCell *cell;
        foreach (cell, parameters) {
            auto *parameter = lfirst_node(FunctionParameter, cell);
            if (parameter->mode == FUNC_PARAM_OUT || parameter->mode == FUNC_PARAM_TABLE || count == FUNC_MAX_ARGS)
                continue;
            types[count++] = ::typenameTypeId(nullptr, parameter->argType);
        }
        char *plain_name;
        const Oid schema = ::QualifiedNameGetCreationNamespace(name, &plain_name);
        return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, PointerGetDatum(plain_name), PointerGetDatum(::buildoidvector(types, count)),
                               ObjectIdGetDatum(schema));
    });
}

void read_function(CreateFunctionStmt *node, Change *change)
{
    refuse_temporary(list_length(node->funcname) == 2 ? strVal(linitial(node->funcname)) : nullptr);
    const Oid old = find_routine(node->funcname, node->parameters);
    if (OidIsValid(old) && node->replace) {
        change->undo = recreate({ProcedureRelationId, old});
        return;
    }
    change->undo = {std::string("DROP ") + (node->is_procedure ? "PROCEDURE" : "FUNCTION") + " IF EXISTS " + new_object(node->funcname) + "(" +
                    argument_types(node->parameters) + ")"};
}

void read_view(ViewStmt *node, Change *change)
{
    const std::string view = new_relation(node->view);
    if (view.empty())
        refuse(node->view->location, "CREATE of a temporary view", "It lives in the session that makes it; run the statement there.");
    if (!relation_exists(node->view)) {
        change->undo = {"DROP VIEW IF EXISTS " + view};
        return;
    }
    if (!node->replace)
        exists_already(change, node->view, false);
    add_lock(change, view, "ACCESS EXCLUSIVE");
    RangeVar *name = node->view;
    const Oid oid = guarded([name] { return ::get_relname_relid(name->relname, ::RangeVarGetCreationNamespace(name)); });
    const ObjectId object = {RelationRelationId, oid};
    std::vector<std::string> again = recreate(object);
    if (again.empty())
        return;
    if (!dependents_of(object).empty()) {
        // It cannot go: what it was is put back in place, which the server allows as long as its columns are the same.
        again[0].replace(0, sizeof("CREATE") - 1, "CREATE OR REPLACE");
        change->undo = {again[0]};
        return;
    }
    change->undo = {"DROP VIEW IF EXISTS " + view};
    change->undo.insert(change->undo.end(), again.begin(), again.end());
}

void on_table(RangeVar *table, const char *mode, core::Statement *statement, Change *change)
{
    const char kind = guarded([table] {
        const Oid oid = ::RangeVarGetRelid(table, AccessShareLock, false);
        return ::get_rel_relkind(oid);
    });
    if ((kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE) && find_table(table, false, statement))
        change->lock_mode = mode;
    else
        add_lock(change, relation_text(table), mode);
}

void read_trigger(CreateTrigStmt *node, core::Statement *statement, Change *change)
{
    on_table(node->relation, "SHARE ROW EXCLUSIVE", statement, change);
    if (node->constrrel != nullptr)
        add_lock(change, relation_text(node->constrrel), "SHARE ROW EXCLUSIVE");
    const std::string table = relation_text(node->relation);
    change->undo = {"DROP TRIGGER IF EXISTS " + core::quote_identifier(node->trigname) + " ON " + table};
    if (!node->replace)
        return;
    const char *name = node->trigname;
    RangeVar *relation = node->relation;
    const Oid old = guarded([=] { return ::get_trigger_oid(::RangeVarGetRelid(relation, NoLock, false), name, true); });
    if (OidIsValid(old)) {
        const std::vector<std::string> again = recreate({TriggerRelationId, old});
        change->undo.insert(change->undo.end(), again.begin(), again.end());
    }
}

void read_rule(RuleStmt *node, core::Statement *statement, Change *change)
{
    on_table(node->relation, "ACCESS EXCLUSIVE", statement, change);
    const std::string table = relation_text(node->relation);
    change->undo = {"DROP RULE IF EXISTS " + core::quote_identifier(node->rulename) + " ON " + table};
    const char *name = node->rulename;
    RangeVar *relation = node->relation;
    const Oid old = guarded([=] {
        return GetSysCacheOid2(RULERELNAME, Anum_pg_rewrite_oid, ObjectIdGetDatum(::RangeVarGetRelid(relation, NoLock, false)), PointerGetDatum(name));
    });
    if (OidIsValid(old)) {
        const std::vector<std::string> again = recreate({RewriteRelationId, old});
        change->undo.insert(change->undo.end(), again.begin(), again.end());
    }
}

std::string drop_of(const char *kind, const std::string &name)
{
    return std::string("DROP ") + kind + " IF EXISTS " + name;
}

void read_table_as(CreateTableAsStmt *node, Change *change)
{
    const std::string name = new_relation(node->into->rel);
    if (name.empty() || node->is_select_into)
        refuse(node->into->rel->location, node->is_select_into ? "SELECT INTO" : "CREATE of a temporary table", node->is_select_into ? "Write CREATE TABLE ... AS." : "Run it in the session that needs it.");
    exists_already(change, node->into->rel, node->if_not_exists);
    change->undo = {drop_of(node->objtype == OBJECT_MATVIEW ? "MATERIALIZED VIEW" : "TABLE", name)};
}

void read_publication(CreatePublicationStmt *node, Change *change)
{
    change->undo = {drop_of("PUBLICATION", core::quote_identifier(node->pubname))};
    for (const std::string &relation : published_relations(node))
        add_lock(change, relation, "SHARE UPDATE EXCLUSIVE");
}

}  // namespace

bool read_create(Node *node, const std::string &text, core::Statement *statement, Change *change)
{
    switch (nodeTag(node)) {
    case T_CreateStmt:
        read_create_table(castNode(CreateStmt, node), text, statement, change);
        return true;
    case T_CreateTableAsStmt:
        read_table_as(castNode(CreateTableAsStmt, node), change);
        return true;
    case T_CreateFunctionStmt:
        read_function(castNode(CreateFunctionStmt, node), change);
        return true;
    case T_ViewStmt:
        read_view(castNode(ViewStmt, node), change);
        return true;
    case T_CreateTrigStmt:
        read_trigger(castNode(CreateTrigStmt, node), statement, change);
        return true;
    case T_RuleStmt:
        read_rule(castNode(RuleStmt, node), statement, change);
        return true;
    case T_CreatePolicyStmt: {
        auto *policy = castNode(CreatePolicyStmt, node);
        on_table(policy->table, "ACCESS EXCLUSIVE", statement, change);
        change->undo = {drop_of("POLICY", core::quote_identifier(policy->policy_name) + " ON " + relation_text(policy->table))};
        return true;
    }
    case T_CreateSeqStmt: {
        auto *sequence = castNode(CreateSeqStmt, node);
        const std::string name = new_relation(sequence->sequence);
        if (name.empty())
            refuse(sequence->sequence->location, "CREATE of a temporary sequence", "It lives in the session that makes it; run the statement there.");
        exists_already(change, sequence->sequence, sequence->if_not_exists);
        change->undo = {drop_of("SEQUENCE", name)};
        return true;
    }
    case T_CompositeTypeStmt:
        refuse_temporary(castNode(CompositeTypeStmt, node)->typevar->schemaname);
        change->undo = {drop_of("TYPE", new_relation(castNode(CompositeTypeStmt, node)->typevar))};
        return true;
    case T_CreateEnumStmt:
        change->undo = {drop_of("TYPE", new_object(castNode(CreateEnumStmt, node)->typeName))};
        return true;
    case T_CreateRangeStmt:
        change->undo = {drop_of("TYPE", new_object(castNode(CreateRangeStmt, node)->typeName))};
        return true;
    case T_CreateDomainStmt:
        change->undo = {drop_of("DOMAIN", new_object(castNode(CreateDomainStmt, node)->domainname))};
        return true;
    case T_CreateSchemaStmt: {
        auto *schema = castNode(CreateSchemaStmt, node);
        if (schema->schemaname != nullptr && schema->schemaElts == NIL) {
            const char *name = schema->schemaname;
            const bool exists = guarded([name] { return OidIsValid(::get_namespace_oid(name, true)); });
            change->is_noop = exists && schema->if_not_exists;
            change->undo = {drop_of("SCHEMA", core::quote_identifier(name))};
        }
        return true;
    }
    case T_CreateExtensionStmt: {
        auto *extension = castNode(CreateExtensionStmt, node);
        const char *name = extension->extname;
        change->is_noop = extension->if_not_exists && guarded([name] { return OidIsValid(::get_extension_oid(name, true)); });
        change->undo = {drop_of("EXTENSION", core::quote_identifier(name))};
        return true;
    }
    case T_CreateStatsStmt: {
        auto *statistics = castNode(CreateStatsStmt, node);
        if (statistics->defnames != NIL)
            change->undo = {drop_of("STATISTICS", new_object(statistics->defnames))};
        else
            change->why_final = "the server chooses its name when it runs";
        return true;
    }
    case T_CreatePublicationStmt:
        read_publication(castNode(CreatePublicationStmt, node), change);
        return true;
    case T_DefineStmt:
    case T_CreateCastStmt:
    case T_CreateConversionStmt:
    case T_CreateTransformStmt:
    case T_CreateOpClassStmt:
    case T_CreateOpFamilyStmt:
    case T_CreateFdwStmt:
    case T_CreateForeignServerStmt:
    case T_CreateForeignTableStmt:
    case T_CreateUserMappingStmt:
    case T_CreateRoleStmt:
    case T_CreatePLangStmt:
    case T_CreateEventTrigStmt:
    case T_CreateAmStmt:
        return true;
    default:
        return false;
    }
}

}  // namespace hotswap::bridge
