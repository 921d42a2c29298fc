// DDL that takes a statement back. It runs while the tables are empty, so a type goes back without a way for values,
// and NOT NULL without a scan. What the parts of a tree have by themselves is set on each of them.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "core/identifier.hpp"
#include "core/rewrite_draft.hpp"

namespace hotswap::core {

namespace {

using Statements = std::vector<std::string>;

std::string alter_only(const TableFacts &table, const std::string &column, const std::string &subcommand)
{
    // A partitioned table has no say of its own in what its partitions have.
    return alter_column(fmt::format("{}{}", table.kind == 'p' ? "" : "ONLY ", qualified(table.schema, table.name)), column,
                        subcommand);
}

const char *storage_word(char storage)
{
    switch (storage) {
    case 'p':
        return "PLAIN";
    case 'e':
        return "EXTERNAL";
    case 'm':
        return "MAIN";
    default:
        return "EXTENDED";
    }
}

std::string compression_word(const Column &column)
{
    return column.compression.empty() ? "default" : column.compression;
}

// What one change of a column needs on every table of the tree that has the column.
template <typename Command> void on_each(const Tree &tree, const std::string &name, Statements &statements, Command command)
{
    for (const TableFacts *table : tree.tables)
        if (const Column *column = table->find(name)) {
            const std::string text = command(*column);
            if (!text.empty())
                statements.push_back(alter_only(*table, name, text));
        }
}

void restore_default(const Tree &tree, const std::string &name, Statements &statements)
{
    statements.push_back(alter_column(tree.relation, name, "DROP DEFAULT"));
    on_each(tree, name, statements, [](const Column &column) {
        return column.default_text.empty() ? std::string() : default_command(column.default_text);
    });
}

// Nothing when no table loses or gets anything by the statement.
void restore_not_null(const Tree &tree, const std::string &name, bool dropped, Statements &statements)
{
    const bool all = std::all_of(tree.tables.begin(), tree.tables.end(), [&](const TableFacts *table) {
        const Column *column = table->find(name);
        return column == nullptr || column->not_null;
    });
    if (all && !dropped)
        return;
    if (!all)
        statements.push_back(alter_column(tree.relation, name, "DROP NOT NULL"));
    on_each(tree, name, statements, [](const Column &column) { return std::string(column.not_null ? "SET NOT NULL" : ""); });
}

void restore_column_options(const Tree &tree, const Change &change, Statements &statements)
{
    on_each(tree, change.column, statements, [&](const Column &) { return fmt::format("RESET ({})", quote_list(change.names)); });
    on_each(tree, change.column, statements, [](const Column &column) {
        return column.options.empty() ? std::string() : fmt::format("SET ({})", column.options);
    });
}

void restore_table(const Tree &tree, const Change &change, Statements &statements)
{
    const TableFacts &table = *tree.root;
    switch (change.kind) {
    case ChangeKind::set_table_options:
        for (const std::string &name : change.names)
            statements.push_back(alter(tree.relation, option_command(table, name)));
        break;
    case ChangeKind::set_persistence:
        statements.push_back(alter(tree.relation, table.unlogged ? "SET UNLOGGED" : "SET LOGGED"));
        break;
    case ChangeKind::set_tablespace:
        statements.push_back(alter(tree.relation, fmt::format("SET TABLESPACE {}", quote_identifier(table.tablespace))));
        break;
    case ChangeKind::set_access_method:
        statements.push_back(alter(tree.relation, fmt::format("SET ACCESS METHOD {}", quote_identifier(table.access_method))));
        break;
    default:
        break;
    }
}

void restore_column(const Tree &tree, const Change &change, Statements &statements)
{
    switch (change.kind) {
    case ChangeKind::set_statistics:
        on_each(tree, change.column, statements,
                [](const Column &column) { return fmt::format("SET STATISTICS {}", column.statistics); });
        break;
    case ChangeKind::set_storage:
        on_each(tree, change.column, statements,
                [](const Column &column) { return fmt::format("SET STORAGE {}", storage_word(column.stored_as)); });
        break;
    case ChangeKind::set_compression:
        on_each(tree, change.column, statements,
                [](const Column &column) { return fmt::format("SET COMPRESSION {}", compression_word(column)); });
        break;
    case ChangeKind::set_column_options:
        restore_column_options(tree, change, statements);
        break;
    case ChangeKind::set_not_null:
    case ChangeKind::drop_not_null:
        restore_not_null(tree, change.column, change.kind == ChangeKind::drop_not_null, statements);
        break;
    case ChangeKind::set_default:
    case ChangeKind::drop_default:
        if (tree.find(change.column) == nullptr)  // else the undo of its type has done it
            restore_default(tree, change.column, statements);
        break;
    default:
        break;
    }
}

}  // namespace

std::string option_command(const TableFacts &table, const std::string &name)
{
    // toast.NAME is two names, each quoted by itself.
    const auto dot = name.find('.');
    const std::string quoted = dot == std::string::npos
                                   ? quote_identifier(name)
                                   : quote_identifier(name.substr(0, dot)) + "." + quote_identifier(name.substr(dot + 1));
    auto found = table.storage_options.find(name);
    return found == table.storage_options.end() ? fmt::format("RESET ({})", quoted)
                                                : fmt::format("SET ({} = {})", quoted, quote_literal(found->second));
}

void undo_setting(const Tree &tree, const Change &change, Statements &statements)
{
    restore_column(tree, change, statements);
    restore_table(tree, change, statements);
}

void undo_type(const Tree &tree, const Column &column, bool may_have_default, Statements &statements)
{
    const bool any_default = std::any_of(tree.tables.begin(), tree.tables.end(), [&](const TableFacts *table) {
        const Column *own = table->find(column.name);
        return own != nullptr && !own->default_text.empty();
    });
    const bool defaults = column.identity == 0 && !column.generated && (any_default || may_have_default);
    if (defaults)
        statements.push_back(alter_column(tree.relation, column.name, "DROP DEFAULT"));
    std::string text = "TYPE " + type_text(column.type, column.collation);
    if (!column.generated)
        text += fmt::format(" USING NULL::{}", column.type);
    statements.push_back(alter_column(tree.relation, column.name, text));
    if (defaults)
        on_each(tree, column.name, statements,
                [](const Column &own) { return own.default_text.empty() ? std::string() : default_command(own.default_text); });
    // A new type brings its own storage, and forgets what was chosen.
    on_each(tree, column.name, statements, [](const Column &own) {
        return own.storage == 0 ? std::string() : fmt::format("SET STORAGE {}", storage_word(own.storage));
    });
    on_each(tree, column.name, statements, [](const Column &own) {
        return own.compression.empty() ? std::string() : fmt::format("SET COMPRESSION {}", own.compression);
    });
}

void undo_statement(const RewriteDraft &draft, Statements &statements)
{
    const Tree &tree = draft.trees.front();
    auto is_added = [&](const std::string &name) {
        return std::any_of(draft.changes.begin(), draft.changes.end(), [&](const Change *change) {
            return change->kind == ChangeKind::add_column && change->column == name;
        });
    };
    for (auto at = draft.changes.rbegin(); at != draft.changes.rend(); ++at)
        if ((*at)->kind == ChangeKind::metadata_only)
            statements.insert(statements.end(), (*at)->undo.begin(), (*at)->undo.end());
    for (auto at = draft.changes.rbegin(); at != draft.changes.rend(); ++at)
        if ((*at)->kind == ChangeKind::add_check || (*at)->kind == ChangeKind::add_unique || (*at)->kind == ChangeKind::add_exclusion)
            statements.push_back(alter(tree.relation, fmt::format("DROP CONSTRAINT {}", quote_identifier((*at)->new_name))));
    for (auto at = draft.changes.rbegin(); at != draft.changes.rend(); ++at)
        if ((*at)->kind == ChangeKind::add_column)
            statements.push_back(alter(tree.relation, fmt::format("DROP COLUMN {}", quote_identifier((*at)->column))));
    for (const Altered &altered : tree.altered)
        if (altered.change != nullptr) {
            const bool sets_default = std::any_of(draft.changes.begin(), draft.changes.end(), [&](const Change *change) {
                return change->kind == ChangeKind::set_default && change->column == altered.column->name;
            });
            undo_type(tree, *altered.column, sets_default, statements);
        }
    for (const Change *change : draft.changes) {
        if (!is_added(change->column))
            restore_column(tree, *change, statements);
        restore_table(tree, *change, statements);
        if (change->kind == ChangeKind::add_unique && change->primary)  // its columns stay NOT NULL without it
            for (const std::string &name : change->names)
                if (!is_added(name))
                    restore_not_null(tree, name, false, statements);
    }
}

}  // namespace hotswap::core
