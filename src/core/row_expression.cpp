// Fill expressions inside generated SQL: scope, cast and comparison.
// SPDX-License-Identifier: PostgreSQL
#include "core/row_expression.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/identifier.hpp"

namespace hotswap::core {

std::string is_distinct(const std::string &left, const std::string &right)
{
    return fmt::format("pg_catalog.record_image_ne(ROW({}), ROW({}))", left, right);
}

std::string is_same(const std::string &left, const std::string &right)
{
    return fmt::format("pg_catalog.record_image_eq(ROW({}), ROW({}))", left, right);
}

std::string evaluate(const std::string &expression, const std::string &row, const std::vector<SideColumn> &visible,
                     const std::vector<std::string> &others)
{
    std::string columns;
    for (const SideColumn &column : visible)
        columns += fmt::format("{}{}.{} AS {}", columns.empty() ? "" : ", ", row, quote_identifier(column.name),
                               quote_identifier(column.alias));
    for (const std::string &name : others)
        columns += fmt::format("{}{}.{} AS {}", columns.empty() ? "" : ", ", row, quote_identifier(name), quote_identifier(name));
    return fmt::format("(SELECT ({}) FROM (SELECT {}) AS hotswap_row)", expression, columns);
}

std::vector<std::string> other_columns(const std::vector<std::string> &all_columns, const DualWrite &write)
{
    std::vector<std::string> others;
    for (const std::string &name : all_columns) {
        auto is_of_side = [&](const SideColumn &column) { return column.name == name || column.alias == name; };
        if (std::none_of(write.old_side.begin(), write.old_side.end(), is_of_side) &&
            std::none_of(write.new_side.begin(), write.new_side.end(), is_of_side))
            others.push_back(name);
    }
    return others;
}

std::string joined(const std::vector<SideColumn> &side, const char *glue,
                   const std::function<std::string(const SideColumn &)> &term)
{
    std::string text;
    for (const SideColumn &column : side)
        text += fmt::format("{}{}", text.empty() ? "" : glue, term(column));
    return fmt::format("({})", text);
}

std::string side_matches(const std::string &row, const std::vector<SideColumn> &target, const std::vector<SideColumn> &source,
                         const std::vector<std::string> &others)
{
    return joined(target, " AND ", [&](const SideColumn &column) {
        std::string value = fmt::format("CAST({} AS {})", evaluate(column.fill, row, source, others), column.type);
        return is_same(fmt::format("{}.{}", row, quote_identifier(column.name)), value);
    });
}

}  // namespace hotswap::core
