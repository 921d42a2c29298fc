// Constraints: which recipe stands for which subcommand, and what is taken away and how it comes back.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/recipe.hpp"

namespace hotswap::core {

namespace {

[[noreturn]] void refuse_inherited(const Change &change)
{
    throw Error("42P16", fmt::format("cannot change inherited constraint \"{}\"", change.new_name), {},
                "Name the table it comes from.", change.position);
}

std::string rename(const Planning &planning, const std::string &from, const std::string &to)
{
    return alter(planning.relation, fmt::format("RENAME CONSTRAINT {} TO {}", quote_identifier(from), quote_identifier(to)));
}

// The name a new constraint has while the one that it replaces still has its own.
std::string name_meanwhile(const Planning &planning, const Change &change)
{
    return is_replaced(planning, change.new_name) ? own_name("new", change.new_name) : change.new_name;
}

void take_name(Planning &planning, const Change &change, const std::string &meanwhile)
{
    if (meanwhile == change.new_name)
        return;
    Moves moves;
    moves.add(rename(planning, meanwhile, change.new_name), rename(planning, change.new_name, meanwhile));
    Step step = make_ddl(planning, Phase::switch_, fmt::format("give constraint {} its name", change.new_name), moves);
    step.locks = tables_below(planning.table);
    planning.add(std::move(step));
}

void add_check(Planning &planning, const Change &change)
{
    const std::string name = name_meanwhile(planning, change);
    append(planning, check_recipe(planning, name, change.definition, !change.not_valid, ""));
    take_name(planning, change, name);
}

void add_foreign_key(Planning &planning, const Change &change)
{
    const TableFacts &table = planning.table;
    const auto &changes = planning.statement.changes;
    if (table.kind == 'p' && (change.not_valid || is_replaced(planning, change.new_name)))
        throw Error(sqlstate::kFeatureNotSupported,
                    fmt::format("cannot add foreign key \"{}\" of partitioned table \"{}\" this way", change.new_name, table.name),
                    change.not_valid ? "PostgreSQL has no foreign key NOT VALID on a partitioned table." : "It would replace another one of its name.",
                    change.not_valid ? "Leave NOT VALID out: hotswap adds it partition by partition." : "Give it another name.", change.position);
    KeyToTable key;
    key.name = name_meanwhile(planning, change);
    key.definition = change.definition;
    key.referenced = qualified(change.referenced_schema, change.referenced_table);
    key.validated = !change.not_valid;
    const bool waits_for_key = key.referenced == planning.relation &&
                               std::any_of(changes.begin(), changes.end(), [](const Change &other) { return other.kind == ChangeKind::add_unique; });
    if (waits_for_key)
        key.phase = Phase::switch_;
    append(planning, foreign_key_recipe(planning, key, change.position));
    take_name(planning, change, key.name);
    const bool has_index = std::any_of(table.indexes.begin(), table.indexes.end(), [&](const Index &index) {
        const Column *first = index.keys.empty() ? nullptr : table.find(index.keys.front().column);
        return index.valid && index.predicate.empty() && first && std::find(change.names.begin(), change.names.end(), first->name) != change.names.end();
    });
    if (!has_index)
        planning.warn(fmt::format("no index begins with a column of foreign key \"{}\": each DELETE from {} and each UPDATE of its key reads all of {}",
                                  change.new_name, key.referenced, planning.relation));
}

void add_key(Planning &planning, const Change &change)
{
    const TableFacts &table = planning.table;
    TreeIndex index;
    index.schema = table.schema;
    index.name = change.new_name;
    if (is_replaced(planning, change.new_name))
        index.built_as = own_name("new", change.new_name);
    index.below = change.names_below;
    index.tail = change.definition;
    index.unique = true;
    index.primary = change.primary;
    index.constraint = change.new_name;
    index.constraint_text = change.constraint_text;
    index.attributes = change.attributes;
    std::vector<std::string> columns = change.names;
    const Index *written = nullptr;
    if (!change.index_name.empty()) {
        const auto found = find_named(table.indexes, change.index_name);
        if (found == table.indexes.end())
            throw Error(sqlstate::kUndefinedObject, fmt::format("index \"{}\" does not exist", change.index_name), {}, {}, change.position);
        written = &*found;
        index.tail = found->tail;
        for (const IndexKey &key : found->keys)
            if (const Column *column = table.find(key.column))
                columns.push_back(column->name);
    }
    if (change.primary && std::any_of(table.indexes.begin(), table.indexes.end(), [&](const Index &found) {
            return found.primary && !is_replaced(planning, found.constraint);
        }))
        throw Error("42P16", fmt::format("multiple primary keys for table \"{}\" are not allowed", table.name), {}, {}, change.position);
    if (table.kind == 'p' && is_replaced(planning, change.new_name))
        throw Error(sqlstate::kFeatureNotSupported, fmt::format("cannot replace constraint \"{}\" of partitioned table \"{}\"", change.new_name, table.name),
                    {}, "Give the new one another name.", change.position);
    if (change.primary)
        prove_not_null(planning, columns);
    if (written == nullptr) {
        append(planning, index_recipe(planning, index));
        return;
    }
    // The index is the user's: only the way back, where it goes with the constraint, builds it again.
    Steps steps = index_recipe(planning, index);
    Step kept = steps.front();
    kept.kind = StepKind::index_drop;
    kept.title = fmt::format("keep index {}", written->name);
    kept.index_name = written->name;
    kept.undo = {fmt::format("CREATE UNIQUE INDEX CONCURRENTLY {} ON {} {}", quote_identifier(written->name), planning.relation, written->tail)};
    kept.action.clear();
    Step add = steps.back();
    add.action[0] = alter(planning.relation, fmt::format("ADD CONSTRAINT {} {} USING INDEX {}{}", quote_identifier(change.new_name),
                                                         change.primary ? "PRIMARY KEY" : "UNIQUE", quote_identifier(written->name),
                                                         change.attributes.empty() ? "" : " " + change.attributes));
    planning.add(std::move(kept));
    planning.add(std::move(add));
}

[[noreturn]] void refuse_exclusion(const Planning &planning, const Change &change)
{
    throw Error(sqlstate::kFeatureNotSupported, "cannot add an EXCLUDE constraint as an online migration",
                fmt::format("PostgreSQL builds its index under an ACCESS EXCLUSIVE lock on {}: there is neither CONCURRENTLY nor NOT VALID nor USING INDEX for it.",
                            planning.relation),
                "Run the statement by itself in a maintenance window, or use UNIQUE where the operators are all \"=\".", change.position);
}

// Without the index no foreign key can rest on it.
void refuse_dependent_keys(const TableFacts &table, const Index &index, const Change &change)
{
    std::vector<std::string> names;
    for (const ForeignKey &key : table.incoming)
        if (key.index == index.name)
            names.push_back(fmt::format("constraint {} of table {}", key.name, qualified(key.schema, key.table)));
    if (!names.empty())
        throw Error("2BP01", fmt::format("cannot drop constraint \"{}\" because other objects depend on it", change.new_name),
                    fmt::format("Depending on it: {}.", comma_list(names)), "Drop these foreign keys first.", change.position);
}

void drop_key(Planning &planning, const Index &index, const Change &change)
{
    const TableFacts &table = planning.table;
    if (!index.parent.empty())
        refuse_inherited(change);
    if (!change.cascade)
        refuse_dependent_keys(table, index, change);
    plan_cascade(planning, {&change}, Phase::switch_);
    if (index.replica_identity)
        planning.warn(fmt::format("index \"{}\" is the replica identity: UPDATE and DELETE of a published table fail without it", index.name));
    if (index.exclusion) {
        Moves moves;
        moves.add(alter(planning.relation, fmt::format("DROP CONSTRAINT {}", quote_identifier(change.new_name))));
        planning.add(make_ddl(planning, Phase::contract, fmt::format("drop constraint {}", change.new_name), moves)).irreversible = true;
        planning.warn(fmt::format("dropping constraint \"{}\" cannot be undone: PostgreSQL cannot build an EXCLUDE constraint online", change.new_name));
        return;
    }
    TreeIndex whole = index_in(table, index);
    Steps steps = turned_round(index_recipe(planning, whole), Phase::switch_);
    append(planning, std::move(steps));
}

void drop_constraint(Planning &planning, const Change &change)
{
    const TableFacts &table = planning.table;
    if (const auto check = find_named(table.checks, change.new_name); check != table.checks.end()) {
        if (!check->local)
            refuse_inherited(change);
        std::string definition = check->definition;
        if (const auto end = definition.rfind(" NOT VALID"); end != std::string::npos && end + 10 == definition.size())
            definition.resize(end);
        return append(planning, turned_round(check_recipe(planning, check->name, definition, check->validated, check->comment), Phase::switch_));
    }
    if (const auto key = find_named(table.outgoing, change.new_name); key != table.outgoing.end()) {
        KeyToTable found{key->name, key->definition, key->comment, qualified(key->referenced_schema, key->referenced_table), key->validated};
        return append(planning, turned_round(foreign_key_recipe(planning, found, change.position), Phase::switch_));
    }
    if (const Index *index = index_of(table, change.new_name))
        return drop_key(planning, *index, change);
    refuse_inherited(change);
}

// Nothing takes a validation back but dropping the constraint and adding it again as it was.
void validate(Planning &planning, const Change &change)
{
    const TableFacts &table = planning.table;
    std::string definition, comment;
    Step back = make_step(planning, Phase::expand, StepKind::ddl, fmt::format("add constraint {} again, not valid", change.new_name), kAccessExclusive);
    if (const auto check = find_named(table.checks, change.new_name); check != table.checks.end()) {
        if (check->validated)
            return;
        definition = check->definition;
        comment = check->comment;
        back.locks = tables_below(table);
    } else if (const auto key = find_named(table.outgoing, change.new_name); key != table.outgoing.end()) {
        if (key->validated)
            return;
        definition = key->definition + " NOT VALID";
        comment = key->comment;
        back.locks = {qualified(key->referenced_schema, key->referenced_table)};
    } else {
        throw Error(sqlstate::kWrongObjectType, fmt::format("constraint \"{}\" of relation \"{}\" is not a foreign key or check constraint",
                                                            change.new_name, table.name), {}, {}, change.position);
    }
    const std::string name = quote_identifier(change.new_name);
    back.undo = {alter(planning.relation, fmt::format("DROP CONSTRAINT {}, ADD CONSTRAINT {} {}", name, name, definition))};
    if (!comment.empty())
        back.undo.push_back(fmt::format("COMMENT ON CONSTRAINT {} ON {} IS {}", name, planning.relation, quote_literal(comment)));
    planning.add(std::move(back));
    planning.add(make_validation(planning, planning.relation, change.new_name));
}

std::string deferrability_of(const ForeignKey &key)
{
    if (key.tail.find("DEFERRABLE") == std::string::npos)
        return "NOT DEFERRABLE";
    return key.tail.find("INITIALLY DEFERRED") == std::string::npos ? "DEFERRABLE INITIALLY IMMEDIATE" : "DEFERRABLE INITIALLY DEFERRED";
}

void alter_constraint(Planning &planning, const Change &change)
{
    const auto key = find_named(planning.table.outgoing, change.new_name);
    if (key == planning.table.outgoing.end())
        throw Error(sqlstate::kWrongObjectType, fmt::format("constraint \"{}\" of relation \"{}\" is not a foreign key constraint of its own",
                                                            change.new_name, planning.table.name), {}, {}, change.position);
    const std::string begin = fmt::format("ALTER CONSTRAINT {} ", quote_identifier(change.new_name));
    Moves moves;
    moves.add(alter(planning.relation, begin + change.definition), alter(planning.relation, begin + deferrability_of(*key)));
    Step step = make_ddl(planning, Phase::expand, fmt::format("alter constraint {}", change.new_name), moves);
    step.locks = tables_below(planning.table);
    planning.add(std::move(step));
}

}  // namespace

void plan_constraint(Planning &planning, const Change &change)
{
    switch (change.kind) {
    case ChangeKind::add_check:
        return add_check(planning, change);
    case ChangeKind::add_unique:
        return add_key(planning, change);
    case ChangeKind::add_foreign_key:
        return add_foreign_key(planning, change);
    case ChangeKind::add_exclusion:
        refuse_exclusion(planning, change);
    case ChangeKind::validate_constraint:
        return validate(planning, change);
    case ChangeKind::drop_constraint:
        return drop_constraint(planning, change);
    case ChangeKind::alter_constraint:
        return alter_constraint(planning, change);
    default:
        break;
    }
}

bool is_about_constraint(const Change &change)
{
    switch (change.kind) {
    case ChangeKind::add_check:
    case ChangeKind::add_unique:
    case ChangeKind::add_foreign_key:
    case ChangeKind::add_exclusion:
    case ChangeKind::validate_constraint:
    case ChangeKind::drop_constraint:
    case ChangeKind::alter_constraint:
        return true;
    default:
        return false;
    }
}

}  // namespace hotswap::core
