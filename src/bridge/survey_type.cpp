// ALTER TYPE and ALTER DOMAIN: the tables that use the type. See surveying.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/surveying.hpp"

extern "C" {
#include "access/genam.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_class.h"
#include "commands/tablecmds.h"
#include "parser/parse_coerce.h"
#include "utils/fmgroids.h"
}

namespace hotswap::bridge {

// There is no index on reloftype, and few ask.
List *typed_tables(Oid type)
{
    List *found = NIL;
    Relation catalog = ::table_open(RelationRelationId, AccessShareLock);
    ScanKeyData key;
    ::ScanKeyInit(&key, Anum_pg_class_reloftype, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(type));
    SysScanDesc scan = ::systable_beginscan(catalog, InvalidOid, false, nullptr, 1, &key);
    HeapTuple tuple;
    while (HeapTupleIsValid(tuple = ::systable_getnext(scan)))
        found = lappend_oid(found, reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->oid);
    ::systable_endscan(scan);
    ::table_close(catalog, AccessShareLock);
    return found;
}

namespace {

// Do values change when an attribute gets this type?
bool changes_values(Oid row, const AlterTableCmd *command)
{
    const AttrNumber number = ::get_attnum(row, command->name);
    if (number == InvalidAttrNumber)
        return true;
    Oid old_type, new_type, collation;
    int32 old_modifier, new_modifier;
    ::get_atttypetypmodcoll(row, number, &old_type, &old_modifier, &collation);
    ::typenameTypeIdAndMod(nullptr, castNode(ColumnDef, command->def)->typeName, &new_type, &new_modifier);
    return !IsBinaryCoercible(old_type, new_type) || (new_modifier != -1 && new_modifier != old_modifier);
}

void alter_domain(Surveying *s, AlterDomainStmt *node)
{
    const char *operation = node->subtype == 'C'   ? "ALTER_DOMAIN_ADD_CONSTRAINT"
                            : node->subtype == 'O' ? "ALTER_DOMAIN_SET_NOT_NULL"
                            : node->subtype == 'V' ? "ALTER_DOMAIN_VALIDATE_CONSTRAINT"
                            : node->subtype == 'X' ? "ALTER_DOMAIN_DROP_CONSTRAINT"
                            : node->subtype == 'N' ? "ALTER_DOMAIN_DROP_NOT_NULL"
                                                   : "ALTER_DOMAIN_DEFAULT";
    Finding *f = begin_finding(s, operation, ::NameListToString(node->typeName));
    const Oid type = ::LookupTypeNameOid(nullptr, ::makeTypeNameFromNameList(node->typeName), true);
    const bool adds = node->subtype == 'C' && !castNode(Constraint, node->def)->skip_validation;
    if (!adds && node->subtype != 'O' && node->subtype != 'V')
        return;
    if (OidIsValid(type))
        see_all(f, users_of_type(type), Role::user);
    ListCell *cell;
    foreach (cell, s->columns) {
        auto *column = static_cast<NewColumn *>(lfirst(cell));
        if (column->type_name != nullptr && OidIsValid(column->table) && strcmp(column->type_name, strVal(llast(node->typeName))) == 0)
            see(f, column->table, Role::user);
    }
    if (f->seen != NIL)
        warn(f, "all tables with columns of the domain are read, and locked against writes until the last one is done; ADD CONSTRAINT ... NOT VALID locks none");
}

}  // namespace

void survey_attributes(Surveying *s, AlterTableStmt *node)
{
    ListCell *cell, *table;
    foreach (cell, node->cmds) {
        auto *command = lfirst_node(AlterTableCmd, cell);
        const char *object = command->def != nullptr && IsA(command->def, ColumnDef) && castNode(ColumnDef, command->def)->colname != nullptr
                                 ? castNode(ColumnDef, command->def)->colname
                                 : command->name;
        Finding *f = begin_finding(s, command->subtype == AT_AddColumn    ? "ADD_ATTRIBUTE"
                                      : command->subtype == AT_DropColumn ? "DROP_ATTRIBUTE"
                                                                          : "ALTER_ATTRIBUTE_TYPE",
                                   object);
        const Place type = find_place(s, node->relation);
        if (!OidIsValid(type.original)) {
            f->failing = !type.fresh;
            if (f->failing)
                warn(f, "the statement fails: type %s does not exist", type.name);
            continue;
        }
        const Oid row = ::get_rel_type_id(type.original);
        List *tables = typed_tables(row);
        foreach (table, tables) {
            Seen *seen = see(f, lfirst_oid(table), Role::user);
            seen->rewritten = command->subtype == AT_AlterColumnType && changes_values(type.original, command);
        }
        if (tables != NIL && command->behavior != DROP_CASCADE) {
            f->failing = true;
            warn(f, "the statement fails: there are tables of the type; CASCADE changes them too");
        }
        f->reshapes = true;
        List *users = users_of_type(row);
        if (users != NIL && command->subtype == AT_AlterColumnType) {
            f->failing = true;
            warn(f, "the statement fails: column of table %s uses the type", shown(linitial_oid(users)));
        } else if (users != NIL) {
            warn(f, "values of the type are stored in %s; they are not changed", shown(linitial_oid(users)));
        }
    }
}

bool survey_type(Surveying *s, Node *node)
{
    switch (nodeTag(node)) {
    case T_AlterDomainStmt:
        alter_domain(s, castNode(AlterDomainStmt, node));
        return true;
    case T_AlterEnumStmt: {
        auto *alter = castNode(AlterEnumStmt, node);
        Finding *f = begin_finding(s, alter->oldVal != nullptr ? "RENAME_VALUE" : "ADD_VALUE", ::NameListToString(alter->typeName));
        if (alter->oldVal == nullptr && s->in_block)
            warn(f, "the new value cannot be used in the transaction that adds it");
        if (alter->oldVal != nullptr)
            warn(f, "applications that still send the old value fail");
        return true;
    }
    case T_CompositeTypeStmt: {
        auto *create = castNode(CompositeTypeStmt, node);
        begin_finding(s, "CREATE_TYPE", create->typevar->relname);
        remember(s, create->typevar, RELKIND_COMPOSITE_TYPE);
        return true;
    }
    default:
        return false;
    }
}

}  // namespace hotswap::bridge
