// Constraints that the statement drops and adds beside a rewriting change. The whole statement runs at the switch, on an empty
// table: what an index or a CHECK forbids is held against the rows of the twin before that, and a foreign key that was added
// to an empty table is added once more as NOT VALID and validated after the switch, or nobody would ever have looked at the rows.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/rewrite_draft.hpp"

namespace hotswap::core {

namespace {

bool is_dropped_here(const RewriteDraft &draft, const ForeignKey &key)
{
    const TableFacts &table = *draft.trees.front().root;
    return key.schema == table.schema && key.table == table.name && drops_constraint(draft, table, key.name);
}

// As DROP CONSTRAINT without CASCADE: the foreign keys that would only be moved out of the way are no less in it.
void check_dependent_keys(const RewriteDraft &draft, const Index &index, const Change &change)
{
    std::vector<std::string> names;
    for (const ForeignKey &key : draft.trees.front().root->incoming)
        if (key.index == index.name && !is_dropped_here(draft, key))
            names.push_back(fmt::format("constraint {} of table {}", key.name, qualified(key.schema, key.table)));
    if (!names.empty())
        throw Error("2BP01", fmt::format("cannot drop constraint \"{}\" because other objects depend on it", change.new_name),
                    fmt::format("Depending on it: {}.", comma_list(names)), "Drop these foreign keys first.", change.position);
}

void drop_constraint(RewriteDraft &draft, const Change &change)
{
    const Tree &tree = draft.trees.front();
    const TableFacts &table = *tree.root;
    const Index *index = index_of(table, change.new_name);
    const auto check = find_named(table.checks, change.new_name);
    const bool inherited = index != nullptr ? !index->parent.empty() : check != table.checks.end() && !check->local;
    if (inherited)
        throw Error("42P16", fmt::format("cannot change inherited constraint \"{}\"", change.new_name), {},
                    "Name the table it comes from.", change.position);
    if (index == nullptr)
        return;
    check_dependent_keys(draft, *index, change);
    if (tree.tables.size() > 1)
        draft.lose_way_back(fmt::format("constraint \"{}\" is dropped from all partitions", change.new_name),
                            Error(sqlstate::kFeatureNotSupported,
                                  fmt::format("cannot carry out DROP CONSTRAINT \"{}\" together with an online rewrite", change.new_name),
                                  fmt::format("\"{}\" has tables below it, and hotswap has no exact way back for their indexes.", table.name),
                                  "Give it as a migration of its own. Or give options => '{\"one_way\": true}', to do without a way back "
                                  "after the switch.",
                                  change.position));
}

void add_foreign_key(RewriteDraft &draft, const Change &change)
{
    const TableFacts &table = *draft.trees.front().root;
    if (table.kind == 'p')
        throw Error(sqlstate::kFeatureNotSupported, "cannot carry out ADD FOREIGN KEY together with an online rewrite",
                    fmt::format("\"{}\" is partitioned, and PostgreSQL adds no foreign key of a partitioned table as NOT VALID.", table.name),
                    "Give it as a migration of its own.", change.position);
    ForeignKey key;
    key.name = change.new_name;
    key.schema = table.schema;
    key.table = table.name;
    key.referenced_schema = change.referenced_schema;
    key.referenced_table = change.referenced_table;
    key.columns = change.names;
    key.validated = !change.not_valid;
    key.definition = change.definition;
    draft.added_keys.push_back(std::move(key));
    KeyMove move;
    move.key = &draft.added_keys.back();
    move.child = qualified(table.schema, table.name);
    move.other = qualified(change.referenced_schema, change.referenced_table);
    move.added = true;
    draft.lock(move.other);
    draft.keys.push_back(std::move(move));
}

}  // namespace

bool drops_constraint(const RewriteDraft &draft, const TableFacts &table, const std::string &name)
{
    return table.oid == draft.trees.front().root->oid && std::any_of(draft.changes.begin(), draft.changes.end(), [&](const Change *change) {
               return change->kind == ChangeKind::drop_constraint && change->new_name == name;
           });
}

void alter_constraints(RewriteDraft &draft)
{
    for (const Change *change : draft.changes)
        if (change->kind == ChangeKind::drop_constraint)
            drop_constraint(draft, *change);
}

void find_statement_keys(RewriteDraft &draft)
{
    const TableFacts &table = *draft.trees.front().root;
    for (const Change *change : draft.changes) {
        if (change->kind == ChangeKind::add_foreign_key)
            add_foreign_key(draft, *change);
        const auto key = change->kind == ChangeKind::drop_constraint ? find_named(table.outgoing, change->new_name) : table.outgoing.end();
        if (key == table.outgoing.end())
            continue;
        KeyMove move;
        move.key = &*key;
        move.child = qualified(key->schema, key->table);
        move.other = qualified(key->referenced_schema, key->referenced_table);
        move.add_valid = key->on_partitioned;
        move.dropped = true;
        draft.lock(move.other);
        draft.keys.push_back(std::move(move));
    }
}

void restore_dropped(const RewriteDraft &draft, std::vector<std::string> &statements)
{
    const TableFacts &table = *draft.trees.front().root;
    for (const Check &check : table.checks)
        if (check.local && drops_constraint(draft, table, check.name) && !has_altered_expression(draft, table, check))
            restore_check(table, check, statements);
    for (const Index &index : table.indexes) {
        if (index.constraint.empty() || !drops_constraint(draft, table, index.constraint))
            continue;
        if (!has_altered_expression(draft, table, index))
            restore_index(table, index, statements);
        if (index.replica_identity)
            statements.push_back(alter(qualified(table.schema, table.name), fmt::format("REPLICA IDENTITY USING INDEX {}", quote_identifier(index.name))));
    }
}

}  // namespace hotswap::core
