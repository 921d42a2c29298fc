// Foreign keys that stand on altered columns. At the other end of a key there may be a table with rows, while the one
// here is empty during the switch: so the key goes away first and comes back without a look at rows, to be validated
// later, beside the writers.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/rewrite_draft.hpp"

namespace hotswap::core {

namespace {

bool any_altered(const RewriteDraft &draft, const TableFacts &table, const std::vector<std::string> &columns)
{
    return std::any_of(columns.begin(), columns.end(), [&](const std::string &name) { return draft.alters(table, name); });
}

// PostgreSQL builds an index again when a column of it is altered, also one that is only included.
bool index_altered(const RewriteDraft &draft, const TableFacts &table, const ForeignKey &key)
{
    for (const Index &index : table.indexes)
        if (index.name == key.index)
            for (const Column &column : table.columns)
                if (draft.alters(table, column.name) && index_reads(index, column.number))
                    return true;
    return false;
}

void check_partitioned(const RewriteDraft &draft, const KeyMove &move)
{
    if (!move.add_valid)
        return;
    const Tree *tree = draft.tree_of(move.key->schema, move.key->table);
    const bool own_way = tree != nullptr && std::any_of(tree->altered.begin(), tree->altered.end(), [](const Altered &altered) {
                             return altered.change != nullptr && altered.reads != std::vector<std::string>{altered.column->name};
                         });
    if (tree == nullptr || own_way)
        throw Error(
            sqlstate::kFeatureNotSupported,
            fmt::format("cannot add foreign key \"{}\" again without a look at all rows", move.key->name),
            fmt::format("Table {} is partitioned, and PostgreSQL adds no foreign key of a partitioned table as NOT VALID.",
                        move.child),
            tree == nullptr ? "Use option \"cascade\", or drop the foreign key first." : "Drop the foreign key first.");
}

bool reads_dropped(const RewriteDraft &draft, const ForeignKey &key)
{
    const TableFacts &table = *draft.trees.front().root;
    return std::any_of(draft.changes.begin(), draft.changes.end(), [&](const Change *change) {
        const auto names = [&](const std::vector<std::string> &columns) {
            return std::find(columns.begin(), columns.end(), change->column) != columns.end();
        };
        return change->kind == ChangeKind::drop_column && ((key.schema == table.schema && key.table == table.name && names(key.columns)) ||
                                                           (key.referenced_schema == table.schema && key.referenced_table == table.name && names(key.referenced_columns)));
    });
}

void add_key(RewriteDraft &draft, const ForeignKey &key)
{
    for (const KeyMove &move : draft.keys)
        if (!move.added && move.key->name == key.name && move.key->schema == key.schema && move.key->table == key.table)
            return;
    if (reads_dropped(draft, key))
        return;  // goes with its column, or keeps it
    KeyMove move;
    move.key = &key;
    move.child = qualified(key.schema, key.table);
    move.other = qualified(key.referenced_schema, key.referenced_table);
    move.add_valid = key.on_partitioned;
    check_partitioned(draft, move);
    draft.lock(move.child);
    draft.lock(move.other);
    draft.keys.push_back(std::move(move));
}

}  // namespace

void find_keys(RewriteDraft &draft)
{
    for (const Tree &tree : draft.trees)
        for (const TableFacts *table : tree.tables) {
            for (const ForeignKey &key : table->outgoing)
                if (any_altered(draft, *table, key.columns))
                    add_key(draft, key);
            for (const ForeignKey &key : table->incoming)
                if (any_altered(draft, *table, key.referenced_columns) || index_altered(draft, *table, key))
                    add_key(draft, key);
        }
}

bool is_there_before(const KeyMove &move)
{
    return !move.added;
}

bool is_there_after(const KeyMove &move)
{
    return !move.dropped;
}

void drop_keys(const RewriteDraft &draft, KeyTime time, std::vector<std::string> &statements)
{
    for (const KeyMove &move : draft.keys) {
        // What the statement drops or adds by itself is there, or not, when it begins and ends.
        const bool there = time == KeyTime::before ? !move.dropped && !move.added
                           : time == KeyTime::after ? move.added && move.key->validated
                                                    : is_there_after(move);
        if (there)
            statements.push_back(alter(move.child, fmt::format("DROP CONSTRAINT {}", quote_identifier(move.key->name))));
    }
}

void add_keys(const RewriteDraft &draft, KeyTime time, std::vector<std::string> &statements)
{
    for (const KeyMove &move : draft.keys) {
        if (!(time == KeyTime::undo ? is_there_before(move) : is_there_after(move) && (!move.added || move.key->validated)))
            continue;
        const std::string name = quote_identifier(move.key->name);
        statements.push_back(alter(
            move.child, fmt::format("ADD CONSTRAINT {} {}{}", name, move.key->definition, move.add_valid ? "" : " NOT VALID")));
        if (!move.key->comment.empty())
            statements.push_back(
                fmt::format("COMMENT ON CONSTRAINT {} ON {} IS {}", name, move.child, quote_literal(move.key->comment)));
    }
}

}  // namespace hotswap::core
