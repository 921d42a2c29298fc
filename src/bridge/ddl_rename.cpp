// Renames. See ddl.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/identifier.hpp"

#include "bridge/ddl_reading.hpp"
#include "bridge/object_text.hpp"

extern "C" {
#include "catalog/objectaddress.h"
#include "catalog/index.h"
}

namespace hotswap::bridge {

namespace {

std::string schema_of(RangeVar *name)
{
    return guarded([name] { return static_cast<const char *>(::get_namespace_name(::get_rel_namespace(::RangeVarGetRelid(name, NoLock, false)))); });
}

// The table whose constraint, trigger or index is renamed. False when IF EXISTS found none.
bool find_renamed_table(RenameStmt *node, core::Statement *statement)
{
    if (node->renameType != OBJECT_INDEX)
        return find_table(node->relation, node->missing_ok, statement);
    RangeVar *name = node->relation;
    const bool missing_ok = node->missing_ok;
    const char *const *names = guarded([=]() -> const char *const * {
        const Oid index = ::RangeVarGetRelid(name, AccessShareLock, missing_ok);
        if (!OidIsValid(index) || ::get_rel_relkind(index) != RELKIND_INDEX)
            return nullptr;
        const Oid table = ::IndexGetRelation(index, false);
        auto **result = static_cast<const char **>(::palloc(2 * sizeof(char *)));
        result[0] = ::get_namespace_name(::get_rel_namespace(table));
        result[1] = ::get_rel_name(table);
        return result;
    });
    if (names == nullptr) {
        if (missing_ok)
            return false;
        refuse(name->location, "this rename", "Only ordinary indexes can be renamed this way.");
    }
    RangeVar *table = guarded([=] { return ::makeRangeVar(pstrdup(names[0]), pstrdup(names[1]), name->location); });
    return find_table(table, false, statement);
}

std::string rename_to(const RenameStmt *node)
{
    return " RENAME TO " + core::quote_identifier(node->subname);
}

// A constraint, trigger, rule, policy or index of a table.
bool read_part_of_table(RenameStmt *node, core::Statement *statement, core::Change *change)
{
    if (!find_renamed_table(node, statement))
        return false;
    // Renaming an index locks it for a moment, and in nobody's way.
    change->lock_mode = node->renameType == OBJECT_INDEX ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE";
    const std::string table = core::qualified(statement->schema, statement->relation), name = core::quote_identifier(node->newname);
    switch (node->renameType) {
    case OBJECT_INDEX:
        change->undo = {"ALTER INDEX " + core::quote_identifier(schema_of(node->relation)) + "." + name + " RENAME TO " +
                        core::quote_identifier(node->relation->relname)};
        break;
    case OBJECT_TABCONSTRAINT:
        change->undo = {"ALTER TABLE " + table + " RENAME CONSTRAINT " + name + " TO " + core::quote_identifier(node->subname)};
        break;
    default:
        change->undo = {std::string("ALTER ") + (node->renameType == OBJECT_TRIGGER ? "TRIGGER " : node->renameType == OBJECT_RULE ? "RULE " : "POLICY ") + name + " ON " +
                        table + rename_to(node)};
    }
    return true;
}

// A relation that is no table, or a column of one.
bool read_relation_rename(RenameStmt *node, core::Statement *statement, core::Change *change)
{
    (void)statement;
    RangeVar *name = node->relation;
    const bool missing_ok = node->missing_ok;
    const Oid relation = guarded([=] { return ::RangeVarGetRelid(name, AccessShareLock, missing_ok); });
    if (!OidIsValid(relation))
        return false;
    const ObjectName object = name_object({RelationRelationId, relation});
    change->lock_mode = "ACCESS EXCLUSIVE";
    change->locks = {relation_text(relation)};
    if (node->renameType == OBJECT_COLUMN)
        change->undo = {"ALTER " + object.kind + " " + object.identity + " RENAME COLUMN " + core::quote_identifier(node->newname) + " TO " +
                        core::quote_identifier(node->subname)};
    else
        change->undo = {"ALTER " + object.kind + " " + object.schema + "." + core::quote_identifier(node->newname) + " RENAME TO " +
                        core::quote_identifier(name->relname)};
    change->warnings.push_back("clients that use the former name fail from the moment of the rename on");
    return true;
}

// Types, schemas, functions and the like, which nobody locks.
bool read_object_rename(RenameStmt *node, core::Change *change)
{
    const ObjectType type = node->renameType;
    Node *object = type == OBJECT_SCHEMA ? nullptr : node->object;
    if (type == OBJECT_SCHEMA) {
        change->undo = {"ALTER SCHEMA " + core::quote_identifier(node->newname) + rename_to(node)};
        change->warnings.push_back("clients that name the schema, or have it in their search_path, fail from the moment of the rename on");
        return true;
    }
    if (object == nullptr || type == OBJECT_DOMCONSTRAINT || type == OBJECT_ATTRIBUTE)
        return true;
    const bool missing_ok = node->missing_ok;
    const ObjectId found = guarded([=] {
        Relation relation = nullptr;
        const ObjectAddress address = ::get_object_address(type, as_address(type, object), &relation, AccessShareLock, missing_ok);
        return ObjectId{address.classId, address.objectId, address.objectSubId};
    });
    if (found.oid == 0)
        return false;
    const ObjectName name = name_object(found);
    const std::size_t arguments = name.identity.find('(');
    const std::string tail = arguments == std::string::npos ? "" : name.identity.substr(arguments);
    const std::size_t prefix = name.schema.empty() ? 0 : name.schema.size() + 1;
    std::string former = name.identity.substr(prefix, name.identity.size() - prefix - tail.size());
    change->undo = {"ALTER " + name.kind + " " + (name.schema.empty() ? "" : name.schema + ".") + core::quote_identifier(node->newname) + tail + " RENAME TO " + former};
    change->warnings.push_back("clients that use the former name fail from the moment of the rename on");
    return true;
}

bool read_other_rename(RenameStmt *node, int location, core::Statement *statement, core::Change *change)
{
    switch (node->renameType) {
    case OBJECT_INDEX:
    case OBJECT_TABCONSTRAINT:
    case OBJECT_TRIGGER:
    case OBJECT_RULE:
    case OBJECT_POLICY:
        return read_part_of_table(node, statement, change);
    case OBJECT_SEQUENCE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
    case OBJECT_FOREIGN_TABLE:
    case OBJECT_COLUMN:
        return read_relation_rename(node, statement, change);
    case OBJECT_ROLE:
    case OBJECT_DATABASE:
    case OBJECT_TABLESPACE:
        refuse(location, "this rename", "It is not about this database alone; run it by itself.");
    default:
        return read_object_rename(node, change);
    }
}

}  // namespace

void read_rename(RenameStmt *node, const std::string &text, int location, core::Statement *statement)
{
    core::Change change;
    change.position = position_of(location);
    node->renameType = actual_type(node->renameType, node->relation);
    if (node->renameType == OBJECT_COLUMN)
        node->relationType = actual_type(node->relationType, node->relation);
    if (node->renameType == OBJECT_COLUMN && node->relationType == OBJECT_TABLE) {
        if (!find_table(node->relation, node->missing_ok, statement))
            return;
        change.kind = core::ChangeKind::rename_column;
        change.column = node->subname;
        change.new_name = node->newname;
    } else if (node->renameType == OBJECT_TABLE) {
        if (!find_table(node->relation, node->missing_ok, statement))
            return;
        change.kind = core::ChangeKind::rename_table;
        change.new_name = node->newname;
        const char *name = node->newname;
        const Oid table = statement->relation_oid;
        if (guarded([=] { return OidIsValid(::get_relname_relid(name, ::get_rel_namespace(table))); }))
            throw core::Error("42P07", "relation \"" + change.new_name + "\" already exists in schema \"" + statement->schema + "\"", "",
                              "Choose another name.", position_of(location));
    } else {
        change.kind = core::ChangeKind::metadata_only;
        change.statement = text;
        change.title = "rename as written";
        if (!read_other_rename(node, location, statement, &change))
            return;
    }
    statement->changes.push_back(change);
}

}  // namespace hotswap::bridge
