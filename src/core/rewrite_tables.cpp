// The tables of an online rewrite: which ones are copied, and what keeps a table from it.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/rewrite_draft.hpp"

namespace hotswap::core {

namespace {

// What only a rewriting statement of PostgreSQL refuses.
bool rewrites_rows(const RewriteDraft &draft)
{
    return std::any_of(draft.changes.begin(), draft.changes.end(), [](const Change *change) { return is_rewriting(*change); });
}

void check_indexes(const TableFacts &table)
{
    for (const Index &index : table.indexes)
        if (!index.valid)
            refuse_rewrite(table, fmt::format("Index \"{}\" is invalid.", index.name),
                           fmt::format("REINDEX INDEX CONCURRENTLY {0}, or DROP INDEX CONCURRENTLY {0}.",
                                       qualified(index.schema, index.name)));
}

void check_table(const RewriteDraft &draft, const TableFacts &table)
{
    if (table.temporary)
        refuse_rewrite(table, "It is a temporary table.", "Run the statement yourself; nobody else waits for it.");
    if (table.kind == 'f')
        refuse_rewrite(table, "It is a foreign table: its rows are elsewhere.", "Detach it for the time of the migration.");
    if (table.kind != 'r' && table.kind != 'p')
        refuse_rewrite(table, "It is not a table.", "Only tables can be rewritten.");
    if (table.kind == 'r' && table.access_method != "heap")
        refuse_rewrite(table, fmt::format("Its access method is \"{}\".", table.access_method),
                       "Only tables of access method heap can be copied.");
    if (table.forced_row_security)
        refuse_rewrite(table, "FORCE ROW LEVEL SECURITY hides rows from the table's owner, as whom they are copied and verified.",
                       fmt::format("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY for the time of the migration.",
                                   qualified(table.schema, table.name)));
    check_indexes(table);
    if (!table.row_type_users.empty() && rewrites_rows(draft))
        refuse_rewrite(table, fmt::format("Rows of its type are stored elsewhere: {}.", comma_list(table.row_type_users)),
                       "PostgreSQL alters no table whose row type is stored in another one. Drop these columns first.");
}

// The part of the tree that a statement without recursion leaves alone must have nothing to say.
void check_only(const RewriteDraft &draft)
{
    const Statement &statement = draft.planning.statement;
    const Tree &tree = draft.trees.front();
    if (!statement.only || tree.tables.size() == 1)
        return;
    refuse_rewrite(*tree.root, "The statement says ONLY, but the change concerns the tables below it as well.",
                   "Leave out ONLY.");
}

void check_partitioned(const RewriteDraft &draft)
{
    if (draft.trees.front().root->kind != 'p')
        return;
    for (const Change *change : draft.changes)
        if (change->kind == ChangeKind::set_persistence || change->kind == ChangeKind::set_tablespace ||
            change->kind == ChangeKind::set_access_method)
            refuse_rewrite(*draft.trees.front().root,
                           "It is a partitioned table, and this change is not passed on to its partitions.",
                           "Start one migration for each partition.", change->position);
}

}  // namespace

void refuse_rewrite(const TableFacts &table, const std::string &detail, const std::string &hint, int position)
{
    throw Error(sqlstate::kFeatureNotSupported, fmt::format("cannot carry out an online rewrite of \"{}\"", table.name), detail,
                hint, position);
}

const Tree *RewriteDraft::tree_of(unsigned oid) const
{
    for (const Tree &tree : trees)
        for (const TableFacts *table : tree.tables)
            if (table->oid == oid)
                return &tree;
    return nullptr;
}

const Tree *RewriteDraft::tree_of(const std::string &schema, const std::string &name) const
{
    for (const Tree &tree : trees)
        for (const TableFacts *table : tree.tables)
            if (table->schema == schema && table->name == name)
                return &tree;
    return nullptr;
}

bool RewriteDraft::alters(const TableFacts &table, const std::string &column) const
{
    const Tree *tree = tree_of(table.oid);
    return tree != nullptr && tree->find(column) != nullptr;
}

bool RewriteDraft::alters(const TableFacts &table, int number) const
{
    const Column *column = table.find(number);
    return column != nullptr && alters(table, column->name);
}

void RewriteDraft::lock(const std::string &relation)
{
    if (relation != planning.relation && std::find(locks.begin(), locks.end(), relation) == locks.end())
        locks.push_back(relation);
}

Tree make_tree(const TableFacts &root, bool whole)
{
    Tree tree;
    tree.root = &root;
    tree.relation = qualified(root.schema, root.name);
    tree.tables.push_back(&root);
    if (whole)
        for (const TableFacts &table : root.descendants)
            tree.tables.push_back(&table);
    return tree;
}

void check_tables(const RewriteDraft &draft)
{
    check_only(draft);
    check_partitioned(draft);
    for (const Tree &tree : draft.trees)
        for (const TableFacts *table : tree.tables)
            check_table(draft, *table);
}

std::vector<Twin> make_twins(const RewriteDraft &draft)
{
    std::vector<Twin> twins;
    for (const Tree &tree : draft.trees)
        for (const TableFacts *table : tree.tables) {
            if (table->kind != 'r')
                continue;
            Twin twin;
            twin.oid = table->oid;
            twin.schema = table->schema;
            twin.name = table->name;
            twin.key = choose_key(draft, tree, *table);
            twin.columns = twin_columns(draft, tree);
            twins.push_back(std::move(twin));
        }
    if (twins.empty())
        refuse_rewrite(*draft.trees.front().root, "It has no partitions, so there are no rows to copy.",
                       "Run the statement yourself; it is done at once.");
    std::sort(twins.begin(), twins.end(), [](const Twin &left, const Twin &right) { return left.oid < right.oid; });
    return twins;
}

}  // namespace hotswap::core
