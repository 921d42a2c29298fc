// ALTER TABLE and its kin (ALTER INDEX, VIEW, SEQUENCE ... with subcommands). The lock on the table is asked of the server.
// survey_column.cpp, survey_constraint.cpp and survey_partition.cpp look at the subcommands that read rows. See surveying.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/surveying.hpp"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "commands/tablecmds.h"
#include "commands/tablespace.h"
#include "utils/acl.h"
}

namespace hotswap::bridge {

namespace {

struct Word {
    AlterTableType type;
    const char *operation;
    bool recurses;      // the same is done to everything below, unless ONLY
};

const Word kWords[] = {
    {AT_AddColumn, "ADD_COLUMN", true},
    {AT_ColumnDefault, "SET_DEFAULT", true},
    {AT_DropNotNull, "DROP_NOT_NULL", true},
    {AT_SetNotNull, "SET_NOT_NULL", true},
    {AT_DropExpression, "DROP_EXPRESSION", true},
    {AT_SetStatistics, "SET_STATISTICS", true},
    {AT_SetOptions, "SET_COLUMN_OPTIONS", false},
    {AT_ResetOptions, "RESET_COLUMN_OPTIONS", false},
    {AT_SetStorage, "SET_STORAGE", true},
    {AT_SetCompression, "SET_COMPRESSION", false},
    {AT_DropColumn, "DROP_COLUMN", true},
    {AT_AddConstraint, "ADD_CONSTRAINT", false},
    {AT_AlterConstraint, "ALTER_CONSTRAINT", false},
    {AT_ValidateConstraint, "VALIDATE_CONSTRAINT", false},
    {AT_DropConstraint, "DROP_CONSTRAINT", false},
    {AT_AlterColumnType, "ALTER_COLUMN_TYPE", true},
    {AT_ChangeOwner, "OWNER_TO", false},
    {AT_ClusterOn, "CLUSTER_ON", false},
    {AT_DropCluster, "SET_WITHOUT_CLUSTER", false},
    {AT_SetLogged, "SET_LOGGED", false},
    {AT_SetUnLogged, "SET_UNLOGGED", false},
    {AT_DropOids, "SET_WITHOUT_OIDS", true},
    {AT_SetTableSpace, "SET_TABLESPACE", false},
    {AT_SetRelOptions, "SET_OPTIONS", false},
    {AT_ResetRelOptions, "RESET_OPTIONS", false},
    {AT_EnableTrig, "ENABLE_TRIGGER", false},
    {AT_EnableAlwaysTrig, "ENABLE_TRIGGER", false},
    {AT_EnableReplicaTrig, "ENABLE_TRIGGER", false},
    {AT_DisableTrig, "DISABLE_TRIGGER", false},
    {AT_EnableTrigAll, "ENABLE_TRIGGER", false},
    {AT_DisableTrigAll, "DISABLE_TRIGGER", false},
    {AT_EnableTrigUser, "ENABLE_TRIGGER", false},
    {AT_DisableTrigUser, "DISABLE_TRIGGER", false},
    {AT_EnableRule, "ENABLE_RULE", false},
    {AT_EnableAlwaysRule, "ENABLE_RULE", false},
    {AT_EnableReplicaRule, "ENABLE_RULE", false},
    {AT_DisableRule, "DISABLE_RULE", false},
    {AT_AddInherit, "INHERIT", false},
    {AT_DropInherit, "NO_INHERIT", false},
    {AT_AddOf, "OF_TYPE", false},
    {AT_DropOf, "NOT_OF", false},
    {AT_ReplicaIdentity, "REPLICA_IDENTITY", false},
    {AT_EnableRowSecurity, "ENABLE_ROW_SECURITY", false},
    {AT_DisableRowSecurity, "DISABLE_ROW_SECURITY", false},
    {AT_ForceRowSecurity, "FORCE_ROW_SECURITY", false},
    {AT_NoForceRowSecurity, "NO_FORCE_ROW_SECURITY", false},
    {AT_GenericOptions, "SET_FOREIGN_OPTIONS", false},
    {AT_AlterColumnGenericOptions, "SET_FOREIGN_OPTIONS", true},
    {AT_AttachPartition, "ATTACH_PARTITION", false},
    {AT_DetachPartition, "DETACH_PARTITION", false},
    {AT_DetachPartitionFinalize, "DETACH_PARTITION_FINALIZE", false},
    {AT_AddIdentity, "ADD_IDENTITY", false},
    {AT_SetIdentity, "SET_IDENTITY", false},
    {AT_DropIdentity, "DROP_IDENTITY", false},
};

const Word &word_for(const AlterTableCmd *command)
{
    static const Word access_method = {AT_SetTableSpace, "SET_ACCESS_METHOD", false};
    static const Word other = {AT_SetOptions, "ALTER_TABLE", false};
    if (compat_sets_access_method(command))
        return access_method;
    for (const Word &word : kWords)
        if (word.type == command->subtype)
            return word;
    return other;
}

bool has_column(Surveying *s, const Place &table, const char *name)
{
    if (OidIsValid(table.looked_at) && ::get_attnum(table.looked_at, name) != InvalidAttrNumber)
        return true;
    ListCell *cell;
    foreach (cell, s->columns)
        if (static_cast<NewColumn *>(lfirst(cell))->relation == table.looked_at &&
            strcmp(static_cast<NewColumn *>(lfirst(cell))->name, name) == 0)
            return true;
    return table.fresh;
}

// Owned sequences of one column, or of all.
void see_sequences(Finding *f, const Place &table, AttrNumber column)
{
    ListCell *cell;
    foreach (cell, OidIsValid(table.original) ? ::getOwnedSequences(table.original) : NIL) {
        Oid owner;
        int32 number;
        if (column != 0 && !(::sequenceIsOwned(lfirst_oid(cell), DEPENDENCY_AUTO, &owner, &number) && number == column) &&
            !(::sequenceIsOwned(lfirst_oid(cell), DEPENDENCY_INTERNAL, &owner, &number) && number == column))
            continue;
        see(f, lfirst_oid(cell), Role::sequence);
    }
}

Oid owner_of(Oid relation)
{
    HeapTuple tuple = ::SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
    const Oid owner = HeapTupleIsValid(tuple) ? reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner : InvalidOid;
    if (HeapTupleIsValid(tuple))
        ::ReleaseSysCache(tuple);
    return owner;
}

char persistence_of(Oid relation)
{
    return OidIsValid(relation) ? ::get_rel_persistence(relation) : RELPERSISTENCE_PERMANENT;
}

void survey_persistence(Finding *f, const Place &table, Seen *target, char wanted)
{
    target->rewritten = persistence_of(table.looked_at) != wanted && table.kind == RELKIND_RELATION;
    if (!target->rewritten)
        return;
    see_sequences(f, table, 0);
    ListCell *cell;
    if (wanted == RELPERSISTENCE_PERMANENT)
        foreach (cell, foreign_keys_of(table.original)) {
            const Oid other = static_cast<ForeignKey *>(lfirst(cell))->referenced;
            if (other != table.original)
                see(f, other, Role::referenced);
        }
    else
        foreach (cell, foreign_keys_to(table.original)) {
            const Oid other = static_cast<ForeignKey *>(lfirst(cell))->relation;
            if (other != table.original)
                see(f, other, Role::referencing);
        }
}

void survey_tablespace(const Place &table, Seen *target, const char *name)
{
    HeapTuple tuple = ::SearchSysCache1(RELOID, ObjectIdGetDatum(table.looked_at));
    if (!HeapTupleIsValid(tuple))
        return;
    Oid now = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->reltablespace;
    ::ReleaseSysCache(tuple);
    const Oid wanted = ::get_tablespace_oid(name, true);
    if (!OidIsValid(now))
        now = MyDatabaseTableSpace;
    target->rewritten = wanted != now && RELKIND_HAS_STORAGE(table.kind);
}

void survey_access_method(const Place &table, Seen *target, const char *name)
{
    HeapTuple tuple = ::SearchSysCache1(RELOID, ObjectIdGetDatum(table.looked_at));
    if (!HeapTupleIsValid(tuple))
        return;
    const Oid now = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relam;
    ::ReleaseSysCache(tuple);
    target->rewritten = ::get_table_am_oid(name, true) != now;
}

void survey_dropped_column(Finding *f, const Place &table, const char *name)
{
    f->reshapes = true;
    const AttrNumber column = OidIsValid(table.original) ? ::get_attnum(table.original, name) : InvalidAttrNumber;
    if (column == InvalidAttrNumber)
        return;
    survey_fall(f, RelationRelationId, table.original, column, table.original);
    warn_of_dependents(f, table.original, column);
}

void survey_subcommand(Surveying *s, AlterTableStmt *node, AlterTableCmd *command, const Place &table, Finding *f, Seen *target, LOCKMODE whole)
{
    const bool recurse = node->relation->inh;
    List *lower = recurse ? below(table.original) : NIL;
    bool to_all = word_for(command).recurses;
    ListCell *cell;
    switch (command->subtype) {
    case AT_AddColumn:
        survey_add_column(s, f, table, castNode(ColumnDef, command->def), command->missing_ok);
        break;
    case AT_AlterColumnType:
        survey_column_type(s, f, table, command);
        break;
    case AT_ColumnDefault:
        if (command->def == nullptr)
            f->operation = "DROP_DEFAULT";
        break;
    case AT_DropColumn:
        if (!has_column(s, table, command->name) && command->missing_ok) {
            f->skipped = true;
            warn(f, "the column does not exist: nothing is done");
            return;
        }
        survey_dropped_column(f, table, command->name);
        break;
    case AT_AddConstraint:
        survey_constraint(s, f, table, castNode(Constraint, command->def), recurse, false);
        return;
    case AT_AlterConstraint:
        foreach (cell, lower)
            see(f, lfirst_oid(cell), Role::child)->lock = whole;
        return;
    case AT_SetNotNull:
    case AT_ValidateConstraint:
    case AT_DropConstraint:
        survey_proof(s, f, table, command, target, recurse, whole);
        return;
    case AT_SetLogged:
        survey_persistence(f, table, target, RELPERSISTENCE_PERMANENT);
        break;
    case AT_SetUnLogged:
        survey_persistence(f, table, target, RELPERSISTENCE_UNLOGGED);
        break;
    case AT_SetTableSpace:
        survey_tablespace(table, target, command->name);
        break;
    case AT_ChangeOwner:
        if (OidIsValid(table.original) && owner_of(table.original) != ::get_rolespec_oid(command->newowner, true))
            see_sequences(f, table, 0);
        break;
    case AT_EnableTrig:
    case AT_EnableAlwaysTrig:
    case AT_EnableReplicaTrig:
    case AT_DisableTrig:
        to_all = table.kind == RELKIND_PARTITIONED_TABLE && is_row_trigger(table.looked_at, command->name);
        break;
    case AT_EnableTrigAll:
    case AT_DisableTrigAll:
    case AT_EnableTrigUser:
    case AT_DisableTrigUser:
        to_all = table.kind == RELKIND_PARTITIONED_TABLE;
        break;
    case AT_AddInherit:
    case AT_DropInherit: {
        Place parent;
        if (see_named(s, f, castNode(RangeVar, command->def), Role::parent, false, &parent) && command->subtype == AT_AddInherit)
            see_all(f, below(table.original), Role::child);
        break;
    }
    case AT_AttachPartition:
    case AT_DetachPartition:
    case AT_DetachPartitionFinalize:
        survey_partition(s, f, table, command);
        return;
    case AT_SetIdentity:
    case AT_DropIdentity:
        see_sequences(f, table, OidIsValid(table.original) ? ::get_attnum(table.original, command->name) : InvalidAttrNumber);
        if (command->subtype == AT_DropIdentity)
            foreach (cell, f->seen)
                if (static_cast<Seen *>(lfirst(cell))->role == Role::sequence)
                    static_cast<Seen *>(lfirst(cell))->role = Role::fallen;
        break;
    default:
        if (compat_sets_access_method(command))
            survey_access_method(table, target, command->name);
        break;
    }
    if (!to_all)
        return;
    foreach (cell, lower) {
        Seen *child = see(f, lfirst_oid(cell), Role::child);
        child->lock = whole;
        child->rewritten = target->rewritten;
        child->scanned = target->scanned;
    }
}

// ALTER INDEX and its kin write the kind into the statement, but ALTER TABLE takes them all.
void rename_by_kind(Finding *f, const Place &place)
{
    if (place.kind == RELKIND_INDEX || place.kind == RELKIND_PARTITIONED_INDEX)
        f->operation = psprintf("%s_INDEX", f->operation);
}

}  // namespace

// A trigger of each row is one of each partition, too.
bool is_row_trigger(Oid table, const char *name)
{
    if (name == nullptr || !OidIsValid(table))
        return true;
    Relation opened = ::try_relation_open(table, AccessShareLock);
    bool row = false;
    if (opened == nullptr)
        return false;
    for (int i = 0; opened->trigdesc != nullptr && i < opened->trigdesc->numtriggers; ++i)
        if (strcmp(opened->trigdesc->triggers[i].tgname, name) == 0)
            row = TRIGGER_FOR_ROW(opened->trigdesc->triggers[i].tgtype);
    ::relation_close(opened, AccessShareLock);
    return row;
}

void survey_alter_table(Surveying *s, AlterTableStmt *node)
{
    const LOCKMODE whole = ::AlterTableGetLockLevel(node->cmds);
    if (node->objtype == OBJECT_TYPE)
        return survey_attributes(s, node);
    ListCell *cell;
    foreach (cell, node->cmds) {
        auto *command = lfirst_node(AlterTableCmd, cell);
        const char *object = command->name;
        if (command->def != nullptr && IsA(command->def, ColumnDef) && castNode(ColumnDef, command->def)->colname != nullptr)
            object = castNode(ColumnDef, command->def)->colname;
        Finding *f = begin_finding(s, word_for(command).operation, object);
        const LOCKMODE own = ::AlterTableGetLockLevel(list_make1(command));
        Place table;
        if (!see_named(s, f, node->relation, Role::target, node->missing_ok, &table))
            continue;
        auto *target = static_cast<Seen *>(linitial(f->seen));
        target->lock = own;
        const bool index = table.kind == RELKIND_INDEX || table.kind == RELKIND_PARTITIONED_INDEX;
        if (index)
            target->role = Role::index;
        rename_by_kind(f, table);
        survey_subcommand(s, node, command, table, f, target, whole);
    }
}

}  // namespace hotswap::bridge
