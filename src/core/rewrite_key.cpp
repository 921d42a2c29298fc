// The key of a copied table: how a row of the table and a row of its twin are known to be the same one. The change log
// holds nothing else, so the key has to be there, and computable, on both sides.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/rewrite_draft.hpp"

namespace hotswap::core {

namespace {

int width_of(const std::string &type)
{
    if (type == "boolean" || type == "\"char\"")
        return 1;
    if (type == "smallint")
        return 2;
    if (type == "integer" || type == "date" || type == "oid")
        return 4;
    if (type == "bigint" || type.starts_with("timestamp"))
        return 8;
    return type == "uuid" ? 16 : 32;
}

// Why an index of the catalogs cannot be a key; empty when it can.
std::string shape_obstacle(const TableFacts &table, const Index &index)
{
    if (index.method != "btree")
        return fmt::format("index \"{}\" is no btree index", index.name);
    if (!index.valid)
        return fmt::format("index \"{}\" is invalid", index.name);
    if (index.deferrable)
        return fmt::format("index \"{}\" is deferrable", index.name);
    if (!index.predicate.empty())
        return fmt::format("index \"{}\" is partial", index.name);
    for (const IndexKey &key : index.keys) {
        const Column *column = table.find(key.column);
        if (column == nullptr)
            return fmt::format("index \"{}\" is on an expression", index.name);
        if (!column->not_null)
            return fmt::format("column \"{}\" of index \"{}\" may be null", column->name, index.name);
    }
    return {};
}

bool loses_not_null(const RewriteDraft &draft, const Tree &tree, const std::string &column)
{
    return &tree == &draft.trees.front() && std::any_of(draft.changes.begin(), draft.changes.end(), [&](const Change *change) {
        return change->kind == ChangeKind::drop_not_null && change->column == column;
    });
}

bool is_dropped(const RewriteDraft &draft, const Tree &tree, const std::string &column)
{
    return &tree == &draft.trees.front() && std::any_of(draft.changes.begin(), draft.changes.end(), [&](const Change *change) {
        return change->kind == ChangeKind::drop_column && change->column == column;
    });
}

// A key that is dropped and made again over the same columns is one on both sides.
bool is_added_again(const RewriteDraft &draft, std::vector<std::string> names)
{
    std::sort(names.begin(), names.end());
    return std::any_of(draft.changes.begin(), draft.changes.end(), [&](const Change *change) {
        std::vector<std::string> added = change->names;
        std::sort(added.begin(), added.end());
        return change->kind == ChangeKind::add_unique && change->attributes.find("DEFERRABLE") == std::string::npos && added == names;
    });
}

// The index of the root that a partition's index is a part of, or the index itself.
const Index &whole_index(const Tree &tree, const Index &index)
{
    if (!index.parent.empty())
        for (const TableFacts *table : tree.tables)
            for (const Index &other : table->indexes)
                if (qualified(other.schema, other.name) == index.parent)
                    return whole_index(tree, other);
    return index;
}

// The same for what the statement makes of it: the key of the twin must follow from the key of the row alone.
std::string change_obstacle(const RewriteDraft &draft, const Tree &tree, const TableFacts &table, const Index &index)
{
    std::vector<std::string> names;
    for (const IndexKey &key : index.keys)
        names.push_back(table.find(key.column)->name);
    const Index &whole = whole_index(tree, index);
    if (!whole.constraint.empty() && (table.oid == tree.root->oid || &whole != &index) &&
        drops_constraint(draft, *tree.root, whole.constraint) && !is_added_again(draft, names))
        return fmt::format("the statement drops constraint \"{}\" and adds none on the same columns", whole.constraint);
    for (const std::string &name : names) {
        if (is_dropped(draft, tree, name))
            return fmt::format("the statement drops column \"{}\" of index \"{}\"", name, index.name);
        if (loses_not_null(draft, tree, name))
            return fmt::format("column \"{}\" of index \"{}\" would become nullable", name, index.name);
        const Altered *altered = tree.find(name);
        if (altered == nullptr)
            continue;
        if (!altered->exact)
            return fmt::format("the old value of column \"{}\" of index \"{}\" cannot be told from the new one", name, index.name);
        if (altered->unstable)
            return fmt::format("the new value of column \"{}\" of index \"{}\" is another one each time", name, index.name);
        for (const std::string &read : altered->reads)
            if (std::find(names.begin(), names.end(), read) == names.end())
                return read == "*" ? fmt::format("the new value of column \"{}\" of index \"{}\" reads the row as a whole", name,
                                                 index.name)
                                   : fmt::format("the new value of column \"{}\" of index \"{}\" reads column \"{}\"", name,
                                                 index.name, read);
    }
    return {};
}

struct Candidate {
    const Index *index = nullptr;
    bool altered = false;
    int rank = 0, width = 0;
    auto order() const { return std::tie(altered, rank, width, index->name); }
};

}  // namespace

std::vector<std::string> choose_key(const RewriteDraft &draft, const Tree &tree, const TableFacts &table)
{
    std::optional<Candidate> best;
    std::vector<std::string> obstacles;
    for (const Index &index : table.indexes) {
        if (!index.unique)
            continue;
        std::string obstacle = shape_obstacle(table, index);
        if (obstacle.empty())
            obstacle = change_obstacle(draft, tree, table, index);
        if (!obstacle.empty()) {
            obstacles.push_back(obstacle);
            continue;
        }
        Candidate candidate;
        candidate.index = &index;
        candidate.rank = index.primary ? 0 : index.replica_identity ? 1 : 2;
        for (const IndexKey &key : index.keys) {
            candidate.altered = candidate.altered || draft.alters(table, key.column);
            candidate.width += width_of(table.find(key.column)->type);
        }
        if (!best || candidate.order() < best->order())
            best = candidate;
    }
    if (!best)
        refuse_rewrite(
            table,
            obstacles.empty() ? "It has no unique index by which its rows could be told apart."
                              : fmt::format("It has no index by which its rows could be told apart: {}.", comma_list(obstacles)),
            fmt::format(
                "CREATE UNIQUE INDEX CONCURRENTLY on columns that are NOT NULL (ALTER TABLE {} ALTER COLUMN ... SET NOT NULL), "
                "or use strategy => 'dual_write' where it fits.",
                qualified(table.schema, table.name)));
    std::vector<std::string> names;
    for (const IndexKey &key : best->index->keys)
        names.push_back(table.find(key.column)->name);
    return names;
}

}  // namespace hotswap::core
