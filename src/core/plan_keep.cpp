// The steps that keep what a destructive step takes away. See rollback_point.hpp.
//
// Columns: the hold table is made, the columns get a name that nobody knows, their values are copied, they are dropped. From the
// rename on no statement can name them, so their values stand still: which version of a row a chunk reads makes no difference,
// and a chunk needs no row locks. What moves is where rows lie, so the copy ends with one look at the whole table (engine/keep_copy).
// One thing changes a column by its number: the actions of a foreign key (ON DELETE SET NULL). They leave null, which the copy may
// or may not see; the row they are about has lost what it referenced either way.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/planning.hpp"
#include "core/rollback_point.hpp"

namespace hotswap::core {

namespace {

bool is_in(const std::vector<std::string> &words, const std::string &word)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

// Without being asked for, a point that cannot be made is a warning, so that a plain DROP still works everywhere.
void cannot_keep(Planning &planning, const std::string &why)
{
    if (planning.options.rollback_point_asked)
        throw Error(sqlstate::kFeatureNotSupported, "cannot keep a rollback point of this statement", fmt::format("Nothing can be kept: {}.", why),
                    "Leave option \"rollback_point\" out, or give \"none\".");
    planning.warn("no rollback point: " + why);
}

Step keep_step(const Planning &planning, Phase phase, const char *what, std::string title, std::vector<std::string> arguments)
{
    Step step = make_step(planning, phase, StepKind::keep, std::move(title));
    step.keep = what;
    step.keeps = std::move(arguments);
    return step;
}

// A text[] as text: a list within the list of arguments.
std::string list_text(const std::vector<std::string> &items)
{
    std::string text;
    for (const std::string &item : items) {
        std::string quoted;
        for (const char c : item) {
            if (c == '"' || c == '\\')
                quoted += '\\';
            quoted += c;
        }
        text += fmt::format("{}\"{}\"", text.empty() ? "" : ",", quoted);
    }
    return "{" + text + "}";
}

// For people: the number is known when it is made.
std::string hold_text(const Planning &planning, const std::vector<std::string> &columns)
{
    return fmt::format("CREATE TABLE hotswap_held_N.{} AS SELECT {} FROM {} WITH NO DATA", quote_identifier(planning.statement.relation), quote_list(columns), planning.relation);
}

Step kept_step(const Planning &planning, Phase phase)
{
    const bool file = planning.options.rollback_point == "file";
    Step step = keep_step(planning, phase, kKeepKept, file ? "write what is kept to a file" : "the rollback point is complete", {planning.options.rollback_point});
    return step;
}

std::vector<std::string> leaves_of(const Planning &planning)
{
    if (planning.table.kind != 'p')
        return {planning.relation};
    std::vector<std::string> leaves;
    for (const TableFacts &below : planning.table.descendants)
        if (below.kind == 'r')
            leaves.push_back(qualified(below.schema, below.name));
    return leaves;
}

// Of each: default, comment, NOT NULL. As planned: deprecating it has changed them since.
std::vector<std::string> details_of(const TableFacts &table, const std::vector<std::string> &names)
{
    std::vector<std::string> details;
    for (const std::string &name : names) {
        const Column &column = *table.find(name);
        // A sequence of its own goes with the column.
        details.insert(details.end(), {column.sequence_name.empty() ? column.default_text : "", column.comment, column.not_null ? "not null" : ""});
    }
    return details;
}

std::vector<std::string> stored_columns(const TableFacts &table)
{
    std::vector<std::string> names;
    for (const Column &column : table.columns)
        if (!column.generated)
            names.push_back(column.name);
    return names;
}

}  // namespace

bool wants_point(const Planning &planning)
{
    return planning.options.rollback_point == "table" || planning.options.rollback_point == "file";
}

std::vector<std::string> key_without(const TableFacts &table, const std::vector<std::string> &dropped)
{
    const Index *best = nullptr;
    for (const Index &index : table.indexes) {
        const bool fits = index.unique && index.valid && !index.deferrable && index.predicate.empty() && index.method == "btree" &&
                          std::all_of(index.keys.begin(), index.keys.end(), [&](const IndexKey &key) {
                              const Column *column = table.find(key.column);
                              return column != nullptr && column->not_null && !is_in(dropped, column->name);
                          });
        if (fits && (best == nullptr || index.primary || (!best->primary && index.keys.size() < best->keys.size())))
            best = &index;
    }
    std::vector<std::string> names;
    if (best != nullptr)
        for (const IndexKey &key : best->keys)
            names.push_back(table.find(key.column)->name);
    return names;
}

bool plan_kept_tables(Planning &planning, const TableDrop &drop, Step *step)
{
    if (!wants_point(planning))
        return false;
    if (!drop.not_kept.empty()) {
        cannot_keep(planning, drop.not_kept);
        return false;
    }
    step->kind = StepKind::keep;
    step->keep = kKeepTable;
    for (std::size_t i = 0; i < drop.tables.size(); ++i) {
        const TableDrop::Table &table = drop.tables[i];
        const std::string name = planning.options.auto_contract ? table.name : own_name("held", table.name);
        step->keeps.insert(step->keeps.end(), {qualified(table.schema, name), table.name, table.comment});
    }
    return true;
}

bool plan_kept_truncation(Planning &planning, const Truncation &truncation, Step *step)
{
    if (!wants_point(planning))
        return false;
    if (!truncation.not_kept.empty()) {
        cannot_keep(planning, truncation.not_kept);
        return false;
    }
    step->kind = StepKind::keep;
    step->keep = kKeepTruncated;
    step->keeps = {truncation.cascade ? "cascade" : "", truncation.restart ? "restart" : "", list_text(truncation.tables), list_text(truncation.only)};
    step->title = "keep the rows for a while, and truncate";
    return true;
}

// In a table it is complete when it is kept; a file is written afterwards.
void end_kept_tables(Planning &planning)
{
    const Step &last = planning.plan.steps.back();
    if (planning.options.rollback_point == "file" && (last.keep == kKeepTable || last.keep == kKeepTruncated))
        planning.add(kept_step(planning, last.phase));
}

std::vector<std::string> plan_kept_columns(Planning &planning, const std::vector<std::string> &names)
{
    if (!wants_point(planning))
        return names;
    const TableFacts &table = planning.table;
    std::vector<std::string> kept, now = names;
    for (const std::string &name : names)
        if (!table.find(name)->generated)
            kept.push_back(name);
    const std::vector<std::string> key = key_without(table, names);
    if (kept.empty()) {
        planning.warn("no rollback point: the columns are computed from others");
        return names;
    }
    if (key.empty() || (table.kind != 'p' && (table.has_children || table.has_parents)) || (table.kind != 'r' && table.kind != 'p')) {
        cannot_keep(planning, key.empty() ? "the table has no unique index over columns that stay and are NOT NULL" : "the table is one of several that inherit from each other");
        return names;
    }
    Step &hold = planning.add(keep_step(planning, Phase::contract, kKeepHold, "make the hold table", {"columns", planning.relation, list_text(key), list_text(kept), list_text(details_of(table, kept))}));
    std::vector<std::string> both = key;
    both.insert(both.end(), kept.begin(), kept.end());
    hold.action = {hold_text(planning, both)};
    Moves aside;
    std::string values, condition;
    bool all = false;
    for (const std::string &name : kept) {
        const std::string held = own_name("held", name);
        check_name_is_free(table, held, 0);
        aside.add(alter(planning.relation, fmt::format("RENAME COLUMN {} TO {}", quote_identifier(name), quote_identifier(held))),
                  alter(planning.relation, fmt::format("RENAME COLUMN {} TO {}", quote_identifier(held), quote_identifier(name))));
        std::replace(now.begin(), now.end(), name, held);
        values += ", t." + quote_identifier(held);
        condition += fmt::format("{}t.{} IS NOT NULL", condition.empty() ? "" : " OR ", quote_identifier(held));
        all = all || !table.find(name)->default_text.empty();
    }
    planning.add(make_ddl(planning, Phase::contract, "put aside what is to be dropped, so that nobody writes it", aside));
    std::string keys;
    for (const std::string &name : key)
        keys += (keys.empty() ? "t." : ", t.") + quote_identifier(name);
    for (const std::string &leaf : leaves_of(planning)) {
        Step &copy = planning.add(keep_step(planning, Phase::contract, kKeepCopy, "keep the values in chunks", {list_text(key)}));
        copy.relation = leaf;
        // Without a default only what is there: the restored column is null where the hold has no row.
        copy.action = {fmt::format("SELECT {}{} FROM ONLY {} AS t", keys, values, leaf), all ? "true" : condition};
    }
    planning.add(kept_step(planning, Phase::contract));
    return now;
}

bool plan_kept_rows(Planning &planning, const RowsChange &rows, Step *holding)
{
    if (!rows.is_delete || !wants_point(planning))
        return false;
    std::vector<std::string> columns = stored_columns(planning.table);
    if (columns.empty())
        return false;
    *holding = keep_step(planning, Phase::migrate, kKeepHold, "make the hold table", {"rows", planning.relation, list_text({}), list_text(columns)});
    holding->action = {hold_text(planning, columns)};
    return true;
}

void keep_rows_of(const Planning &planning, const RowsChange &rows, Step *step)
{
    std::string given;
    const std::vector<std::string> columns = stored_columns(planning.table);
    for (const std::string &name : columns)
        given += fmt::format("{}{}.{}", given.empty() ? "" : ", ", quote_identifier(rows.alias), quote_identifier(name));
    step->keep = kKeepRows;
    step->keeps = {given, quote_list(columns)};
}

void end_kept_rows(Planning &planning)
{
    planning.add(kept_step(planning, Phase::migrate));
}

}  // namespace hotswap::core
