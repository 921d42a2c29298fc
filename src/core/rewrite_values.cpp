// Values on their way to a twin and back: the conversions of altered columns, and the columns that are added.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include <fmt/format.h>

#include "core/conversion.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/rewrite_draft.hpp"

namespace hotswap::core {

namespace {

// How many columns a plain text in option up or down could be for.
bool is_single(const Changes &changes, bool up)
{
    return std::count_if(changes.begin(), changes.end(), [up](const Change *change) {
               return change->kind == ChangeKind::alter_type || (up && change->kind == ChangeKind::add_column);
           }) == 1;
}

const ExpressionFacts *facts_of(const Options &options, const std::string &column)
{
    auto found = options.up_facts.find(options.up.contains(column) ? column : std::string());
    return found == options.up_facts.end() ? nullptr : &found->second;
}

void refuse_column(const TableFacts &table, const Column &column, const Change &change)
{
    if (column.inherited)
        throw Error(sqlstate::kFeatureNotSupported,
                    fmt::format("cannot change the type of column \"{}\" of table \"{}\"", column.name, table.name),
                    "It is inherited: its type is that of the parent's column.", "Start the migration on the parent table.",
                    change.position);
    if (column.identity && !is_integer(change.type))
        throw Error(sqlstate::kFeatureNotSupported,
                    fmt::format("cannot change identity column \"{}\" to type {}", column.name, change.type),
                    "An identity column is smallint, integer or bigint.", "Drop the identity first.", change.position);
}

// The server casts the values that are there; on the way back they are generated again.
void convert_generated(RewriteDraft &draft, const Column &column, const Change &change, Altered *altered)
{
    if (!change.new_to_old_assignable)
        draft.lose_way_back(
            fmt::format("column \"{}\" cannot go back from {} to {}", column.name, change.type, column.type),
            Error(sqlstate::kFeatureNotSupported, fmt::format("cannot change the type of generated column \"{}\"", column.name),
                  fmt::format("There is no assignment cast from {} back to {}.", change.type, column.type),
                  "Add a generated column of the new type, then drop this one. Or give options => '{\"one_way\": true}', to do without "
                  "a way back after the switch.",
                  change.position));
    altered->up = quote_identifier(column.name);
    altered->down = column.generation;
    altered->reads = {column.name};
}

// Where the table of casts knows no way back that loses nothing, an assignment cast is one all the same: rows that nobody
// changes come back as they were, whatever it makes of their new values.
void find_way_back(RewriteDraft &draft, const Conversion &conversion, Altered *altered)
{
    if (auto down = find_down(conversion))
        altered->down = *down;
    else if (conversion.is_cast() && conversion.change.new_to_old_assignable)
        altered->down = quote_identifier(conversion.column.name);
    else
        altered->down.clear();
    altered->exact = !altered->down.empty() && (conversion.is_cast() ? is_exact(conversion) : true);
    if (altered->down.empty())
        draft.lose_way_back(
            fmt::format("column \"{}\" cannot go back from {} to {}", conversion.column.name, conversion.change.type,
                        conversion.column.type),
            Error(sqlstate::kInvalidParameter,
                  fmt::format("cannot find the way back from {} to {} for column \"{}\"", conversion.change.type,
                              conversion.column.type, conversion.column.name),
                  why_no_down(conversion),
                  fmt::format("Give options => '{{\"down\": \"...\"}}': an expression over {} that makes the old value from the new "
                              "one. Or '{{\"one_way\": true}}', to do without a way back after the switch.",
                              quote_identifier(conversion.column.name)),
                  conversion.change.position));
}

Altered convert(RewriteDraft &draft, const Change &change)
{
    const Planning &planning = draft.planning;
    const Options &options = planning.options;
    const Column &column = column_of(planning.table, change);
    refuse_column(planning.table, column, change);
    Altered altered;
    altered.column = &column;
    altered.type = change.type;
    altered.collation = change.collation;
    altered.change = &change;
    if (column.generated) {
        convert_generated(draft, column, change, &altered);
        return altered;
    }
    const Conversion conversion{column, change, expression_of(options.up, column.name, is_single(draft.changes, true)),
                                expression_of(options.down, column.name, is_single(draft.changes, false)),
                                planning.statement.time_zone};
    const bool plain = !change.rewrites && change.using_text.empty() && conversion.wanted_up.empty();
    altered.up = plain ? quote_identifier(column.name) : find_up(conversion);
    if (plain && conversion.wanted_down.empty() && change.new_to_old_assignable)
        altered.down = quote_identifier(column.name);
    else
        find_way_back(draft, conversion, &altered);
    // Labels go through text, and the engine casts to the enum by what it is called by then: the types of an enum that is
    // replaced are renamed as soon as the switch is over.
    if (is_through_labels(conversion))
        altered.up = altered.down = quote_identifier(column.name) + "::text";
    if (!deciding_zone(conversion).empty())
        draft.planning.warn(zone_warning(conversion));
    altered.reads = {column.name};
    if (!change.using_text.empty()) {
        altered.reads = change.reads;
        altered.unstable = change.unstable;
    } else if (const ExpressionFacts *facts = conversion.wanted_up.empty() ? nullptr : facts_of(options, column.name)) {
        altered.reads = facts->reads;
        altered.unstable = facts->unstable;
    }
    return altered;
}

TwinColumn added_column(const RewriteDraft &draft, const Change &change)
{
    const Options &options = draft.planning.options;
    TwinColumn column;
    column.name = change.column;
    column.added = true;
    column.unstable = change.unstable;
    column.up = change.fill_text.empty() ? fmt::format("NULL::{}", change.type) : change.fill_text;
    const std::string wanted = change.generated ? "" : expression_of(options.up, change.column, is_single(draft.changes, true));
    if (!wanted.empty()) {
        column.up = wanted;
        const ExpressionFacts *facts = facts_of(options, change.column);
        column.unstable = facts != nullptr && facts->unstable;
    }
    return column;
}

void check_added(const RewriteDraft &draft, const Change &change)
{
    const Tree &tree = draft.trees.front();
    for (const std::string &read : change.reads)
        if (tree.find(read) != nullptr)
            throw Error(sqlstate::kFeatureNotSupported,
                        fmt::format("cannot add generated column \"{}\" together with the type change of column \"{}\"",
                                    change.column, read),
                        "Its value is made from that column.", "Give it as a migration of its own, afterwards.", change.position);
    const bool filled = !change.fill_text.empty() ||
                        !expression_of(draft.planning.options.up, change.column, is_single(draft.changes, true)).empty();
    const bool has_rows =
        std::any_of(tree.tables.begin(), tree.tables.end(), [](const TableFacts *table) { return table->blocks > 0; });
    if (change.not_null && !filled && has_rows)
        throw Error(sqlstate::kFeatureNotSupported,
                    fmt::format("cannot add column \"{}\" as NOT NULL without a value for existing rows", change.column),
                    "The table has rows.",
                    fmt::format("Give a DEFAULT, or options => '{{\"up\": {{\"{}\": \"...\"}}}}'.", change.column),
                    change.position);
}

[[noreturn]] void refuse_dependent(const TableFacts &table, const Column &column, const std::vector<std::string> &names,
                                   int position)
{
    throw Error(sqlstate::kFeatureNotSupported,
                fmt::format("cannot change the type of column \"{}\" of table \"{}\" because other objects depend on it",
                            column.name, table.name),
                fmt::format("Depending on it: {}.", comma_list(names)),
                "Drop these objects first and create them again afterwards.", position);
}

// The server names the expression of a generated column as it names a default.
std::string column_words(const Dependent &dependent)
{
    const std::string beginning = "default value for ";
    return dependent.description.starts_with(beginning) ? dependent.description.substr(beginning.size()) : dependent.description;
}

}  // namespace

void alter_columns(RewriteDraft &draft)
{
    const Options &options = draft.planning.options;
    check_expressions("up", options.up, draft.changes, ChangeKind::add_column);
    check_expressions("down", options.down, draft.changes, ChangeKind::alter_type);
    for (const Change *change : draft.changes)
        if (change->kind == ChangeKind::alter_type) {
            if (draft.trees.front().find(change->column) != nullptr)
                throw Error(sqlstate::kFeatureNotSupported,
                            fmt::format("cannot change the type of column \"{}\" twice", change->column), {},
                            "Give the type it is to have in the end.", change->position);
            draft.trees.front().altered.push_back(convert(draft, *change));
        }
    for (const Change *change : draft.changes)
        if (change->kind == ChangeKind::add_column)
            check_added(draft, *change);
}

std::vector<TwinColumn> twin_columns(const RewriteDraft &draft, const Tree &tree)
{
    std::vector<TwinColumn> columns;
    for (const Altered &altered : tree.altered)
        columns.push_back({altered.column->name, altered.up, altered.down, false, altered.unstable});
    if (&tree == &draft.trees.front())
        for (const Change *change : draft.changes)
            if (change->kind == ChangeKind::add_column)
                columns.push_back(added_column(draft, *change));
    return columns;
}

void check_dependents(const RewriteDraft &draft)
{
    for (const Tree &tree : draft.trees)
        for (const Altered &altered : tree.altered)
            for (const TableFacts *table : tree.tables) {
                const Column *column = table->find(altered.column->name);
                const int position = altered.change == nullptr ? 0 : altered.change->position;
                if (column != nullptr && column->partition_key)
                    throw Error(sqlstate::kFeatureNotSupported,
                                fmt::format("cannot change the type of column \"{}\" of table \"{}\"", column->name, table->name),
                                "It is part of the partition key.", "Make a new partitioned table with the new type.", position);
                std::vector<std::string> names;
                for (const Dependent &dependent : table->dependents) {
                    if (column == nullptr || dependent.column != column->number)
                        continue;
                    if (dependent.kind == DependentKind::generated_column)
                        throw Error(sqlstate::kFeatureNotSupported, "cannot alter type of a column used by a generated column",
                                    fmt::format("Column \"{}\" of table \"{}\" is used by {}.", column->name, table->name,
                                                column_words(dependent)),
                                    "Drop the generated column first, and add it again afterwards.", position);
                    if (dependent.kind == DependentKind::other)
                        names.push_back(dependent.description);
                }
                if (!names.empty())
                    refuse_dependent(*table, *column, names, position);
            }
}

}  // namespace hotswap::core
