// How generated SQL evaluates a fill expression and compares its result with a column: shared by the verification
// query and the PL/pgSQL form of the trigger, so that both mean the same.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/dual_write.hpp"

namespace hotswap::core {

// Whether two values of one type have the same image, nulls included: the question the native trigger asks. It needs no
// operator of the type (json has none) and no collation decides it ('abc' and 'ABC' differ, and so do 1.0 and 1.00).
std::string is_distinct(const std::string &left, const std::string &right);
std::string is_same(const std::string &left, const std::string &right);

// (SELECT (expression) FROM (SELECT <row>."name" AS "alias", ...) AS hotswap_row): the aliases shadow columns of the
// same name, every other name is looked up in others and then in the surrounding query. row is "t" or "NEW".
std::string evaluate(const std::string &expression, const std::string &row, const std::vector<SideColumn> &visible,
                     const std::vector<std::string> &others);

// Columns that a fill expression of this dual write sees besides the other side.
std::vector<std::string> other_columns(const std::vector<std::string> &all_columns, const DualWrite &write);

// term(column) for each column, joined with " AND " or " OR ", in parentheses.
std::string joined(const std::vector<SideColumn> &side, const char *glue,
                   const std::function<std::string(const SideColumn &)> &term);

// Every column of target equals its fill expression evaluated over source.
std::string side_matches(const std::string &row, const std::vector<SideColumn> &target, const std::vector<SideColumn> &source,
                         const std::vector<std::string> &others);

}  // namespace hotswap::core
