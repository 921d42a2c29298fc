// Renames. See ddl.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/ddl_reading.hpp"

extern "C" {
#include "catalog/index.h"
}

namespace hotswap::bridge {

namespace {

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

}  // namespace

void read_rename(RenameStmt *node, const std::string &text, int location, core::Statement *statement)
{
    core::Change change;
    change.position = position_of(location);
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
    } else if (node->renameType == OBJECT_INDEX || node->renameType == OBJECT_TABCONSTRAINT || node->renameType == OBJECT_TRIGGER) {
        change.kind = core::ChangeKind::metadata_only;
        change.statement = text;
        change.title = "rename as written";
        // Renaming an index locks the index for a moment and its table not at all.
        change.lock_mode = node->renameType == OBJECT_INDEX ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE";
        if (!find_renamed_table(node, statement))
            return;
    } else {
        refuse(location, "this rename", "hotswap renames tables, columns, constraints, triggers and indexes.");
    }
    statement->changes.push_back(change);
}

}  // namespace hotswap::bridge
