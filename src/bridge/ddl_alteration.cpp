// ALTER and its kin about anything but the columns of a table: comments, owners, schemas, enums, sequences, domains, policies,
// grants, and rows that a script brings along. As written, under the lock policy where somebody could be in the way. See ddl.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/identifier.hpp"
#include "core/privileges_undo.hpp"

#include "bridge/ddl_reading.hpp"
#include "bridge/ddl_tokens.hpp"
#include "bridge/object_text.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"

extern "C" {
#include "catalog/objectaddress.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "commands/policy.h"
#include "commands/tablecmds.h"
#include "parser/parse_func.h"
#include "parser/parse_type.h"
}

namespace hotswap::bridge {

namespace {

using core::Change;

struct Found {
    Oid catalog, oid;
    int part;
    Oid relation;
};

Found find(ObjectType type, Node *object, RangeVar *relation_name, bool missing_ok)
{
    return guarded([=] {
        Relation relation = nullptr;
        const ObjectAddress address = relation_name != nullptr && object == nullptr
                                          ? ::get_object_address_rv(type, relation_name, NIL, &relation, AccessShareLock, missing_ok)
                                          : ::get_object_address(type, as_address(type, object), &relation, AccessShareLock, missing_ok);
        Found found = {address.classId, address.objectId, address.objectSubId, InvalidOid};
        if (relation != nullptr) {
            found.relation = RelationGetRelid(relation);
            ::relation_close(relation, NoLock);
        }
        return found;
    });
}

ObjectId id_of(const Found &found)
{
    return {found.catalog, found.oid, found.part};
}

char kind_of(Oid relation)
{
    return guarded([relation] { return ::get_rel_relkind(relation); });
}

std::string schema_of(Oid relation)
{
    return plain(guarded([relation] { return static_cast<const char *>(::get_namespace_name(::get_rel_namespace(relation))); }));
}

bool is_table(Oid relation)
{
    const char kind = kind_of(relation);
    return kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE;
}

// The relation the statement locks: the migration's own when it is a table, else one more to lock.
void lock_relation(Oid relation, const char *mode, core::Statement *statement, Change *change)
{
    change->lock_mode = mode;
    if (!is_table(relation)) {
        change->locks.push_back(relation_text(relation));
        return;
    }
    RangeVar *name = guarded([relation] {
        return ::makeRangeVar(::get_namespace_name(::get_rel_namespace(relation)), ::get_rel_name(relation), -1);
    });
    find_table(name, false, statement);
}

void read_comment(CommentStmt *node, const std::string &text, core::Statement *statement, Change *change)
{
    const Found found = find(node->objtype, node->object, nullptr, false);
    if (OidIsValid(found.relation))
        lock_relation(found.relation, "SHARE UPDATE EXCLUSIVE", statement, change);
    const std::string old = name_object(id_of(found)).comment;
    const std::size_t is = find_last_word(scan_tokens(text), "is");
    if (is != std::string::npos)
        change->undo = {text.substr(0, is) + "IS " + (old.empty() ? "NULL" : core::quote_literal(old))};
}

void read_owner(AlterOwnerStmt *node, Change *change)
{
    const Found found = find(node->objectType, node->object, node->relation, false);
    const ObjectName name = name_object(id_of(found));
    if (!name.owner.empty())
        change->undo = {"ALTER " + name.kind + " " + name.identity + " OWNER TO " + core::quote_identifier(name.owner)};
}

// "schema".rest -> rest
std::string without_schema(const std::string &identity)
{
    std::size_t at = 0;
    if (!identity.empty() && identity[0] == '"')
        for (at = 1; at < identity.size() && (identity[at] != '"' || (at + 1 < identity.size() && identity[at + 1] == '"'));)
            at += identity[at] == '"' ? 2 : 1;
    const std::size_t dot = identity.find('.', at);
    return dot == std::string::npos ? identity : identity.substr(dot + 1);
}

void read_schema(AlterObjectSchemaStmt *node, core::Statement *statement, Change *change)
{
    const Found found = find(actual_type(node->objectType, node->relation), node->object, node->relation, node->missing_ok);
    if (!OidIsValid(found.oid)) {
        change->is_noop = true;
        return;
    }
    if (OidIsValid(found.relation))
        lock_relation(found.relation, "ACCESS EXCLUSIVE", statement, change);
    const ObjectName name = name_object(id_of(found));
    if (name.schema.empty())
        return;
    change->undo = {"ALTER " + name.kind + " " + core::quote_identifier(node->newschema) + "." + without_schema(name.identity) + " SET SCHEMA " +
                    name.schema};
    change->warnings.push_back("clients that find " + name.identity + " by its schema or by their search_path fail from that moment on");
}

void read_enum(AlterEnumStmt *node, Change *change)
{
    List *names = node->typeName;
    const Oid type = guarded([names] { return ::typenameTypeId(nullptr, ::makeTypeNameFromNameList(names)); });
    const std::string name = type_text(type, -1);
    if (node->oldVal != nullptr) {
        change->title = "rename value " + core::quote_literal(node->oldVal) + " of type " + name;
        change->undo = {"ALTER TYPE " + name + " RENAME VALUE " + core::quote_literal(node->newVal) + " TO " + core::quote_literal(node->oldVal)};
        change->warnings.push_back("clients that still write " + core::quote_literal(node->oldVal) + " fail from the moment of the rename on");
        return;
    }
    change->title = "add value " + core::quote_literal(node->newVal) + " to type " + name;
    change->why_final = "a value cannot be taken out of an enum type";
    const Authority authority = Authority::of_store();
    Sql sql;
    const bool exists = !sql.run("SELECT 1 AS x FROM pg_enum WHERE enumtypid = $1::oid AND enumlabel = $2",
                                 {static_cast<std::int64_t>(type), std::string(node->newVal)})
                             .empty();
    if (exists && !node->skipIfNewValExists)
        throw core::Error("42710", "enum label \"" + plain(node->newVal) + "\" already exists", "", "Choose another value.");
    change->is_noop = exists;
}

void read_sequence(AlterSeqStmt *node, core::Statement *statement, Change *change)
{
    RangeVar *name = node->sequence;
    const bool missing_ok = node->missing_ok;
    const Oid sequence = guarded([=] { return ::RangeVarGetRelid(name, AccessShareLock, missing_ok); });
    if (!OidIsValid(sequence)) {
        change->is_noop = true;
        return;
    }
    // nextval holds ROW EXCLUSIVE on it to the end of its transaction: this waits for every one that drew a number.
    lock_relation(sequence, "SHARE ROW EXCLUSIVE", statement, change);
    ListCell *cell;
    foreach (cell, node->options)
        if (strcmp(lfirst_node(DefElem, cell)->defname, "restart") == 0) {
            change->why_final = "the value of the sequence is lost";
            return;
        }
    change->undo = {sequence_settings(sequence)};
}

void read_policy(AlterPolicyStmt *node, core::Statement *statement, Change *change)
{
    RangeVar *table = node->table;
    const char *name = node->policy_name;
    const Oid relation = guarded([table] { return ::RangeVarGetRelid(table, AccessShareLock, false); });
    const Oid policy = guarded([=] { return ::get_relation_policy_oid(relation, name, false); });
    lock_relation(relation, "ACCESS EXCLUSIVE", statement, change);
    change->undo = {"DROP POLICY IF EXISTS " + core::quote_identifier(name) + " ON " + relation_text(relation)};
    const std::vector<std::string> again = recreate({PolicyRelationId, policy});
    change->undo.insert(change->undo.end(), again.begin(), again.end());
}

void read_function(AlterFunctionStmt *node, Change *change)
{
    ObjectWithArgs *name = node->func;
    const ObjectType type = node->objtype;
    const Oid routine = guarded([=] { return ::LookupFuncWithArgs(type, name, false); });
    const std::vector<std::string> again = recreate({ProcedureRelationId, routine});
    if (!again.empty())
        change->undo = {again[0]};
}

constexpr const char *kStored =
    "WITH RECURSIVE types (oid) AS (SELECT $1::oid UNION SELECT y.oid FROM types t JOIN pg_type y ON y.typbasetype = t.oid OR (y.typelem = t.oid AND y.typcategory = 'A'))"
    " SELECT pg_describe_object('pg_class'::regclass, a.attrelid, a.attnum) AS words FROM types t JOIN pg_attribute a ON a.atttypid = t.oid AND NOT a.attisdropped"
    "  JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'm', 'p') ORDER BY 1 LIMIT 5";

void read_domain(AlterDomainStmt *node, Change *change)
{
    List *names = node->typeName;
    const Oid type = guarded([names] { return ::typenameTypeId(nullptr, ::makeTypeNameFromNameList(names)); });
    const bool scans = node->subtype == 'O' || node->subtype == 'V' ||
                       (node->subtype == 'C' && !castNode(Constraint, node->def)->skip_validation);
    if (scans) {
        const Authority authority = Authority::of_store();
        Sql sql;
        const Rows rows = sql.run(kStored, {static_cast<std::int64_t>(type)});
        std::string users;
        for (std::size_t i = 0; i < rows.size(); ++i)
            users += (users.empty() ? "" : ", ") + rows[i].text("words");
        if (!rows.empty())
            throw core::Error(core::sqlstate::kFeatureNotSupported, "cannot carry out this ALTER DOMAIN as an online migration",
                              "PostgreSQL would lock every table that stores the domain against writes and read it in full: " + users + ".",
                              "Add the constraint NOT VALID, which binds new values at once; or add a CHECK to these columns instead.");
    }
    if (node->subtype == 'C' && castNode(Constraint, node->def)->conname != nullptr)
        change->undo = {"ALTER DOMAIN " + type_text(type, -1) + " DROP CONSTRAINT IF EXISTS " +
                        core::quote_identifier(castNode(Constraint, node->def)->conname)};
}

const char *lock_text(LOCKMODE mode)
{
    return mode == ShareUpdateExclusiveLock ? "SHARE UPDATE EXCLUSIVE" : mode == ShareRowExclusiveLock ? "SHARE ROW EXCLUSIVE" : "ACCESS EXCLUSIVE";
}

// ALTER INDEX, VIEW, MATERIALIZED VIEW, SEQUENCE, FOREIGN TABLE, TYPE (composite).
void read_alter_relation(AlterTableStmt *node, Change *change)
{
    RangeVar *name = node->relation;
    const bool missing_ok = node->missing_ok;
    const Oid relation = guarded([=] { return ::RangeVarGetRelid(name, AccessShareLock, missing_ok); });
    if (!OidIsValid(relation)) {
        change->is_noop = true;
        return;
    }
    change->lock_mode = guarded([node] { return lock_text(::AlterTableGetLockLevel(node->cmds)); });
    change->locks.push_back(relation_text(relation));
    core::Statement target;
    target.relation_oid = relation;
    target.schema = schema_of(relation);
    target.relation = plain(guarded([relation] { return static_cast<const char *>(::get_rel_name(relation)); }));
    const bool is_type = node->objtype == OBJECT_TYPE;
    ListCell *cell;
    foreach (cell, node->cmds) {
        auto *command = lfirst_node(AlterTableCmd, cell);
        Change one;
        switch (command->subtype) {
        case AT_SetRelOptions:
        case AT_ResetRelOptions:
        case AT_SetOptions:
        case AT_ResetOptions:
            one.names = option_names(command->def);
            break;
        default:
            break;
        }
        if (!is_type)
            compose_undo(command, target, &one);
        else if (command->subtype == AT_AddColumn)
            one.undo = {"ALTER TYPE " + relation_text(relation) + " DROP ATTRIBUTE IF EXISTS " +
                        core::quote_identifier(castNode(ColumnDef, command->def)->colname)};
        if (command->subtype == AT_SetTableSpace && kind_of(relation) != RELKIND_VIEW)
            change->warnings.push_back(relation_text(relation) + " is copied to the other tablespace while nobody can use it");
        if (one.undo.empty()) {
            change->undo.clear();
            change->why_final = one.why_final;
            return;
        }
        change->undo.insert(change->undo.begin(), one.undo.begin(), one.undo.end());
    }
}

}  // namespace

bool read_alteration(Node *node, const std::string &text, core::Statement *statement, Change *change)
{
    switch (nodeTag(node)) {
    case T_CommentStmt:
        read_comment(castNode(CommentStmt, node), text, statement, change);
        return true;
    case T_AlterOwnerStmt:
        read_owner(castNode(AlterOwnerStmt, node), change);
        return true;
    case T_AlterObjectSchemaStmt:
        read_schema(castNode(AlterObjectSchemaStmt, node), statement, change);
        return true;
    case T_AlterEnumStmt:
        read_enum(castNode(AlterEnumStmt, node), change);
        return true;
    case T_AlterSeqStmt:
        read_sequence(castNode(AlterSeqStmt, node), statement, change);
        return true;
    case T_AlterPolicyStmt:
        read_policy(castNode(AlterPolicyStmt, node), statement, change);
        return true;
    case T_AlterFunctionStmt:
        read_function(castNode(AlterFunctionStmt, node), change);
        return true;
    case T_AlterDomainStmt:
        read_domain(castNode(AlterDomainStmt, node), change);
        return true;
    case T_AlterTableStmt:
        read_alter_relation(castNode(AlterTableStmt, node), change);
        return true;
    case T_InsertStmt:
        change->why_final = "hotswap does not know which rows were there before";
        return true;
    case T_GrantStmt:
        if (castNode(GrantStmt, node)->objtype == OBJECT_LARGEOBJECT || castNode(GrantStmt, node)->objtype == OBJECT_TABLESPACE ||
            castNode(GrantStmt, node)->objtype == OBJECT_PARAMETER_ACL)
            change->why_final = "hotswap does not look at privileges of that kind";
        else
            change->undo = {core::kUndoOfPrivileges};
        return true;
    case T_GrantRoleStmt:
        change->undo = {core::kUndoOfPrivileges};
        return true;
    case T_AlterDefaultPrivilegesStmt:
        change->why_final = "hotswap does not know which of these privileges were there before";
        return true;
    case T_AlterStatsStmt:
    case T_AlterPublicationStmt:
    case T_AlterExtensionStmt:
    case T_AlterExtensionContentsStmt:
    case T_AlterRoleStmt:
    case T_AlterRoleSetStmt:
    case T_AlterDatabaseSetStmt:
    case T_AlterEventTrigStmt:
    case T_AlterFdwStmt:
    case T_AlterForeignServerStmt:
    case T_AlterUserMappingStmt:
    case T_AlterOperatorStmt:
    case T_AlterTypeStmt:
    case T_AlterTSConfigurationStmt:
    case T_AlterTSDictionaryStmt:
    case T_AlterObjectDependsStmt:
        return true;
    default:
        return false;
    }
}

}  // namespace hotswap::bridge
