// See data_check.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/data_check.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/identifier.hpp"

namespace hotswap::core {

namespace {

constexpr std::size_t kMostColumns = 8;   // of an example

std::string from(const std::string &table)
{
    return "FROM ONLY " + table + " AS hotswap_row";
}

std::string within(BlockRange range)
{
    if (range.to == 0)
        return "true";
    return fmt::format("hotswap_row.ctid OPERATOR(pg_catalog.>=) '({},0)'::pg_catalog.tid AND hotswap_row.ctid OPERATOR(pg_catalog.<) '({},0)'::pg_catalog.tid",
                       range.from, range.to);
}

std::string column(const std::string &name)
{
    return "hotswap_row." + quote_identifier(name);
}

// Long values are cut: they are only to be recognised.
std::string member(const std::string &name, const std::string &value)
{
    return fmt::format("{}, pg_catalog.left(({})::pg_catalog.text, 60)", quote_literal(name), value);
}

std::string example(const DataCheck &check, const std::vector<std::string> &key)
{
    std::vector<std::string> names = key;
    for (const std::string &name : check.columns)
        if (std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(name);
    if (names.size() > kMostColumns)
        names.resize(kMostColumns);
    std::string members;
    for (const std::string &name : names)
        members += (members.empty() ? "" : ", ") + member(name, column(name));
    if (key.empty())
        members += (members.empty() ? "" : ", ") + std::string("'ctid', hotswap_row.ctid::pg_catalog.text");
    return "pg_catalog.jsonb_build_object(" + members + ")::pg_catalog.text AS example";
}

std::string joined(const std::vector<std::string> &items, const std::string &between)
{
    std::string text;
    for (const std::string &item : items)
        text += (text.empty() ? "" : between) + item;
    return text;
}

std::string broken(const DataCheck &check)
{
    std::string nulls, values;
    for (const std::string &name : check.columns) {
        nulls += (nulls.empty() ? "" : " OR ") + column(name) + " IS NULL";
        values += (values.empty() ? "" : " OR ") + column(name) + " IS NOT NULL";
    }
    switch (check.rule) {
    case DataRule::not_null:
        return nulls;
    case DataRule::check:
    case DataRule::kept:
        return "(" + check.expression + ") IS FALSE";
    case DataRule::foreign_key: {
        const std::string missing = fmt::format("NOT ({}) AND NOT EXISTS (SELECT FROM {} AS hotswap_other WHERE {})", nulls, check.other,
                                                joined(check.pairs, " AND "));
        return check.full_match ? fmt::format("(({}) AND ({})) OR ({})", nulls, values, missing) : missing;
    }
    default:
        return "true";
    }
}

// A group is a value that is there more than once; its rows are counted.
std::string duplicates(const DataCheck &check, const std::string &rows, BlockRange range, int limit)
{
    std::string members, numbers, where = within(range);
    for (std::size_t i = 0; i < check.terms.size() && i < kMostColumns; ++i)
        members += member(i < check.columns.size() ? check.columns[i] : check.terms[i], "hotswap_term_" + std::to_string(i)) + ", ";
    std::string terms;
    for (std::size_t i = 0; i < check.terms.size(); ++i) {
        terms += fmt::format("{}({}) AS hotswap_term_{}", i == 0 ? "" : ", ", check.terms[i], i);
        numbers += (i == 0 ? "" : ", ") + std::to_string(i + 1);
        if (!check.nulls_equal)
            where += fmt::format(" AND ({}) IS NOT NULL", check.terms[i]);
    }
    if (!check.predicate.empty())
        where += " AND (" + check.predicate + ")";
    return fmt::format("SELECT pg_catalog.jsonb_build_object({}'rows', hotswap_rows)::pg_catalog.text AS example"
                       "  FROM (SELECT {}, pg_catalog.count(*) AS hotswap_rows {} WHERE {} GROUP BY {}) AS hotswap_groups"
                       " WHERE hotswap_rows OPERATOR(pg_catalog.>) 1 LIMIT {}",
                       members, terms, rows, where, numbers, limit);
}

}  // namespace

const char *to_text(DataRule rule)
{
    switch (rule) {
    case DataRule::not_null:
        return "NOT NULL";
    case DataRule::no_rows:
        return "NO ROWS";
    case DataRule::check:
        return "CHECK";
    case DataRule::unique:
        return "UNIQUE";
    case DataRule::foreign_key:
        return "FOREIGN KEY";
    case DataRule::fits:
        return "TYPE";
    case DataRule::kept:
        return "TYPE";
    }
    return "";
}

std::string violations_query(const DataCheck &check, const std::string &table, const std::vector<std::string> &key, BlockRange range, int limit)
{
    // A unique index of a partitioned table holds over all partitions.
    if (check.rule == DataRule::unique)
        return duplicates(check, check.only ? from(table) : "FROM " + table + " AS hotswap_row", range, limit);
    return fmt::format("SELECT {} {} WHERE {} AND ({}) LIMIT {}", example(check, key), from(table), within(range), broken(check), limit);
}

std::string conversion_query(const DataCheck &check, const std::string &table, BlockRange range)
{
    if (check.rule == DataRule::kept)
        return fmt::format("SELECT pg_catalog.count(*) AS found {} WHERE {} AND ({})", from(table), within(range), broken(check));
    return fmt::format("SELECT pg_catalog.count({}) AS found {} WHERE {}", check.expression, from(table), within(range));
}

std::string conversion_of_row(const DataCheck &check, const std::string &table, const std::string &ctid)
{
    const std::string value = check.rule == DataRule::fits ? check.expression : broken(check);
    return fmt::format("SELECT pg_catalog.count({}) AS found {} WHERE hotswap_row.ctid OPERATOR(pg_catalog.=) {}::pg_catalog.tid", value, from(table),
                       quote_literal(ctid));
}

std::string rows_of_range(const std::string &table, BlockRange range)
{
    return fmt::format("SELECT hotswap_row.ctid::pg_catalog.text AS ctid {} WHERE {}", from(table), within(range));
}

std::string example_of_row(const DataCheck &check, const std::string &table, const std::vector<std::string> &key, const std::string &ctid)
{
    return fmt::format("SELECT {} {} WHERE hotswap_row.ctid OPERATOR(pg_catalog.=) {}::pg_catalog.tid", example(check, key), from(table),
                       quote_literal(ctid));
}

const char *sqlstate_of(DataRule rule)
{
    switch (rule) {
    case DataRule::not_null:
    case DataRule::no_rows:
        return "23502";
    case DataRule::check:
        return "23514";
    case DataRule::unique:
        return "23505";
    case DataRule::foreign_key:
        return "23503";
    default:
        return "22000";
    }
}

std::string message_of(const DataCheck &check, const std::string &relation)
{
    switch (check.rule) {
    case DataRule::not_null:
        return fmt::format("column {} of {} has nulls", check.subject, relation);
    case DataRule::no_rows:
        return fmt::format("{} has rows, and the new column {} has no value for them", relation, check.subject);
    case DataRule::check:
        return fmt::format("rows of {} break the check {}", relation, check.subject);
    case DataRule::unique:
        return fmt::format("{} has duplicates in {}", relation, check.subject);
    case DataRule::foreign_key:
        return fmt::format("rows of {} refer by {} to rows that are not there", relation, check.subject);
    case DataRule::fits:
        return fmt::format("values of {} in {} do not fit the new type", check.subject, relation);
    case DataRule::kept:
        return fmt::format("values of {} in {} are not the same in the new type", check.subject, relation);
    }
    return "";
}

}  // namespace hotswap::core
