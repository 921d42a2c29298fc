// Option cascade: the columns of foreign keys follow the column they reference to its new type, and so on from there.
// Without it a warning names those that stay behind.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "core/cast_pairs.hpp"
#include "core/conversion.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/rewrite_draft.hpp"

namespace hotswap::core {

namespace {

// A column of a referencing table, at the place in the key where the referenced one is altered.
struct Follower {
    const ForeignKey *key = nullptr;
    std::string column;
    std::string type, collation;  // what it should get
    std::string leader;           // table.column that it references, for people
    const Change *change = nullptr;
};

std::vector<Follower> followers_of(const Tree &tree, const Altered &altered)
{
    std::vector<Follower> followers;
    for (const TableFacts *table : tree.tables)
        for (const ForeignKey &key : table->incoming)
            for (std::size_t i = 0; i < key.referenced_columns.size() && i < key.columns.size(); ++i)
                if (key.referenced_columns[i] == altered.column->name)
                    followers.push_back({&key, key.columns[i], altered.type, altered.collation,
                                         fmt::format("{}.{}", table->name, altered.column->name), altered.change});
    return followers;
}

const TableFacts *find_root(const TableFacts &table, const ForeignKey &key)
{
    if (key.schema == table.schema && key.table == table.name)
        return &table;
    for (const TableFacts &other : table.referencing)
        if (key.schema == other.schema && key.table == other.name)
            return &other;
    return nullptr;
}

Tree &tree_for(RewriteDraft &draft, const Follower &follower)
{
    for (Tree &tree : draft.trees)
        if (tree.root->schema == follower.key->schema && tree.root->name == follower.key->table)
            return tree;
    const TableFacts *root = find_root(draft.planning.table, *follower.key);
    if (root == nullptr)
        throw Error(
            sqlstate::kFeatureNotSupported,
            fmt::format("cannot change the type of column \"{}\" of table \"{}\" along", follower.column, follower.key->table),
            fmt::format("Its foreign key \"{}\" is that of a table below another one.", follower.key->name),
            "Put the foreign key on the parent table, or leave out option \"cascade\".");
    draft.trees.push_back(make_tree(*root, true));
    return draft.trees.back();
}

Altered follow(const Tree &tree, const Column &column, const Follower &follower)
{
    const TableFacts &table = *tree.root;
    if (column.inherited || column.generated)
        throw Error(sqlstate::kFeatureNotSupported,
                    fmt::format("cannot change the type of column \"{}\" of table \"{}\" along", column.name, table.name),
                    column.inherited ? "It is inherited: its type is that of the parent's column." : "It is a generated column.",
                    "Leave out option \"cascade\".");
    Altered altered;
    altered.column = &column;
    altered.type = follower.type;
    altered.collation = follower.collation;
    altered.reads = {column.name};
    const bool own_way = follower.change != nullptr && !follower.change->using_text.empty() &&
                         !is_plain_cast(follower.change->using_text, follower.change->column, follower.change->type);
    auto pair = find_cast_pair(column.name, column.type, follower.type);
    if (!pair || own_way)
        throw Error(sqlstate::kFeatureNotSupported,
                    fmt::format("cannot change the type of column \"{}\" of table \"{}\" along", column.name, table.name),
                    own_way ? fmt::format("{} goes to its new type by an expression of its own.", follower.leader)
                            : why_no_pair(column.type, follower.type),
                    "Only changes that lose nothing can cascade.", follower.change == nullptr ? 0 : follower.change->position);
    altered.up = pair->up;
    altered.down = pair->down;
    return altered;
}

// A sequence of a serial column has a type, and a highest value, of its own. That of an identity column goes along by itself.
void alter_sequence(RewriteDraft &draft, const Altered &altered)
{
    const Column &column = *altered.column;
    if (column.identity != 0 || column.sequence_name.empty() || !is_integer(altered.type) || column.sequence_type == altered.type)
        return;
    const std::string sequence = qualified(column.sequence_schema, column.sequence_name);
    if (!draft.planning.options.cascade) {
        draft.planning.warn(
            fmt::format("sequence {0} of column \"{1}\" keeps its own type; for a wider range use option \"cascade\", "
                        "or run ALTER SEQUENCE {0} AS {2}",
                        sequence, column.name, altered.type));
        return;
    }
    draft.after.push_back(fmt::format("ALTER SEQUENCE {} AS {}", sequence, altered.type));
    draft.undo.insert(draft.undo.begin(), fmt::format("ALTER SEQUENCE {} AS {}", sequence, column.sequence_type));
}

void warn_of(RewriteDraft &draft, const std::vector<Follower> &followers, const Altered &altered)
{
    for (const Follower &follower : followers) {
        const Tree *tree = draft.tree_of(follower.key->schema, follower.key->table);
        if (tree == nullptr || tree->find(follower.column) == nullptr)
            draft.planning.warn(fmt::format("column \"{}\" of table {} references column \"{}\" and keeps its type; with option "
                                            "\"cascade\" it becomes {} as well",
                                            follower.column, qualified(follower.key->schema, follower.key->table),
                                            altered.column->name, altered.type));
    }
}

}  // namespace

void cascade(RewriteDraft &draft)
{
    // Trees and columns are added while this runs; indices stay right when vectors move.
    for (std::size_t t = 0; t < draft.trees.size(); ++t)
        for (std::size_t a = 0; a < draft.trees[t].altered.size(); ++a) {
            const Altered altered = draft.trees[t].altered[a];
            const std::vector<Follower> followers = followers_of(draft.trees[t], altered);
            if (!draft.planning.options.cascade)
                warn_of(draft, followers, altered);
            for (const Follower &follower : followers) {
                if (!draft.planning.options.cascade)
                    continue;
                Tree &tree = tree_for(draft, follower);
                if (tree.find(follower.column) != nullptr)
                    continue;
                const Column *column = tree.root->find(follower.column);
                if (column != nullptr && column->type != follower.type)
                    tree.altered.push_back(follow(tree, *column, follower));
            }
        }
    std::vector<std::string> names;
    for (const Tree &tree : draft.trees)
        for (const Altered &altered : tree.altered) {
            if (altered.change == nullptr) {
                names.push_back(fmt::format("{} ({})", tree.relation, quote_identifier(altered.column->name)));
                draft.after.push_back(
                    alter_column(tree.relation, altered.column->name, "TYPE " + type_text(altered.type, altered.collation)));
                std::vector<std::string> back;
                undo_type(tree, *altered.column, false, back);
                draft.undo.insert(draft.undo.begin(), back.begin(), back.end());
            }
            alter_sequence(draft, altered);
        }
    if (!names.empty())
        draft.planning.warn(fmt::format("these referencing columns get the new type as well, and their tables are copied: {}",
                                        comma_list(names)));
}

}  // namespace hotswap::core
