// Constraints of ALTER TABLE: those that are added, by themselves or within ADD COLUMN, and what is done to those that are
// there. Every one gets the name the server would choose. See ddl.hpp.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include "core/identifier.hpp"

#include "bridge/ddl_reading.hpp"
#include "bridge/object_cascade.hpp"
#include "bridge/object_names.hpp"

extern "C" {
#include "catalog/pg_constraint.h"
#include "utils/rel.h"
}

namespace hotswap::bridge {

namespace {

using core::Change;
using core::ChangeKind;

using Words = std::vector<std::string>;

Words words_of(List *names)
{
    Words words;
    ListCell *cell;
    foreach (cell, names)
        words.push_back(strVal(lfirst(cell)));
    return words;
}

std::vector<ScopeColumn> added_columns(const core::Statement &statement)
{
    std::vector<ScopeColumn> added;
    for (const Change &change : statement.changes)
        if (change.kind == ChangeKind::add_column && !change.is_noop)
            added.push_back({change.column, change.type, change.collation});
    return added;
}

TakenNames taken_names(const core::Statement &statement)
{
    TakenNames taken;
    for (const Change &change : statement.changes)
        if (change.kind != ChangeKind::drop_constraint && !change.new_name.empty())
            taken.push_back(change.new_name);
    return taken;
}

void check_columns(const Words &columns, const core::Statement &statement, const char *where, int location)
{
    const Oid relation = statement.relation_oid;
    for (const std::string &column : columns) {
        const char *name = column.c_str();
        const bool added = std::any_of(statement.changes.begin(), statement.changes.end(), [&](const Change &change) {
            return change.kind == ChangeKind::add_column && change.column == column;
        });
        if (!added && guarded([=] { return ::get_attnum(relation, name) == InvalidAttrNumber; }))
            throw core::Error(core::sqlstate::kUndefinedColumn, "column \"" + column + "\" " + where + " does not exist", "", "",
                              position_of(location));
    }
}

std::string deferrability(const Constraint *constraint)
{
    std::string text = constraint->deferrable ? "DEFERRABLE" : "";
    if (constraint->initdeferred)
        text += " INITIALLY DEFERRED";
    return text;
}

void read_check(Constraint *constraint, const std::string &text, const core::Statement &statement, Change *change)
{
    change->kind = ChangeKind::add_check;
    const QualifiedExpression condition =
        qualify_condition(constraint->raw_expr, text, statement.relation_oid, added_columns(statement));
    change->definition = "CHECK (" + condition.text + ")";
    if (constraint->is_no_inherit)
        change->definition += " NO INHERIT";
    change->not_valid = constraint->skip_validation;
    if (change->new_name.empty())
        change->new_name = choose_constraint_name(statement.relation_oid, condition.reads.size() == 1 ? condition.reads[0] : "", "check",
                                                  taken_names(statement));
}

void read_key(Constraint *constraint, const core::Statement &statement, Change *change)
{
    change->kind = ChangeKind::add_unique;
    change->primary = constraint->contype == CONSTR_PRIMARY;
    change->attributes = deferrability(constraint);
    if (constraint->indexname != nullptr) {
        change->index_name = constraint->indexname;
        if (change->new_name.empty())
            change->new_name = change->index_name;
        return;
    }
    change->names = words_of(constraint->keys);
    const Words included = words_of(constraint->including);
    check_columns(change->names, statement, "named in key", constraint->location);
    check_columns(included, statement, "named in key", constraint->location);
    const char *label = change->primary ? "pkey" : "key";
    Words columns = change->names;
    columns.insert(columns.end(), included.begin(), included.end());
    const std::string in_name = change->primary ? "" : joined_columns(columns);
    if (change->new_name.empty())
        change->new_name = choose_index_name(statement.relation_oid, in_name, label, taken_names(statement));
    else if (std::none_of(statement.changes.begin(), statement.changes.end(), [&](const Change &other) {
                 return other.kind == ChangeKind::drop_constraint && other.new_name == change->new_name;
             })) {
        const char *name = change->new_name.c_str();
        const Oid relation = statement.relation_oid;
        if (guarded([=] { return OidIsValid(::get_relname_relid(name, ::get_rel_namespace(relation))); }))
            throw core::Error("42P07", "relation \"" + change->new_name + "\" already exists", "", "Choose another name.",
                              position_of(constraint->location));
    }
    change->names_below = choose_names_below(statement.relation_oid, in_name, label);
    std::string keys = "(" + core::quote_list(change->names) + ")", with, where;
    if (!included.empty())
        keys += " INCLUDE (" + core::quote_list(included) + ")";
    if (constraint->options != NIL)
        with = " WITH (" + options_text(constraint->options) + ")";
    if (constraint->indexspace != nullptr)
        where = " TABLESPACE " + core::quote_identifier(constraint->indexspace);
    const char *nulls = compat_nulls_not_distinct(constraint) ? " NULLS NOT DISTINCT" : "";
    change->definition = "USING btree " + keys + nulls + with + where;
    change->constraint_text = std::string(change->primary ? "PRIMARY KEY" : "UNIQUE") + nulls + " " + keys + with +
                              (where.empty() ? "" : " USING INDEX" + where) + (change->attributes.empty() ? "" : " " + change->attributes);
}

std::string action_words(char action, const Words &columns)
{
    switch (action) {
    case FKCONSTR_ACTION_RESTRICT:
        return "RESTRICT";
    case FKCONSTR_ACTION_CASCADE:
        return "CASCADE";
    case FKCONSTR_ACTION_SETNULL:
        return columns.empty() ? "SET NULL" : "SET NULL (" + core::quote_list(columns) + ")";
    case FKCONSTR_ACTION_SETDEFAULT:
        return columns.empty() ? "SET DEFAULT" : "SET DEFAULT (" + core::quote_list(columns) + ")";
    default:
        return "NO ACTION";
    }
}

// Whether the table has a unique index on just these columns, as a foreign key needs it; no columns: a primary key.
bool has_key(Oid table, List *columns)
{
    Relation relation = ::relation_open(table, AccessShareLock);
    bool found = false;
    ListCell *cell;
    foreach (cell, ::RelationGetIndexList(relation)) {
        HeapTuple tuple = ::SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
        if (!HeapTupleIsValid(tuple))
            continue;
        const auto *index = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
        bool fits = index->indisunique && index->indisvalid && index->indimmediate &&
                    ::heap_attisnull(tuple, Anum_pg_index_indpred, nullptr) && ::heap_attisnull(tuple, Anum_pg_index_indexprs, nullptr);
        if (columns == NIL)
            fits = fits && index->indisprimary;
        else
            fits = fits && index->indnkeyatts == list_length(columns);
        ListCell *name;
        foreach (name, columns) {
            const AttrNumber number = ::get_attnum(table, strVal(lfirst(name)));
            bool has = false;
            for (int i = 0; i < index->indnkeyatts; ++i)
                has = has || index->indkey.values[i] == number;
            fits = fits && has;
        }
        found = found || fits;
        ::ReleaseSysCache(tuple);
    }
    ::relation_close(relation, NoLock);
    return found;
}

void read_foreign_key(Constraint *constraint, const core::Statement &statement, Change *change)
{
    change->kind = ChangeKind::add_foreign_key;
    change->not_valid = constraint->skip_validation;
    change->names = words_of(constraint->fk_attrs);
    check_columns(change->names, statement, "referenced in foreign key constraint", constraint->location);

    struct Referenced {
        Oid oid;
        const char *schema, *name;
        bool is_table, has_key, all_there;
    };
    RangeVar *written = constraint->pktable;
    List *columns = constraint->pk_attrs;
    const Referenced found = guarded([=] {
        Referenced r = {};
        r.oid = ::RangeVarGetRelid(written, AccessShareLock, false);
        r.schema = ::get_namespace_name(::get_rel_namespace(r.oid));
        r.name = ::get_rel_name(r.oid);
        const char kind = ::get_rel_relkind(r.oid);
        r.is_table = kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE;
        r.all_there = true;
        ListCell *cell;
        foreach (cell, columns)
            r.all_there = r.all_there && ::get_attnum(r.oid, strVal(lfirst(cell))) != InvalidAttrNumber;
        r.has_key = r.is_table && r.all_there && has_key(r.oid, columns);
        return r;
    });
    const int position = position_of(constraint->location);
    if (!found.is_table)
        throw core::Error(core::sqlstate::kWrongObjectType, "referenced relation \"" + plain(found.name) + "\" is not a table", "", "", position);
    const bool itself = found.oid == statement.relation_oid;
    if (!found.all_there && !itself)
        throw core::Error(core::sqlstate::kUndefinedColumn, "a column referenced in foreign key constraint does not exist", "", "", position);
    const bool adds_key = itself && std::any_of(statement.changes.begin(), statement.changes.end(),
                                                [](const Change &other) { return other.kind == ChangeKind::add_unique; });
    if (!found.has_key && !adds_key)
        throw core::Error(columns == NIL ? "42704" : "42830",
                          columns == NIL ? "there is no primary key for referenced table \"" + plain(found.name) + "\""
                                         : "there is no unique constraint matching given keys for referenced table \"" + plain(found.name) + "\"",
                          "", "Add a primary key or a unique constraint to it first.", position);
    change->referenced_schema = found.schema;
    change->referenced_table = found.name;
    change->definition = "FOREIGN KEY (" + core::quote_list(change->names) + ") REFERENCES " + core::qualified(found.schema, found.name);
    if (columns != NIL)
        change->definition += " (" + core::quote_list(words_of(columns)) + ")";
    if (constraint->fk_matchtype == FKCONSTR_MATCH_FULL)
        change->definition += " MATCH FULL";
    change->definition += " ON UPDATE " + action_words(constraint->fk_upd_action, {}) + " ON DELETE " +
                          action_words(constraint->fk_del_action, words_of(compat_set_columns(constraint)));
    if (const std::string when = deferrability(constraint); !when.empty())
        change->definition += " " + when;
    if (change->new_name.empty())
        change->new_name = choose_constraint_name(statement.relation_oid, joined_columns(change->names), "fkey", taken_names(statement));
}

}  // namespace

void read_added_constraint(Constraint *constraint, const std::string &text, core::Statement *statement)
{
    Change change;
    change.position = position_of(constraint->location);
    change.new_name = plain(constraint->conname);
    switch (constraint->contype) {
    case CONSTR_CHECK:
        read_check(constraint, text, *statement, &change);
        break;
    case CONSTR_UNIQUE:
    case CONSTR_PRIMARY:
        read_key(constraint, *statement, &change);
        break;
    case CONSTR_FOREIGN:
        read_foreign_key(constraint, *statement, &change);
        change.part = "ADD FOREIGN KEY";
        break;
    case CONSTR_EXCLUSION:
        change.kind = ChangeKind::add_exclusion;
        change.part = "ADD EXCLUDE";
        break;
    default:
        refuse(constraint->location, "this constraint", "");
    }
    change.title = "ADD CONSTRAINT " + change.new_name;
    statement->changes.push_back(std::move(change));
}

// The constraints of a new column are those of the table, over that column; DEFERRABLE and its like follow the one they are about.
void read_column_constraints(const ColumnDef *definition, const std::string &text, core::Statement *statement)
{
    std::vector<Constraint *> found;
    ListCell *cell;
    foreach (cell, definition->constraints) {
        auto *constraint = lfirst_node(Constraint, cell);
        Constraint *last = found.empty() ? nullptr : found.back();
        switch (constraint->contype) {
        case CONSTR_CHECK:
        case CONSTR_UNIQUE:
        case CONSTR_PRIMARY:
        case CONSTR_FOREIGN:
            found.push_back(constraint);
            break;
        case CONSTR_ATTR_DEFERRABLE:
            if (last != nullptr)
                last->deferrable = true;
            break;
        case CONSTR_ATTR_DEFERRED:
            if (last != nullptr)
                last->deferrable = last->initdeferred = true;
            break;
        default:
            break;
        }
    }
    char *name = definition->colname;
    for (Constraint *constraint : found) {
        List *column = guarded([=] { return list_make1(::makeString(name)); });
        if (constraint->contype == CONSTR_FOREIGN && constraint->fk_attrs == NIL)
            constraint->fk_attrs = column;
        if ((constraint->contype == CONSTR_UNIQUE || constraint->contype == CONSTR_PRIMARY) && constraint->keys == NIL)
            constraint->keys = column;
        read_added_constraint(constraint, text, statement);
    }
}

// VALIDATE, ALTER and DROP CONSTRAINT.
void read_own_constraint(AlterTableCmd *command, const std::string &, core::Statement *statement)
{
    Change change;
    const char *name = command->name;
    if (command->subtype == AT_AlterConstraint) {
        auto *wanted = castNode(Constraint, command->def);
        name = wanted->conname;
        change.kind = ChangeKind::alter_constraint;
        change.definition = wanted->deferrable ? "DEFERRABLE" : "NOT DEFERRABLE";
        if (wanted->deferrable)
            change.definition += wanted->initdeferred ? " INITIALLY DEFERRED" : " INITIALLY IMMEDIATE";
    } else {
        change.kind = command->subtype == AT_DropConstraint ? ChangeKind::drop_constraint : ChangeKind::validate_constraint;
    }
    change.new_name = name;
    const Oid relation = statement->relation_oid;
    const bool exists = guarded([=] { return OidIsValid(::get_relation_constraint_oid(relation, name, true)); });
    if (!exists && !command->missing_ok)
        throw core::Error(core::sqlstate::kUndefinedObject,
                          "constraint \"" + plain(name) + "\" of relation \"" + statement->relation + "\" does not exist");
    change.is_noop = !exists;
    if (command->behavior == DROP_CASCADE && exists) {
        const Oid constraint = guarded([=] { return ::get_relation_constraint_oid(relation, name, false); });
        change.cascade = std::make_shared<const std::vector<core::Fallen>>(fallen_with({ConstraintRelationId, constraint, 0}));
        // For strategy direct, which runs the statement as written.
        for (const core::Fallen &fallen : *change.cascade) {
            change.locks.insert(change.locks.end(), fallen.locks.begin(), fallen.locks.end());
            change.warnings.push_back("CASCADE also drops " + fallen.words);
        }
    }
    change.part = std::string(change.kind == ChangeKind::drop_constraint    ? "DROP"
                              : change.kind == ChangeKind::alter_constraint ? "ALTER"
                                                                            : "VALIDATE") +
                  " CONSTRAINT";
    change.title = change.part + " " + change.new_name;
    statement->changes.push_back(std::move(change));
}

}  // namespace hotswap::bridge
