// ALTER TABLE: types, defaults and new columns. See ddl.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/identifier.hpp"

#include "bridge/column_values.hpp"
#include "bridge/ddl_reading.hpp"
#include "bridge/object_names.hpp"
#include "bridge/tree.hpp"

extern "C" {
#include "catalog/heap.h"
#include "catalog/pg_type_d.h"
#include "commands/defrem.h"
#include "nodes/makefuncs.h"
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

// Names of the columns an expression reads; "*" for the row as a whole, which no list of columns covers.
List *columns_read(Node *expression, Oid relation)
{
    Bitmapset *numbers = nullptr;
    ::pull_varattnos(expression, 1, &numbers);
    List *names = NIL;
    for (int at = -1; (at = ::bms_next_member(numbers, at)) >= 0;) {
        const int number = at + FirstLowInvalidHeapAttributeNumber;
        const char *name = number == 0 ? "*" : ::get_attname(relation, static_cast<AttrNumber>(number), false);
        names = lappend(names, makeString(pstrdup(name)));
    }
    return names;
}

std::vector<std::string> words_of(List *names)
{
    std::vector<std::string> words;
    ListCell *cell;
    foreach (cell, names)
        words.push_back(strVal(lfirst(cell)));
    return words;
}

struct TypeFacts {
    bool found;
    Oid new_type;
    int32 new_modifier;
    Oid collation;
    const char *using_text;
    List *reads;
    bool castable, rewrites, back, unstable, from_enum, to_enum;
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
            facts.reads = columns_read(expression, relation_oid);
            facts.unstable = is_unstable(expression);
        } else {
            expression = reinterpret_cast<Node *>(
                makeVar(1, number, attribute->atttypid, attribute->atttypmod, attribute->attcollation, 0));
        }
        Node *cast = ::coerce_to_target_type(state, expression, ::exprType(expression), facts.new_type, facts.new_modifier,
                                             COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
        facts.castable = cast != nullptr;
        if (cast != nullptr) {
            ::assign_expr_collations(state, cast);
            // The steps run in the TimeZone that is in force now.
            facts.rewrites = is_rewriting(rewriting_of(reinterpret_cast<Node *>(::expression_planner(reinterpret_cast<Expr *>(cast))), number));
        }
        const Oid from = facts.new_type;
        Oid to = attribute->atttypid;
        facts.back = ::can_coerce_type(1, &from, &to, COERCION_ASSIGNMENT);
        facts.from_enum = ::get_typtype(attribute->atttypid) == TYPTYPE_ENUM;
        facts.to_enum = ::get_typtype(facts.new_type) == TYPTYPE_ENUM;
    }
    ::relation_close(relation, NoLock);
    return facts;
}

}  // namespace

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
    change->reads = words_of(facts.reads);
    change->unstable = facts.unstable;
    change->old_to_new_implicit = facts.using_text == nullptr;
    change->new_to_old_assignable = facts.back;
    change->from_enum = facts.from_enum;
    change->to_enum = facts.to_enum;
}

namespace {

struct DefaultFacts {
    const char *text;
    bool is_volatile, is_mutable, is_null;
};

// A default expression, qualified; columns are not allowed in one, which the server checks here.
DefaultFacts default_facts(Node *raw, Oid relation_oid, const char *text)
{
    DefaultFacts facts = {};
    Relation relation = ::relation_open(relation_oid, AccessShareLock);
    ParseState *state = state_over(relation, text);
    Node *expression = ::transformExpr(state, raw, EXPR_KIND_COLUMN_DEFAULT);
    ::assign_expr_collations(state, expression);
    facts.is_volatile = differs_by_row(static_cast<Node *>(copyObjectImpl(expression)));
    facts.is_mutable = ::contain_mutable_functions(expression);
    facts.is_null = IsA(expression, Const) && castNode(Const, expression)->constisnull;
    facts.text = deparse_over(RelationGetDescr(relation), expression);
    ::relation_close(relation, NoLock);
    return facts;
}

// The integer type behind a serial type; InvalidOid for all others.
Oid type_of_serial(const TypeName *type)
{
    static const struct {
        const char *name;
        Oid type;
    } kSerials[] = {{"serial", INT4OID},      {"serial4", INT4OID}, {"bigserial", INT8OID},
                    {"serial8", INT8OID},     {"smallserial", INT2OID}, {"serial2", INT2OID}};
    if (list_length(type->names) != 1 || type->arrayBounds != NIL)
        return InvalidOid;
    for (const auto &serial : kSerials)
        if (strcmp(strVal(linitial(type->names)), serial.name) == 0)
            return serial.type;
    return InvalidOid;
}

// Options of the sequence of an identity column, as in "(START WITH 10)".
std::string sequence_options(const Constraint *constraint)
{
    std::string text;
    ListCell *cell;
    foreach (cell, constraint->options) {
        auto *option = lfirst_node(DefElem, cell);
        const std::string name = option->defname;
        const char *value = option->arg == nullptr || IsA(option->arg, Boolean)
                                ? nullptr
                                : guarded([option] { return static_cast<const char *>(::defGetString(option)); });
        if (!text.empty())
            text += " ";
        if (name == "cycle")
            text += option->arg != nullptr && boolVal(option->arg) ? "CYCLE" : "NO CYCLE";
        else if ((name == "minvalue" || name == "maxvalue") && value == nullptr)
            text += name == "minvalue" ? "NO MINVALUE" : "NO MAXVALUE";
        else if (value != nullptr && (name == "start" || name == "increment" || name == "minvalue" || name == "maxvalue" || name == "cache"))
            text += (name == "start" ? "START WITH" : name == "increment" ? "INCREMENT BY" : name == "cache" ? "CACHE" : name == "minvalue" ? "MINVALUE" : "MAXVALUE") +
                    std::string(" ") + value;
        else
            refuse(constraint->location, "ADD COLUMN of an identity with this option", "Leave \"" + name + "\" out.");
    }
    return text;
}

// What the server computes the column from: immutable, over columns of the row that are not generated themselves.
struct GenerationFacts {
    const char *text;
    List *reads;
};

GenerationFacts generation_facts(Node *raw, Oid relation_oid, Oid type, int32 modifier, char *name, const char *text)
{
    Relation relation = ::relation_open(relation_oid, AccessShareLock);
    ParseState *state = state_over(relation, text);
    Node *expression = ::cookDefault(state, raw, type, modifier, name, ATTRIBUTE_GENERATED_STORED);
    const GenerationFacts facts = {deparse_over(RelationGetDescr(relation), expression), columns_read(expression, relation_oid)};
    ::relation_close(relation, NoLock);
    return facts;
}

// A column without a default of its own gets that of its type.
const char *default_of_type(Oid type, Oid relation_oid)
{
    Node *expression = ::get_typdefault(type);
    if (expression == nullptr)
        return "";
    Relation relation = ::relation_open(relation_oid, AccessShareLock);
    const char *text = deparse_over(RelationGetDescr(relation), expression);
    ::relation_close(relation, NoLock);
    return text;
}

}  // namespace

std::string read_default(Node *raw, const std::string &text, const core::Statement &statement)
{
    const Oid relation = statement.relation_oid;
    const char *chars = text.c_str();
    return guarded([=] { return default_facts(raw, relation, chars).text; });
}

void read_add_column(AlterTableCmd *command, const std::string &text, const core::Statement &statement, Change *change)
{
    auto *definition = castNode(ColumnDef, command->def);
    const Oid relation = statement.relation_oid;
    const char *chars = text.c_str();
    change->kind = ChangeKind::add_column;
    change->column = definition->colname;
    const Oid serial = type_of_serial(definition->typeName);
    if (serial != InvalidOid) {
        // As the server does: the type behind it, NOT NULL, and a sequence.
        definition->typeName = guarded([serial] { return ::makeTypeNameFromOid(serial, -1); });
        change->sequence = choose_index_name(relation, change->column, "seq", {});
    }
    struct Type {
        Oid type;
        int32 modifier;
        Oid collation;
        bool exists, constrained_domain;
        const char *type_default;
    };
    const Type type = guarded([=] {
        Relation opened = ::relation_open(relation, AccessShareLock);
        ParseState *state = state_over(opened, chars);
        Type t = {};
        ::typenameTypeIdAndMod(state, definition->typeName, &t.type, &t.modifier);
        t.collation = ::GetColumnDefCollation(state, definition, t.type);
        t.exists = ::get_attnum(relation, definition->colname) > 0;
        t.constrained_domain = ::DomainHasConstraints(t.type);
        t.type_default = default_of_type(t.type, relation);
        ::relation_close(opened, NoLock);
        return t;
    });
    change->constrained_domain = type.constrained_domain;
    if (type.constrained_domain) {
        change->rewrite_only = "ADD COLUMN of a domain with constraints";
        change->hint = "It rewrites the table. Add the column with the domain's base type.";
    }
    change->type = type_text(type.type, type.modifier);
    change->collation = collation_text(type.collation, type.type);
    change->is_noop = command->missing_ok && type.exists;
    change->fill_text = type.type_default;

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
            change->unstable = facts.is_mutable;
            if (!facts.is_null)
                change->default_text = facts.text;
            change->fill_text = change->default_text;
            break;
        }
        case CONSTR_IDENTITY:
            change->sequence = choose_index_name(relation, change->column, "seq", {});
            change->identity = constraint->generated_when == ATTRIBUTE_IDENTITY_ALWAYS ? "ALWAYS" : "BY DEFAULT";
            change->sequence_options = sequence_options(constraint);
            break;
        case CONSTR_GENERATED: {
            if (compat_is_virtual(constraint))
                refuse(constraint->location, "ADD COLUMN with a virtual generated value", "Run the statement by itself: no row is written.");
            Node *raw = constraint->raw_expr;
            char *name = definition->colname;
            const Type found = type;
            const GenerationFacts facts =
                guarded([=] { return generation_facts(raw, relation, found.type, found.modifier, name, chars); });
            change->generated = true;
            change->fill_text = facts.text;
            change->reads = words_of(facts.reads);
            change->rewrite_only = "ADD COLUMN with a generated value";
            change->hint = "It writes every row under a full lock.";
            break;
        }
        case CONSTR_PRIMARY:
            change->not_null = true;
            break;
        default:   // ddl_constraint.cpp
            break;
        }
    }
    if (!change->sequence.empty())
        change->not_null = false;   // proven once the rows have their values
}

}  // namespace hotswap::bridge
