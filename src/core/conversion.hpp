// The way of a column's values to a new type and back, whatever strategy takes it.
// Internal to the planner.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <map>
#include <string>

#include "core/planning.hpp"

namespace hotswap::core {

// options.up / options.down of one column: by its name, or the only one given when single. Empty when none.
std::string expression_of(const std::map<std::string, std::string> &expressions, const std::string &column, bool single);

// 22023 for an expression that nothing would use. Type changes may have one, and so may the changes of kind side.
void check_expressions(const char *option, const std::map<std::string, std::string> &expressions, const Changes &changes,
                       ChangeKind side);

// From USING, the wanted option or the table of casts. 22023 when there is no way, or two.
std::string find_up(const Column &column, const Change &change, const std::string &wanted);
std::string find_down(const Column &column, const Change &change, const std::string &wanted, bool given_up);

bool is_integer(const std::string &type);

}  // namespace hotswap::core
