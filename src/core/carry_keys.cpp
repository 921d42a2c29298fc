// Foreign keys from and to a column whose type changes: added beside the old ones without a scan, validated, then switched.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/dual_write_draft.hpp"
#include "core/identifier.hpp"

namespace hotswap::core {

namespace {

using Names = std::vector<std::string>;

bool any_swapped(const DualWriteDraft &draft, const Names &columns)
{
    return std::any_of(columns.begin(), columns.end(), [&](const std::string &name) { return draft.is_swapped(name); });
}

Names mapped(const DualWriteDraft &draft, const Names &columns)
{
    Names result;
    for (const std::string &name : columns)
        result.push_back(draft.copy_of(name));
    return result;
}

bool is_primary_key(const TableFacts &table, const Names &columns)
{
    for (const Index &index : table.indexes) {
        if (!index.primary)
            continue;
        std::set<std::string> names;
        for (const IndexKey &key : index.keys)
            if (const Column *column = table.find(key.column))
                names.insert(column->name);
        return names == std::set<std::string>(columns.begin(), columns.end());
    }
    return false;
}

std::string definition(const Names &columns, const std::string &referenced, const Names &referenced_columns,
                       const std::string &tail)
{
    return fmt::format("FOREIGN KEY ({}) REFERENCES {} ({}){}{}", quote_list(columns), referenced, quote_list(referenced_columns),
                       tail.empty() ? "" : " ", tail);
}

// The tail may name columns too (ON DELETE SET NULL (column)), so it comes from the renamed texts where they are given.
std::string tail_of(const std::vector<ForeignKey> &renamed, std::size_t position, const ForeignKey &key)
{
    return position < renamed.size() && renamed[position].name == key.name ? renamed[position].tail : key.tail;
}

KeyCopy make_copy(const DualWriteDraft &draft, const ForeignKey &key, const std::string &tail, bool own, bool to_own)
{
    KeyCopy copy;
    std::string referenced = qualified(key.referenced_schema, key.referenced_table);
    copy.key = &key;
    copy.child = qualified(key.schema, key.table);
    copy.other = !own ? copy.child : to_own ? "" : referenced;
    copy.references_swapped = to_own && any_swapped(draft, key.referenced_columns);
    copy.references_primary = copy.references_swapped && is_primary_key(draft.planning.table, key.referenced_columns);
    copy.definition = definition(own ? mapped(draft, key.columns) : key.columns, referenced,
                                 to_own ? mapped(draft, key.referenced_columns) : key.referenced_columns, tail);
    copy.original = definition(key.columns, referenced, key.referenced_columns, key.tail);
    return copy;
}

void add_steps(DualWriteDraft &draft, const KeyCopy &copy)
{
    const ForeignKey &key = *copy.key;
    std::string name = quote_identifier(own_name("fk", key.name));
    Moves moves;
    moves.add(alter(copy.child, fmt::format("ADD CONSTRAINT {} {} NOT VALID", name, copy.definition)),
              alter(copy.child, fmt::format("DROP CONSTRAINT IF EXISTS {}", name)));
    Step add = make_ddl(draft.planning, Phase::migrate, fmt::format("add foreign key {} over the new column", key.name), moves);
    add.lock_mode = kShareRowExclusive;
    if (!copy.other.empty())
        add.locks = {copy.other};
    draft.keys.push_back(std::move(add));
    if (!key.validated)
        return;
    Step validate = make_step(draft.planning, Phase::migrate, StepKind::validate,
                              fmt::format("validate foreign key {}", key.name), kShareUpdateExclusive);
    validate.relation = copy.child;
    validate.action = {alter(copy.child, fmt::format("VALIDATE CONSTRAINT {}", name))};
    // The undo of the switch brings the old key back NOT VALID, to be short. Here, after it, there is time to prove it.
    // Before the switch the old key is valid and this does nothing.
    if (copy.references_primary)
        validate.undo = {alter(copy.child, fmt::format("VALIDATE CONSTRAINT {}", quote_identifier(key.name)))};
    draft.keys.push_back(std::move(validate));
}

}  // namespace

std::vector<KeyCopy> keys_to_copy(const DualWriteDraft &draft)
{
    const TableFacts &table = draft.planning.table;
    std::vector<KeyCopy> copies;
    for (std::size_t i = 0; i < table.outgoing.size(); ++i) {
        const ForeignKey &key = table.outgoing[i];
        bool to_own = key.referenced_schema == table.schema && key.referenced_table == table.name;
        if (any_swapped(draft, key.columns) || (to_own && any_swapped(draft, key.referenced_columns)))
            copies.push_back(make_copy(draft, key, tail_of(table.renamed.outgoing, i, key), true, to_own));
    }
    for (std::size_t i = 0; i < table.incoming.size(); ++i) {
        const ForeignKey &key = table.incoming[i];
        bool from_own = key.schema == table.schema && key.table == table.name;  // already among the outgoing ones
        if (!from_own && any_swapped(draft, key.referenced_columns))
            copies.push_back(make_copy(draft, key, key.tail, false, true));
    }
    return copies;
}

void carry_keys(DualWriteDraft &draft)
{
    for (const KeyCopy &copy : keys_to_copy(draft))
        add_steps(draft, copy);
}

}  // namespace hotswap::core
