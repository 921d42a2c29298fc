// The switch of type changes: one transaction in which the copies take over the names of columns, indexes and
// constraints. Order: the old objects step aside, the columns change names, the new objects step in. The undo is the
// same sequence backwards.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "core/dual_write_draft.hpp"
#include "core/identifier.hpp"

namespace hotswap::core {

namespace {

std::string rename_column(const std::string &relation, const std::string &from, const std::string &to)
{
    return alter(relation, fmt::format("RENAME COLUMN {} TO {}", quote_identifier(from), quote_identifier(to)));
}

std::string rename_constraint(const std::string &relation, const std::string &from, const std::string &to)
{
    return alter(relation, fmt::format("RENAME CONSTRAINT {} TO {}", quote_identifier(from), quote_identifier(to)));
}

std::string rename_index(const std::string &schema, const std::string &from, const std::string &to)
{
    return fmt::format("ALTER INDEX {} RENAME TO {}", qualified(schema, from), quote_identifier(to));
}

std::string drop_constraint(const std::string &relation, const std::string &name)
{
    return alter(relation, fmt::format("DROP CONSTRAINT {}", quote_identifier(name)));
}

std::string comment_on_constraint(const std::string &relation, const std::string &name, const std::string &comment)
{
    return fmt::format("COMMENT ON CONSTRAINT {} ON {} IS {}", quote_identifier(name), relation, quote_literal(comment));
}

std::string constraint_from_index(const DualWriteDraft &draft, const Index &index, const std::string &from)
{
    return alter(draft.planning.relation,
                 fmt::format("ADD CONSTRAINT {} {} USING INDEX {}{}{}", quote_identifier(index.constraint),
                             index.primary ? "PRIMARY KEY" : "UNIQUE", quote_identifier(from),
                             index.deferrable ? " DEFERRABLE" : "", index.initially_deferred ? " INITIALLY DEFERRED" : ""));
}

void add_lock(std::vector<std::string> &locks, const std::string &relation)
{
    if (!relation.empty() && std::find(locks.begin(), locks.end(), relation) == locks.end())
        locks.push_back(relation);
}

// ---- marks and comments: first in the draft, so that the way back sets them last ---------------

void return_marks(DualWriteDraft &draft, const Index &index)
{
    const std::string &relation = draft.planning.relation;
    if (index.clustered)
        draft.switch_.on_undo(alter(relation, fmt::format("CLUSTER ON {}", quote_identifier(index.name))));
    if (index.replica_identity)
        draft.switch_.on_undo(alter(relation, fmt::format("REPLICA IDENTITY USING INDEX {}", quote_identifier(index.name))));
    if (index.primary && !index.comment.empty())
        draft.switch_.on_undo(
            fmt::format("COMMENT ON INDEX {} IS {}", qualified(index.schema, index.name), quote_literal(index.comment)));
    if (index.primary && !index.constraint_comment.empty())
        draft.switch_.on_undo(comment_on_constraint(relation, index.constraint, index.constraint_comment));
}

void set_marks(DualWriteDraft &draft, const Index &index)
{
    const std::string &relation = draft.planning.relation;
    if (index.clustered)
        draft.switch_.add(alter(relation, fmt::format("CLUSTER ON {}", quote_identifier(index.name))));
    if (index.replica_identity)
        draft.switch_.add(alter(relation, fmt::format("REPLICA IDENTITY USING INDEX {}", quote_identifier(index.name))));
    if (!index.comment.empty())
        draft.switch_.add(
            fmt::format("COMMENT ON INDEX {} IS {}", qualified(index.schema, index.name), quote_literal(index.comment)));
    if (!index.constraint_comment.empty())
        draft.switch_.add(comment_on_constraint(relation, index.constraint, index.constraint_comment));
}

// ---- indexes and the constraints they stand for ------------------------------------------------

void move_index_aside(DualWriteDraft &draft, const Index &index)
{
    const std::string &relation = draft.planning.relation;
    std::string old_name = own_name("old", index.name);
    if (index.primary)
        draft.switch_.add(drop_constraint(relation, index.constraint),
                          constraint_from_index(draft, index, own_name("keep", index.name)));
    else if (!index.constraint.empty())
        draft.switch_.add(rename_constraint(relation, index.constraint, old_name),
                          rename_constraint(relation, old_name, index.constraint));
    else
        draft.switch_.add(rename_index(index.schema, index.name, old_name), rename_index(index.schema, old_name, index.name));
}

// The columns of an index have names of their own, which renaming the table's column does not touch.
void name_index_columns(DualWriteDraft &draft, const Index &index)
{
    std::vector<int> numbers = index.include;
    for (const IndexKey &key : index.keys)
        if (key.column != 0)
            numbers.push_back(key.column);
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    for (int number : numbers)
        if (draft.is_swapped(number))
            draft.switch_.add(fmt::format("ALTER TABLE {} RENAME COLUMN {} TO {}", qualified(index.schema, index.name),
                                          quote_identifier(draft.copy_of(number)),
                                          quote_identifier(draft.planning.table.find(number)->name)));
}

void move_index_in(DualWriteDraft &draft, const Index &index)
{
    std::string copy = own_name("idx", index.name);
    // A constraint made from an index takes the index along when it is dropped: the way back does not need the copy.
    if (!index.constraint.empty())
        draft.switch_.add(constraint_from_index(draft, index, copy), drop_constraint(draft.planning.relation, index.constraint));
    else
        draft.switch_.add(rename_index(index.schema, copy, index.name), rename_index(index.schema, index.name, copy));
    name_index_columns(draft, index);
}

// ---- foreign keys ------------------------------------------------------------------------------

void move_key_aside(DualWriteDraft &draft, const KeyCopy &copy)
{
    const std::string &name = copy.key->name;
    add_lock(draft.switch_locks, copy.other);
    if (copy.references_primary) {
        if (!copy.key->comment.empty())
            draft.switch_.on_undo(comment_on_constraint(copy.child, name, copy.key->comment));
        draft.switch_.add(
            drop_constraint(copy.child, name),
            alter(copy.child, fmt::format("ADD CONSTRAINT {} {} NOT VALID", quote_identifier(name), copy.original)));
        return;
    }
    std::string old_name = own_name("old", name);
    draft.switch_.add(rename_constraint(copy.child, name, old_name), rename_constraint(copy.child, old_name, name));
    add_lock(draft.contract_locks, copy.other);
    // What references the old column would hold the contract up; what only reads it goes with the column.
    if (copy.references_swapped)
        draft.contract.push_back(alter(copy.child, fmt::format("DROP CONSTRAINT IF EXISTS {}", quote_identifier(old_name))));
}

void move_key_in(DualWriteDraft &draft, const KeyCopy &copy)
{
    const std::string &name = copy.key->name;
    std::string own = own_name("fk", name);
    // On the way back the new key must be gone before the index it depends on.
    draft.switch_.add(rename_constraint(copy.child, own, name),
                      copy.references_swapped ? drop_constraint(copy.child, name) : rename_constraint(copy.child, name, own));
    if (!copy.key->comment.empty())
        draft.switch_.add(comment_on_constraint(copy.child, name, copy.key->comment));
}

// ---- checks ------------------------------------------------------------------------------------

std::vector<const Check *> swapped_checks(const DualWriteDraft &draft)
{
    std::vector<const Check *> checks;
    for (const Check &check : draft.planning.table.checks)
        if (std::any_of(check.columns.begin(), check.columns.end(), [&](int number) { return draft.is_swapped(number); }))
            checks.push_back(&check);
    return checks;
}

// ---- columns -----------------------------------------------------------------------------------

// Options of the identity's sequence without the bounds of the old type, which must not bind the new one.
std::string options_for_new_type(const std::string &options, const std::string &old_type)
{
    std::string most = old_type == "smallint" ? "32767" : old_type == "integer" ? "2147483647" : "9223372036854775807";
    std::string least = old_type == "smallint" ? "-32768" : old_type == "integer" ? "-2147483648" : "-9223372036854775808";
    std::istringstream words(options);
    std::string result, word;
    while (words >> word) {
        if (word == "MAXVALUE" || word == "MINVALUE") {
            std::string bound;
            words >> bound;
            if (bound == (word == "MAXVALUE" ? most : least))
                continue;
            word += " " + bound;
        }
        result += (result.empty() ? "" : " ") + word;
    }
    return result;
}

std::string add_identity(const DualWriteDraft &draft, const Column &column, const std::string &options)
{
    return alter_column(
        draft.planning.relation, column.name,
        fmt::format("ADD GENERATED {} AS IDENTITY (SEQUENCE NAME {}{}{})", column.identity == 'a' ? "ALWAYS" : "BY DEFAULT",
                    qualified(column.sequence_schema, column.sequence_name), options.empty() ? "" : " ", options));
}

void rename_columns(DualWriteDraft &draft, const Swap &swap)
{
    const std::string &relation = draft.planning.relation;
    const std::string &name = swap.column->name;
    draft.switch_.add(rename_column(relation, name, swap.previous), rename_column(relation, swap.previous, name));
    draft.switch_.add(rename_column(relation, swap.copy, name), rename_column(relation, name, swap.copy));
}

// An identity cannot move to another column: a second one is made beside it, set to the same value, and the first dropped.
void swap_identity(DualWriteDraft &draft, const Swap &swap)
{
    const std::string &relation = draft.planning.relation;
    const Column &column = *swap.column;
    std::string aside_name = own_name("old", column.sequence_name);
    std::string sequence = qualified(column.sequence_schema, column.sequence_name);
    std::string aside = qualified(column.sequence_schema, aside_name);
    std::string move_aside = fmt::format("ALTER SEQUENCE {} RENAME TO {}", sequence, quote_identifier(aside_name));
    std::string take_value = fmt::format("SELECT pg_catalog.setval({}::pg_catalog.regclass, last_value, is_called) FROM {}",
                                         quote_literal(sequence), aside);

    draft.switch_.on_undo(alter_column(relation, swap.copy, "DROP IDENTITY"));
    draft.switch_.on_undo(take_value);
    draft.switch_.add(move_aside, add_identity(draft, column, column.identity_options));
    rename_columns(draft, swap);
    draft.switch_.add(add_identity(draft, column, options_for_new_type(column.identity_options, column.type)));
    draft.switch_.add(take_value);
    draft.switch_.add(alter_column(relation, swap.previous, "DROP IDENTITY"), move_aside);
    draft.planning.warn(
        fmt::format("privileges granted on identity sequence {} have to be granted again after the switch", sequence));
}

void swap_default(DualWriteDraft &draft, const Swap &swap)
{
    const std::string &relation = draft.planning.relation;
    const Column &column = *swap.column;
    std::string set_default = alter_column(relation, column.name, default_command(column.default_text));
    std::string drop_default = alter_column(relation, column.name, "DROP DEFAULT");
    std::string own_sequence =
        fmt::format("ALTER SEQUENCE {} OWNED BY {}.{}", qualified(column.sequence_schema, column.sequence_name), relation,
                    quote_identifier(column.name));
    if (!column.sequence_name.empty())
        draft.switch_.on_undo(own_sequence);
    if (!column.default_text.empty())
        draft.switch_.add(drop_default, set_default);
    rename_columns(draft, swap);
    if (!column.default_text.empty())
        draft.switch_.add(set_default, drop_default);
    if (!column.sequence_name.empty())
        draft.switch_.add(own_sequence);
}

void draft_contract(DualWriteDraft &draft, const std::vector<const Index *> &indexes)
{
    std::vector<std::string> drops;
    for (const Swap &swap : draft.swaps)
        drops.push_back(fmt::format("DROP COLUMN {}", quote_identifier(swap.previous)));
    draft.contract.push_back(alter(draft.planning.relation, comma_list(drops)));
    for (const Index *index : indexes)
        if (index->primary)
            draft.contract.push_back(
                fmt::format("DROP INDEX IF EXISTS {}", qualified(index->schema, own_name("keep", index->name))));
}

}  // namespace

void draft_switch(DualWriteDraft &draft)
{
    const std::string &relation = draft.planning.relation;
    std::vector<KeyCopy> keys = keys_to_copy(draft);
    std::vector<const Check *> checks = swapped_checks(draft);
    std::vector<const Index *> indexes;
    for (const Index &index : draft.planning.table.indexes)
        if (is_copied(draft, index) && reads_swapped(draft, index))
            indexes.push_back(&index);

    for (const Index *index : indexes)
        return_marks(draft, *index);
    for (const KeyCopy &key : keys)
        move_key_aside(draft, key);
    for (const Check *check : checks)
        draft.switch_.add(rename_constraint(relation, check->name, own_name("old", check->name)),
                          rename_constraint(relation, own_name("old", check->name), check->name));
    for (const Index *index : indexes)
        move_index_aside(draft, *index);

    for (const Swap &swap : draft.swaps)
        swap.column->identity ? swap_identity(draft, swap) : swap_default(draft, swap);

    for (const Index *index : indexes)
        move_index_in(draft, *index);
    for (const Check *check : checks) {
        draft.switch_.add(rename_constraint(relation, own_name("check", check->name), check->name),
                          rename_constraint(relation, check->name, own_name("check", check->name)));
        if (!check->comment.empty())
            draft.switch_.add(comment_on_constraint(relation, check->name, check->comment));
    }
    for (const KeyCopy &key : keys)
        move_key_in(draft, key);
    for (const Index *index : indexes)
        set_marks(draft, *index);
    draft_contract(draft, indexes);
}

}  // namespace hotswap::core
