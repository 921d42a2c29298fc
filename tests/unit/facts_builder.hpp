// Short hands for tests of the planner: a table of facts, changes, and what a plan looks like.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/planner.hpp"

namespace hotswap::core {

inline Column make_column(int number, const std::string &name, const std::string &type, bool not_null = false,
                          const std::string &default_text = "")
{
    Column column;
    column.number = number;
    column.name = name;
    column.type = type;
    column.not_null = not_null;
    column.default_text = default_text;
    return column;
}

inline Index make_index(const std::string &name, const std::vector<int> &columns)
{
    Index index;
    index.schema = "public";
    index.name = name;
    index.method = "btree";
    for (int number : columns) {
        IndexKey key;
        key.column = number;
        key.columns = {number};
        index.keys.push_back(key);
    }
    return index;
}

inline Index make_primary_key(const std::string &name, const std::vector<int> &columns)
{
    Index index = make_index(name, columns);
    index.unique = index.primary = true;
    index.constraint = name;
    return index;
}

inline Index make_unique_key(const std::string &name, const std::vector<int> &columns)
{
    Index index = make_index(name, columns);
    index.unique = true;
    index.constraint = name;
    return index;
}

// public.orders (id integer not null, note text, total integer default 0)
inline TableFacts orders()
{
    TableFacts table;
    table.oid = 16384;
    table.schema = "public";
    table.name = "orders";
    table.access_method = "heap";
    table.columns = {make_column(1, "id", "integer", true), make_column(2, "note", "text"),
                     make_column(3, "total", "integer", false, "0")};
    return table;
}

inline Change make_change(ChangeKind kind, const std::string &column = "")
{
    Change change;
    change.kind = kind;
    change.position = 7;
    change.column = column;
    return change;
}

inline Change change_type(const std::string &column, const std::string &type, bool rewrites = true)
{
    Change change = make_change(ChangeKind::alter_type, column);
    change.type = type;
    change.rewrites = rewrites;
    change.old_to_new_implicit = true;
    change.new_to_old_assignable = true;
    return change;
}

inline Change rename_to(const std::string &column, const std::string &name)
{
    Change change = make_change(ChangeKind::rename_column, column);
    change.new_name = name;
    return change;
}

inline Change add_column(const std::string &column, const std::string &type)
{
    Change change = make_change(ChangeKind::add_column, column);
    change.type = type;
    return change;
}

inline Plan plan_of(const TableFacts &table, const std::vector<Change> &changes, const std::string &strategy = "auto",
                    const Options &options = {})
{
    Statement statement;
    statement.schema = table.schema;
    statement.relation = table.name;
    statement.relation_oid = table.oid;
    statement.changes = changes;
    return make_plan(statement, table, strategy, options);
}

inline Plan dual_write_of(const TableFacts &table, const std::vector<Change> &changes, const Options &options = {})
{
    return plan_of(table, changes, "dual_write", options);
}

inline Plan rewrite_of(const TableFacts &table, const std::vector<Change> &changes, const Options &options = {})
{
    return plan_of(table, changes, "online_rewrite", options);
}

// "expand ddl", "migrate backfill", ...
inline std::vector<std::string> shape(const Plan &plan)
{
    std::vector<std::string> words;
    for (const Step &step : plan.steps)
        words.push_back(std::string(to_text(step.phase)) + " " + to_text(step.kind));
    return words;
}

inline const Step &step_in(const Plan &plan, Phase phase, StepKind kind)
{
    for (const Step &step : plan.steps)
        if (step.phase == phase && step.kind == kind)
            return step;
    throw std::logic_error("the plan has no such step");
}

inline bool has(const std::vector<std::string> &texts, const std::string &wanted)
{
    for (const std::string &text : texts)
        if (text == wanted)
            return true;
    return false;
}

// Some text contains wanted.
inline bool mentions(const std::vector<std::string> &texts, const std::string &wanted)
{
    for (const std::string &text : texts)
        if (text.find(wanted) != std::string::npos)
            return true;
    return false;
}

inline bool contains(const std::string &text, const std::string &wanted)
{
    return text.find(wanted) != std::string::npos;
}

inline std::size_t position_of(const std::vector<std::string> &texts, const std::string &wanted)
{
    for (std::size_t i = 0; i < texts.size(); ++i)
        if (texts[i] == wanted)
            return i;
    ADD_FAILURE() << "not found: " << wanted;
    return texts.size();
}

inline Error error_of(const std::function<void()> &act)
{
    try {
        act();
    } catch (const Error &error) {
        return error;
    }
    ADD_FAILURE() << "no error was raised";
    return Error("", "");
}

}  // namespace hotswap::core
