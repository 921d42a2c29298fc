// See redirection.hpp. This file goes through statements on tables; redirection_objects.cpp through the others,
// redirection_names.cpp replaces the names.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/redirection.hpp"

#include "bridge/scratch_schemas.hpp"

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"

namespace hotswap::bridge {

namespace {

// Subcommands after which every foreign key, view and trigger of the table is still as the catalogs say, and that do not touch
// any: the table alone will do.
bool needs_shape_only(const AlterTableCmd *command)
{
    switch (command->subtype) {
    case AT_AddColumn:
    case AT_SetNotNull:
    case AT_DropNotNull:
    case AT_SetStatistics:
    case AT_SetOptions:
    case AT_ResetOptions:
    case AT_SetStorage:
    case AT_SetCompression:
    case AT_AddIndex:
    case AT_AddConstraint:
    case AT_ClusterOn:
    case AT_DropCluster:
    case AT_SetRelOptions:
    case AT_ResetRelOptions:
    case AT_ReplicaIdentity:
    case AT_EnableRowSecurity:
    case AT_DisableRowSecurity:
    case AT_ForceRowSecurity:
    case AT_NoForceRowSecurity:
        return true;
    default:
        return false;
    }
}

// Subcommands that are about one column, and what hangs on it.
bool is_about_column(const AlterTableCmd *command)
{
    switch (command->subtype) {
    case AT_ColumnDefault:
    case AT_DropExpression:
    case AT_DropColumn:
    case AT_AlterColumnType:
    case AT_AddIdentity:
    case AT_SetIdentity:
    case AT_DropIdentity:
        return command->name != nullptr;
    default:
        return false;
    }
}

// Subcommands that are about one constraint: what hangs on its columns covers foreign keys to a key as well.
bool is_about_constraint(const AlterTableCmd *command)
{
    return command->subtype == AT_DropConstraint || command->subtype == AT_ValidateConstraint || command->subtype == AT_AlterConstraint;
}

std::string constraint_name(const AlterTableCmd *command)
{
    const char *name = command->subtype == AT_AlterConstraint ? castNode(Constraint, command->def)->conname : command->name;
    return name == nullptr ? "" : name;
}

}  // namespace

// What a statement without relations does cannot be seen here, and needs not be.
void Redirection::refuse(Node *statement)
{
    throw NotRehearsed{std::string(guarded([statement] { return ::GetCommandTagName(::CreateCommandTag(statement)); })) + " is not rehearsed"};
}

void Redirection::alter_table(AlterTableStmt *statement)
{
    switch (statement->objtype) {
    case OBJECT_TABLE:
    case OBJECT_INDEX:
    case OBJECT_SEQUENCE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
        break;
    default:
        refuse(as_node(statement));
    }
    Depth depth = Depth::shape;
    Columns about = std::set<std::string>();
    for (int i = 0; i < list_length(statement->cmds); ++i) {
        const auto *command = list_nth_node(AlterTableCmd, statement->cmds, i);
        if (needs_shape_only(command))
            continue;
        depth = Depth::all;
        if (about && is_about_column(command))
            about->insert(command->name);
        else if (about && is_about_constraint(command)) {
            about->merge(columns_of_constraint(statement->relation, constraint_name(command)));
        } else
            about.reset();
    }
    existing(statement->relation, depth, about);
    for (int i = 0; i < list_length(statement->cmds); ++i) {
        auto *command = list_nth_node(AlterTableCmd, statement->cmds, i);
        switch (command->subtype) {
        case AT_AddColumn:
            column(castNode(ColumnDef, command->def));
            break;
        case AT_AlterColumnType:
            column(castNode(ColumnDef, command->def));
            break;
        case AT_ColumnDefault:
            expression(command->def);
            break;
        case AT_AddConstraint:
            constraint(castNode(Constraint, command->def));
            break;
        case AT_AttachPartition:
        case AT_DetachPartition: {
            auto *part = castNode(PartitionCmd, command->def);
            existing(part->name, Depth::all);
            if (part->concurrent && is_for_run()) {
                part->concurrent = false;
                was_concurrent = true;
            }
            break;
        }
        case AT_AddInherit:
        case AT_DropInherit:
            existing(castNode(RangeVar, command->def), Depth::all);
            break;
        case AT_DetachPartitionFinalize:
            if (!is_for_run())
                break;
            refuse(as_node(statement));
        case AT_AddOf:
        case AT_GenericOptions:
        case AT_AlterColumnGenericOptions:
            refuse(as_node(statement));
        case AT_AddIdentity:
        case AT_SetIdentity:
            break;
        default:
            break;
        }
    }
}

void Redirection::constraint(Constraint *definition)
{
    if (definition->contype == CONSTR_FOREIGN && definition->pktable != nullptr)
        existing(definition->pktable, Depth::shape);
    expression(definition->raw_expr);
}

void Redirection::column(ColumnDef *definition)
{
    if (definition->typeName != nullptr)
        type(definition->typeName);
    expression(definition->raw_default);
    for (int i = 0; i < list_length(definition->constraints); ++i)
        constraint(list_nth_node(Constraint, definition->constraints, i));
}

void Redirection::create_table(CreateStmt *statement)
{
    owner_ = 0;
    if (statement->ofTypename != nullptr)
        refuse(as_node(statement));
    fresh(statement->relation);
    being_made_ = statement->relation;
    for (int i = 0; i < list_length(statement->inhRelations); ++i)
        existing(list_nth_node(RangeVar, statement->inhRelations, i), Depth::all);
    for (int i = 0; i < list_length(statement->tableElts); ++i) {
        Node *element = static_cast<Node *>(list_nth(statement->tableElts, i));
        if (IsA(element, ColumnDef))
            column(castNode(ColumnDef, element));
        else if (IsA(element, Constraint))
            constraint(castNode(Constraint, element));
        else if (IsA(element, TableLikeClause))
            existing(castNode(TableLikeClause, element)->relation, Depth::shape);
    }
    for (int i = 0; i < list_length(statement->constraints); ++i)
        constraint(list_nth_node(Constraint, statement->constraints, i));
}

void Redirection::create_index(IndexStmt *statement)
{
    existing(statement->relation, Depth::shape);
    expression(as_node(statement->indexParams));
    expression(statement->whereClause);
    if (statement->idxname != nullptr)
        fresh_beside(statement->relation, statement->idxname);
    if (statement->concurrent && is_for_run()) {
        statement->concurrent = false;
        was_concurrent = true;
    }
}

void Redirection::drop(DropStmt *statement)
{
    int below = 0;
    switch (statement->removeType) {
    case OBJECT_TABLE:
    case OBJECT_INDEX:
    case OBJECT_SEQUENCE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
        break;
    case OBJECT_TRIGGER:
    case OBJECT_RULE:
    case OBJECT_POLICY:
        below = 1;
        break;
    case OBJECT_STATISTIC_EXT:
        for (int i = 0; i < list_length(statement->objects); ++i)
            lfirst(list_nth_cell(statement->objects, i)) = statistics(list_nth_node(List, statement->objects, i));
        return;
    default:
        refuse(as_node(statement));
    }
    for (int i = 0; i < list_length(statement->objects); ++i)
        lfirst(list_nth_cell(statement->objects, i)) = existing(list_nth_node(List, statement->objects, i), below, Depth::all);
    if (!is_for_run())
        return;
    if (statement->removeType == OBJECT_TABLE && !clones_.registry.used_as_types.empty())
        throw NotRehearsed{"a function or a type uses the row type of a table"};
    if (statement->concurrent) {
        statement->concurrent = false;
        was_concurrent = true;
    }
}

void Redirection::rename(RenameStmt *statement)
{
    switch (statement->renameType) {
    case OBJECT_TABLE:
    case OBJECT_INDEX:
    case OBJECT_SEQUENCE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
        existing(statement->relation, Depth::all);
        fresh_beside(statement->relation, statement->newname);
        return;
    case OBJECT_COLUMN:
        if (statement->relationType == OBJECT_FOREIGN_TABLE)
            refuse(as_node(statement));
        existing(statement->relation, Depth::all, std::set<std::string>{statement->subname});
        return;
    case OBJECT_TABCONSTRAINT:
        existing(statement->relation, Depth::all, columns_of_constraint(statement->relation, statement->subname));
        return;
    case OBJECT_TRIGGER:
    case OBJECT_RULE:
    case OBJECT_POLICY:
        existing(statement->relation, Depth::all);
        return;
    default:
        refuse(as_node(statement));
    }
}

void Redirection::comment(CommentStmt *statement)
{
    switch (statement->objtype) {
    case OBJECT_TABLE:
    case OBJECT_INDEX:
    case OBJECT_SEQUENCE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
        statement->object = as_node(existing(castNode(List, statement->object), 0, Depth::shape));
        return;
    case OBJECT_COLUMN:
        statement->object = as_node(existing(castNode(List, statement->object), 1, Depth::shape));
        return;
    case OBJECT_TABCONSTRAINT:
    case OBJECT_TRIGGER:
    case OBJECT_RULE:
    case OBJECT_POLICY:
        statement->object = as_node(existing(castNode(List, statement->object), 1, Depth::all));
        return;
    default:
        refuse(as_node(statement));
    }
}

void Redirection::apply(Node *statement)
{
    switch (nodeTag(statement)) {
    case T_AlterTableStmt:
        alter_table(castNode(AlterTableStmt, statement));
        return;
    case T_IndexStmt:
        create_index(castNode(IndexStmt, statement));
        return;
    case T_CreateStmt:
        create_table(castNode(CreateStmt, statement));
        return;
    case T_DropStmt:
        drop(castNode(DropStmt, statement));
        return;
    case T_RenameStmt:
        rename(castNode(RenameStmt, statement));
        return;
    case T_CommentStmt:
        comment(castNode(CommentStmt, statement));
        return;
    case T_ViewStmt:
        create_view(castNode(ViewStmt, statement));
        return;
    case T_CreateTrigStmt: {
        auto *trigger = castNode(CreateTrigStmt, statement);
        existing(trigger->relation, Depth::all);
        if (trigger->constrrel != nullptr)
            existing(trigger->constrrel, Depth::shape);
        function(&trigger->funcname);
        expression(trigger->whenClause);
        return;
    }
    case T_CreatePolicyStmt:
        create_policy(castNode(CreatePolicyStmt, statement));
        return;
    case T_CreateTableAsStmt:
        create_table_as(castNode(CreateTableAsStmt, statement));
        return;
    case T_RuleStmt:
        create_rule(castNode(RuleStmt, statement));
        return;
    case T_CreateFunctionStmt:
        create_function(castNode(CreateFunctionStmt, statement));
        return;
    case T_CreateSchemaStmt:
        create_schema(castNode(CreateSchemaStmt, statement));
        return;
    case T_ReindexStmt:
        reindex(castNode(ReindexStmt, statement));
        return;
    case T_AlterStatsStmt:
        castNode(AlterStatsStmt, statement)->defnames = statistics(castNode(AlterStatsStmt, statement)->defnames);
        return;
    case T_AlterPolicyStmt:
        existing(castNode(AlterPolicyStmt, statement)->table, Depth::all);
        query(castNode(AlterPolicyStmt, statement)->qual);
        query(castNode(AlterPolicyStmt, statement)->with_check);
        return;
    case T_CreateStatsStmt: {
        auto *statistics = castNode(CreateStatsStmt, statement);
        if (list_length(statistics->relations) != 1 || !IsA(linitial(statistics->relations), RangeVar))
            refuse(statement);
        existing(linitial_node(RangeVar, statistics->relations), Depth::shape);
        if (statistics->defnames != NIL)
            statistics->defnames = fresh_object(statistics->defnames, false);
        return;
    }
    case T_CreateSeqStmt:
        owner_ = 0;
        sequence_options(castNode(CreateSeqStmt, statement)->options);
        fresh(castNode(CreateSeqStmt, statement)->sequence);
        return;
    case T_AlterSeqStmt:
        existing(castNode(AlterSeqStmt, statement)->sequence, Depth::all);
        sequence_options(castNode(AlterSeqStmt, statement)->options);
        return;
    case T_AlterObjectSchemaStmt:
        set_schema(castNode(AlterObjectSchemaStmt, statement));
        return;
    case T_ClusterStmt:
        if (castNode(ClusterStmt, statement)->relation == nullptr)
            refuse(statement);
        existing(castNode(ClusterStmt, statement)->relation, Depth::shape);
        return;
    case T_CreateEnumStmt:
        castNode(CreateEnumStmt, statement)->typeName = fresh_object(castNode(CreateEnumStmt, statement)->typeName);
        return;
    case T_CreateDomainStmt:
        type(castNode(CreateDomainStmt, statement)->typeName);
        castNode(CreateDomainStmt, statement)->domainname = fresh_object(castNode(CreateDomainStmt, statement)->domainname);
        return;
    case T_CompositeTypeStmt:
        create_composite(castNode(CompositeTypeStmt, statement));
        return;
    default:
        if (is_for_run() && !clones_.are_complete)
            refuse(statement);
        other(statement);
    }
}

}  // namespace hotswap::bridge
