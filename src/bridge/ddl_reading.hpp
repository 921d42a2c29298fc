// Shared by the ddl_*.cpp files: one statement being read. Needs the server's types.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>

#include "core/change.hpp"
#include "core/error.hpp"

#include "bridge/expression.hpp"

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"

namespace hotswap::bridge {

// Position in the user's text, 1-based; -1 of the parser means unknown.
inline int position_of(int location)
{
    return location < 0 ? 0 : location + 1;
}

[[noreturn]] inline void refuse(int location, const std::string &what, const std::string &hint)
{
    throw core::Error(core::sqlstate::kFeatureNotSupported, "cannot carry out " + what + " as an online migration", "",
                      hint.empty() ? "Run the statement by itself in a maintenance window, or split it." : hint, position_of(location));
}

inline std::string plain(const char *text)
{
    return text == nullptr ? std::string() : std::string(text);
}

// The table a statement is about; fills schema, relation and relation_oid. False when IF EXISTS found none.
// ERRORS: 42P01 no such relation, 42809 not a table, 42501 not the owner.
bool find_table(RangeVar *name, bool missing_ok, core::Statement *statement);

std::string type_text(Oid type, int32 modifier);     // qualified where needed
std::string collation_text(Oid collation, Oid type); // empty for the type's default

void read_alter_table(AlterTableStmt *node, const std::string &text, core::Statement *statement);
// ddl_column.cpp: ALTER COLUMN TYPE, ADD COLUMN, and a default, qualified.
void read_type(AlterTableCmd *command, const std::string &text, const core::Statement &statement, core::Change *change);
void read_add_column(AlterTableCmd *command, const std::string &text, const core::Statement &statement, core::Change *change);
std::string read_default(Node *raw, const std::string &text, const core::Statement &statement);
// expression.cpp: the condition of a CHECK, over the table's columns and those that the same statement adds.
QualifiedExpression qualify_condition(Node *raw, const std::string &text, unsigned relation, const std::vector<ScopeColumn> &added);
// ddl_constraint.cpp: a constraint that is added, and what is done to one that is there. Reads after all columns are read.
void read_added_constraint(Constraint *constraint, const std::string &text, core::Statement *statement);
void read_column_constraints(const ColumnDef *definition, const std::string &text, core::Statement *statement);
void read_own_constraint(AlterTableCmd *command, const std::string &text, core::Statement *statement);
std::string options_text(List *options);   // of WITH (...)
void read_rename(RenameStmt *node, const std::string &text, int location, core::Statement *statement);
void read_create_index(IndexStmt *node, int location, core::Statement *statement);
void read_drop_index(DropStmt *node, int location, core::Statement *statement);
void read_reindex(ReindexStmt *node, int location, core::Statement *statement);

// Statements about objects other than the columns of one table. False: not one that the file knows.
// ddl_object.cpp dispatches; text is the statement without trailing semicolon, its first byte at `location` of the user's text.
bool read_object(Node *node, const std::string &text, int location, core::Statement *statement);
bool read_create(Node *node, const std::string &text, core::Statement *statement, core::Change *change);
bool read_drop(DropStmt *node, const std::string &text, core::Statement *statement, core::Change *change);
bool read_alteration(Node *node, const std::string &text, core::Statement *statement, core::Change *change);
bool read_maintenance(Node *node, const std::string &text, core::Statement *statement, core::Change *change);
// ddl_block.cpp: a DO block, or the one statement in it.
bool read_block(const DoStmt *node, const std::string &text, core::Statement *statement);
bool read_rows(Node *node, const std::string &text, core::Statement *statement, core::Change *change);
std::vector<std::string> option_names(Node *options);   // of SET (...) and RESET (...)
// ddl_table_undo.cpp: fills Change::undo for what only touches settings.
void compose_undo(const AlterTableCmd *command, const core::Statement &statement, core::Change *change);
// The grammar gives a type by its names in some statements, and get_object_address wants it as a type. REQUIRES: inside guarded.
inline Node *as_address(ObjectType type, Node *object)
{
    const bool is_type = (type == OBJECT_TYPE || type == OBJECT_DOMAIN) && IsA(object, List);
    return is_type ? reinterpret_cast<Node *>(::makeTypeNameFromNameList(castNode(List, object))) : object;
}
// ALTER TABLE takes sequences, views, indexes and foreign tables, too: what the relation is, when the statement says TABLE.
ObjectType actual_type(ObjectType written, RangeVar *name);
// A relation by name as it is locked: qualified and quoted; empty when it does not exist.
std::string relation_text(RangeVar *name);
std::string relation_text(Oid relation);

}  // namespace hotswap::bridge
