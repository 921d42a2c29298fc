// ALTER TABLE. See ddl.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/identifier.hpp"

#include "bridge/ddl_reading.hpp"
#include "bridge/tree.hpp"

extern "C" {
#include "commands/tablecmds.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "parser/parse_type.h"
#include "utils/typcache.h"
}

namespace hotswap::bridge {

namespace {

using core::Change;
using core::ChangeKind;

ParseState *state_over(Relation relation, const char *text)
{
    ParseState *state = ::make_parsestate(nullptr);
    state->p_sourcetext = text;
    ParseNamespaceItem *item = ::addRangeTableEntryForRelation(state, relation, AccessShareLock, nullptr, false, true);
    ::addNSItemToQuery(state, item, false, true, true);
    return state;
}

// Whether the values themselves change, as the server decides it for ALTER COLUMN TYPE: a chain of relabelings and domains
// without constraints needs no rewrite. The server also spares a session in UTC the rewrite of timestamp <-> timestamptz;
// here the answer must not depend on the session, because another one carries the change out.
bool needs_rewrite(Node *expression, AttrNumber column)
{
    for (;;) {
        if (IsA(expression, Var) && castNode(Var, expression)->varattno == column)
            return false;
        if (IsA(expression, RelabelType)) {
            expression = reinterpret_cast<Node *>(castNode(RelabelType, expression)->arg);
        } else if (IsA(expression, CoerceToDomain)) {
            auto *domain = castNode(CoerceToDomain, expression);
            if (::DomainHasConstraints(domain->resulttype))
                return true;
            expression = reinterpret_cast<Node *>(domain->arg);
        } else {
            return true;
        }
    }
}

struct TypeFacts {
    bool found;
    Oid new_type;
    int32 new_modifier;
    Oid collation;
    const char *using_text;
    bool castable, rewrites, back;
    const char *old_type_name, *new_type_name;
};

TypeFacts type_facts(Oid relation_oid, const char *name, ColumnDef *definition, const char *text)
{
    TypeFacts facts = {};
    Relation relation = ::relation_open(relation_oid, AccessShareLock);
    const AttrNumber number = ::get_attnum(relation_oid, name);
    if (number > 0) {
        const Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(relation), number - 1);
        ParseState *state = state_over(relation, text);
        facts.found = true;
        ::typenameTypeIdAndMod(state, definition->typeName, &facts.new_type, &facts.new_modifier);
        facts.collation = ::GetColumnDefCollation(state, definition, facts.new_type);
        facts.old_type_name = ::format_type_with_typemod(attribute->atttypid, attribute->atttypmod);
        facts.new_type_name = ::format_type_with_typemod(facts.new_type, facts.new_modifier);
        Node *expression;
        if (definition->raw_default != nullptr) {
            expression = ::transformExpr(state, definition->raw_default, EXPR_KIND_ALTER_COL_TRANSFORM);
            ::assign_expr_collations(state, expression);
            facts.using_text = deparse_over(RelationGetDescr(relation), expression);
        } else {
            expression = reinterpret_cast<Node *>(
                makeVar(1, number, attribute->atttypid, attribute->atttypmod, attribute->attcollation, 0));
        }
        Node *cast = ::coerce_to_target_type(state, expression, ::exprType(expression), facts.new_type, facts.new_modifier,
                                             COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
        facts.castable = cast != nullptr;
        if (cast != nullptr) {
            ::assign_expr_collations(state, cast);
            facts.rewrites = needs_rewrite(reinterpret_cast<Node *>(::expression_planner(reinterpret_cast<Expr *>(cast))), number) ||
                             facts.collation != attribute->attcollation;
        }
        const Oid from = facts.new_type;
        Oid to = attribute->atttypid;
        facts.back = ::can_coerce_type(1, &from, &to, COERCION_ASSIGNMENT);
    }
    ::relation_close(relation, NoLock);
    return facts;
}

void read_type(AlterTableCmd *command, const std::string &text, const core::Statement &statement, Change *change)
{
    auto *definition = castNode(ColumnDef, command->def);
    const Oid relation = statement.relation_oid;
    const char *name = command->name;
    const char *chars = text.c_str();
    const TypeFacts facts = guarded([=] { return type_facts(relation, name, definition, chars); });
    if (!facts.found)
        throw core::Error(core::sqlstate::kUndefinedColumn,
                          "column \"" + plain(name) + "\" of relation \"" + statement.relation + "\" does not exist", "", "",
                          position_of(definition->location));
    if (!facts.castable)
        throw core::Error("42804", "column \"" + plain(name) + "\" cannot be cast automatically to type " + facts.new_type_name,
                          "The column is of type " + plain(facts.old_type_name) + ".",
                          "Say how: ALTER COLUMN " + core::quote_identifier(plain(name)) + " TYPE " + facts.new_type_name + " USING " +
                              core::quote_identifier(plain(name)) + "::" + facts.new_type_name + ".",
                          position_of(definition->location));
    change->kind = ChangeKind::alter_type;
    change->type = type_text(facts.new_type, facts.new_modifier);
    change->collation = collation_text(facts.collation, facts.new_type);
    change->using_text = plain(facts.using_text);
    change->rewrites = facts.rewrites;
    change->old_to_new_implicit = facts.using_text == nullptr;
    change->new_to_old_assignable = facts.back;
}

struct DefaultFacts {
    const char *text;
    bool is_volatile, is_null;
};

// A default expression, qualified; columns are not allowed in one, which the server checks here.
DefaultFacts default_facts(Node *raw, Oid relation_oid, const char *text)
{
    DefaultFacts facts = {};
    Relation relation = ::relation_open(relation_oid, AccessShareLock);
    ParseState *state = state_over(relation, text);
    Node *expression = ::transformExpr(state, raw, EXPR_KIND_COLUMN_DEFAULT);
    ::assign_expr_collations(state, expression);
    facts.is_volatile = ::contain_volatile_functions(expression);
    facts.is_null = IsA(expression, Const) && castNode(Const, expression)->constisnull;
    facts.text = deparse_over(RelationGetDescr(relation), expression);
    ::relation_close(relation, NoLock);
    return facts;
}

bool is_serial(const TypeName *type)
{
    static const char *const names[] = {"serial", "bigserial", "smallserial", "serial2", "serial4", "serial8"};
    if (list_length(type->names) != 1 || type->arrayBounds != NIL)
        return false;
    for (const char *name : names)
        if (strcmp(strVal(linitial(type->names)), name) == 0)
            return true;
    return false;
}

void read_add_column(AlterTableCmd *command, const std::string &text, const core::Statement &statement, Change *change)
{
    auto *definition = castNode(ColumnDef, command->def);
    const Oid relation = statement.relation_oid;
    const char *chars = text.c_str();
    change->kind = ChangeKind::add_column;
    change->column = definition->colname;
    if (is_serial(definition->typeName))
        refuse(definition->location, "ADD COLUMN of a serial type",
               "It writes every row under a full lock. Add the column as bigint without a default, then set the default and backfill.");

    struct Type {
        Oid type;
        int32 modifier;
        Oid collation;
        bool exists, composite_domain;
    };
    const Type type = guarded([=] {
        Relation opened = ::relation_open(relation, AccessShareLock);
        ParseState *state = state_over(opened, chars);
        Type t = {};
        ::typenameTypeIdAndMod(state, definition->typeName, &t.type, &t.modifier);
        t.collation = ::GetColumnDefCollation(state, definition, t.type);
        t.exists = ::get_attnum(relation, definition->colname) > 0;
        t.composite_domain = ::DomainHasConstraints(t.type);
        ::relation_close(opened, NoLock);
        return t;
    });
    if (type.composite_domain)
        refuse(definition->location, "ADD COLUMN of a domain with constraints",
               "It rewrites the table. Add the column with the domain's base type.");
    change->type = type_text(type.type, type.modifier);
    change->collation = collation_text(type.collation, type.type);
    change->is_noop = command->missing_ok && type.exists;

    ListCell *cell;
    foreach (cell, definition->constraints) {
        auto *constraint = lfirst_node(Constraint, cell);
        switch (constraint->contype) {
        case CONSTR_NULL:
            break;
        case CONSTR_NOTNULL:
            change->not_null = true;
            break;
        case CONSTR_DEFAULT: {
            Node *raw = constraint->raw_expr;
            const DefaultFacts facts = guarded([=] { return default_facts(raw, relation, chars); });
            change->volatile_default = facts.is_volatile;
            if (!facts.is_null)
                change->default_text = facts.text;
            break;
        }
        case CONSTR_IDENTITY:
        case CONSTR_GENERATED:
            refuse(constraint->location, "ADD COLUMN with a generated value", "It writes every row under a full lock.");
        default:
            refuse(constraint->location, "ADD COLUMN with a constraint",
                   "Add the column first; then the constraint NOT VALID, and validate it.");
        }
    }
}

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
    case AT_DisableRule:
    case AT_EnableRowSecurity:
    case AT_DisableRowSecurity:
    case AT_ForceRowSecurity:
    case AT_NoForceRowSecurity:
    case AT_ReplicaIdentity:
    case AT_ValidateConstraint:
    case AT_AlterConstraint:
        return true;
    case AT_DropConstraint:
        return command->behavior == DROP_RESTRICT;
    case AT_AddConstraint: {
        auto *constraint = castNode(Constraint, command->def);
        return (constraint->contype == CONSTR_CHECK || constraint->contype == CONSTR_FOREIGN) && constraint->skip_validation;
    }
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

const char *why_not(const AlterTableCmd *command)
{
    if (command->subtype == AT_AddConstraint)
        switch (castNode(Constraint, command->def)->contype) {
        case CONSTR_CHECK:
        case CONSTR_FOREIGN:
            return "Add it NOT VALID, then run ALTER TABLE ... VALIDATE CONSTRAINT as a second migration.";
        case CONSTR_UNIQUE:
        case CONSTR_PRIMARY:
            return "Start CREATE UNIQUE INDEX as a migration, then run ADD CONSTRAINT ... USING INDEX by itself.";
        default:
            return "There is no online way to add this constraint.";
        }
    return "";
}

void read_subcommand(AlterTableStmt *node, AlterTableCmd *command, const std::string &text, core::Statement *statement)
{
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
        if (command->behavior == DROP_CASCADE)
            refuse(-1, "DROP COLUMN ... CASCADE", "Drop what depends on the column first, then the column.");
        change.kind = ChangeKind::drop_column;
        {
            const char *name = command->name;
            change.is_noop = command->missing_ok && guarded([=] { return ::get_attnum(relation, name) <= 0; });
        }
        break;
    case AT_ColumnDefault:
        change.kind = command->def == nullptr ? ChangeKind::drop_default : ChangeKind::set_default;
        if (command->def != nullptr) {
            Node *raw = command->def;
            const char *chars = text.c_str();
            change.default_text = guarded([=] { return default_facts(raw, relation, chars).text; });
        }
        break;
    case AT_SetNotNull:
        change.kind = ChangeKind::set_not_null;
        break;
    case AT_DropNotNull:
        change.kind = ChangeKind::drop_not_null;
        break;
    default:
        if (!is_metadata_subcommand(command))
            refuse(-1, "this ALTER TABLE", why_not(command));
        change.kind = ChangeKind::metadata_only;
        change.statement = text;
        change.lock_mode = lock_of(node);
        change.title = "ALTER TABLE as written";
    }
    statement->changes.push_back(change);
}

}  // namespace

void read_alter_table(AlterTableStmt *node, const std::string &text, core::Statement *statement)
{
    if (node->objtype != OBJECT_TABLE)
        refuse(node->relation->location, "ALTER of this kind of object", "");
    if (!find_table(node->relation, node->missing_ok, statement))
        return;
    ListCell *cell;
    foreach (cell, node->cmds)
        read_subcommand(node, lfirst_node(AlterTableCmd, cell), text, statement);
}

}  // namespace hotswap::bridge
