// ALTER TABLE: the subcommands. ddl_column.cpp reads those about types, defaults and new columns. See ddl.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/identifier.hpp"
#include "core/subcommands.hpp"

#include "bridge/ddl_partition.hpp"
#include "bridge/ddl_reading.hpp"
#include "bridge/object_cascade.hpp"

extern "C" {
#include "commands/defrem.h"
#include "commands/tablecmds.h"
}

namespace hotswap::bridge {

namespace {

using core::Change;
using core::ChangeKind;

bool is_metadata_subcommand(const AlterTableCmd *command)
{
    switch (command->subtype) {
    case AT_SetStatistics:
    case AT_SetOptions:
    case AT_ResetOptions:
    case AT_SetStorage:
    case AT_SetCompression:
    case AT_SetRelOptions:
    case AT_ResetRelOptions:
    case AT_ChangeOwner:
    case AT_ClusterOn:
    case AT_DropCluster:
    case AT_EnableTrig:
    case AT_EnableAlwaysTrig:
    case AT_EnableReplicaTrig:
    case AT_DisableTrig:
    case AT_EnableTrigAll:
    case AT_DisableTrigAll:
    case AT_EnableTrigUser:
    case AT_DisableTrigUser:
    case AT_EnableRule:
    case AT_EnableAlwaysRule:
    case AT_EnableReplicaRule:
    case AT_DisableRule:
    case AT_AddInherit:
    case AT_DropInherit:
    case AT_DetachPartitionFinalize:
    case AT_EnableRowSecurity:
    case AT_DisableRowSecurity:
    case AT_ForceRowSecurity:
    case AT_NoForceRowSecurity:
    case AT_ReplicaIdentity:
    case AT_AddIdentity:
    case AT_SetIdentity:
    case AT_DropIdentity:
    case AT_DropExpression:
        return true;
    default:
        return false;
    }
}

std::string lock_of(AlterTableStmt *node)
{
    const LOCKMODE mode = guarded([node] { return ::AlterTableGetLockLevel(node->cmds); });
    switch (mode) {
    case ShareUpdateExclusiveLock:
        return "SHARE UPDATE EXCLUSIVE";
    case ShareRowExclusiveLock:
        return "SHARE ROW EXCLUSIVE";
    default:
        return "ACCESS EXCLUSIVE";
    }
}

// What a rewrite can take back. Everything else that touches only the catalog is metadata_only.
ChangeKind kind_of(AlterTableCmd *command, Change *change)
{
    if (compat_sets_access_method(command)) {
        change->new_name = plain(command->name);
        change->column.clear();
        return ChangeKind::set_access_method;
    }
    switch (command->subtype) {
    case AT_SetLogged:
    case AT_SetUnLogged:
        change->new_name = command->subtype == AT_SetLogged ? "LOGGED" : "UNLOGGED";
        return ChangeKind::set_persistence;
    case AT_SetTableSpace:
        change->new_name = plain(command->name);
        change->column.clear();
        return ChangeKind::set_tablespace;
    case AT_SetStatistics:
        return ChangeKind::set_statistics;
    case AT_SetStorage:
        return ChangeKind::set_storage;
    case AT_SetCompression:
        return ChangeKind::set_compression;
    case AT_SetOptions:
    case AT_ResetOptions:
        change->names = option_names(command->def);
        return ChangeKind::set_column_options;
    case AT_SetRelOptions:
    case AT_ResetRelOptions:
        change->names = option_names(command->def);
        return ChangeKind::set_table_options;
    default:
        return ChangeKind::metadata_only;
    }
}

const char *words_for(const AlterTableCmd *command)
{
    switch (command->subtype) {
    case AT_ChangeOwner:
        return "OWNER TO";
    case AT_ClusterOn:
    case AT_DropCluster:
        return "CLUSTER ON";
    case AT_AddInherit:
    case AT_DropInherit:
        return "INHERIT";
    case AT_DetachPartitionFinalize:
        return "DETACH PARTITION ... FINALIZE";
    case AT_EnableRule:
    case AT_EnableAlwaysRule:
    case AT_EnableReplicaRule:
    case AT_DisableRule:
        return "the switch of a rule";
    case AT_EnableRowSecurity:
    case AT_DisableRowSecurity:
    case AT_ForceRowSecurity:
    case AT_NoForceRowSecurity:
        return "ROW LEVEL SECURITY";
    case AT_ReplicaIdentity:
        return "REPLICA IDENTITY";
    case AT_AddIdentity:
    case AT_SetIdentity:
    case AT_DropIdentity:
        return "IDENTITY";
    case AT_DropExpression:
        return "DROP EXPRESSION";
    default:
        return "the switch of a trigger";
    }
}

// DROP IDENTITY IF EXISTS and DROP EXPRESSION IF EXISTS of a column that is neither.
bool finds_nothing(const AlterTableCmd *command, Oid relation)
{
    if (!command->missing_ok || (command->subtype != AT_DropIdentity && command->subtype != AT_DropExpression))
        return false;
    const char *name = command->name;
    const bool identity = command->subtype == AT_DropIdentity;
    return guarded([=] {
        HeapTuple tuple = ::SearchSysCacheAttName(relation, name);
        if (!HeapTupleIsValid(tuple))
            return false;
        const auto *column = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
        const bool nothing = (identity ? column->attidentity : column->attgenerated) == '\0';
        ::ReleaseSysCache(tuple);
        return nothing;
    });
}

void read_subcommand(AlterTableStmt *node, int number, const std::string &text, core::Statement *statement)
{
    auto *command = list_nth_node(AlterTableCmd, node->cmds, number);
    Change change;
    change.column = plain(command->name);
    const Oid relation = statement->relation_oid;
    switch (command->subtype) {
    case AT_AlterColumnType:
        change.position = position_of(castNode(ColumnDef, command->def)->location);
        read_type(command, text, *statement, &change);
        break;
    case AT_AddColumn:
        change.position = position_of(castNode(ColumnDef, command->def)->location);
        read_add_column(command, text, *statement, &change);
        break;
    case AT_DropColumn:
        change.kind = ChangeKind::drop_column;
        {
            const char *name = command->name;
            const int number = guarded([=] { return static_cast<int>(::get_attnum(relation, name)); });
            change.is_noop = command->missing_ok && number <= 0;
            if (command->behavior == DROP_CASCADE && number > 0)
                change.cascade = std::make_shared<const std::vector<core::Fallen>>(fallen_with({RelationRelationId, relation, number}));
        }
        break;
    case AT_ColumnDefault:
        change.kind = command->def == nullptr ? ChangeKind::drop_default : ChangeKind::set_default;
        if (command->def != nullptr)
            change.default_text = read_default(command->def, text, *statement);
        break;
    case AT_SetNotNull:
        change.kind = ChangeKind::set_not_null;
        break;
    case AT_DropNotNull:
        change.kind = ChangeKind::drop_not_null;
        break;
    case AT_AttachPartition:
    case AT_DetachPartition:
        read_partition_command(command, text, statement, &change);
        break;
    case AT_AddConstraint:   // when all columns are known
        return;
    case AT_DropConstraint:
    case AT_ValidateConstraint:
    case AT_AlterConstraint:
        return read_own_constraint(command, text, statement);
    default:
        change.kind = kind_of(command, &change);
        change.title = "ALTER TABLE as written";
        change.part = change.kind == ChangeKind::metadata_only ? words_for(command) : "";
        if (is_metadata_subcommand(command)) {
            const std::vector<std::string> parts = core::split_subcommands(text);
            if (static_cast<int>(parts.size()) == list_length(node->cmds))
                change.definition = parts[static_cast<std::size_t>(number)];
            change.statement = text;
            change.lock_mode = lock_of(node);
            change.is_noop = finds_nothing(command, relation);
            compose_undo(command, *statement, &change);
        } else if (change.kind != ChangeKind::metadata_only) {
            change.rewrite_only = "this ALTER TABLE";
        } else {
            refuse(-1, "this ALTER TABLE", "");
        }
    }
    statement->changes.push_back(change);
}

void read_constraints_of(AlterTableCmd *command, const std::string &text, core::Statement *statement)
{
    if (command->subtype == AT_AddConstraint)
        read_added_constraint(castNode(Constraint, command->def), text, statement);
    if (command->subtype != AT_AddColumn)
        return;
    const auto *definition = castNode(ColumnDef, command->def);
    for (const Change &change : statement->changes)
        if (change.kind == ChangeKind::add_column && change.column == definition->colname && change.is_noop)
            return;
    read_column_constraints(definition, text, statement);
}

}  // namespace

void read_alter_table(AlterTableStmt *node, const std::string &text, core::Statement *statement)
{
    if (node->objtype != OBJECT_TABLE)
        refuse(node->relation->location, "ALTER of this kind of object", "");
    if (!find_table(node->relation, node->missing_ok, statement))
        return;
    statement->only = !node->relation->inh;
    statement->text = text;
    for (int number = 0; number < list_length(node->cmds); ++number)
        read_subcommand(node, number, text, statement);
    ListCell *cell;
    foreach (cell, node->cmds)
        read_constraints_of(lfirst_node(AlterTableCmd, cell), text, statement);
}

}  // namespace hotswap::bridge
