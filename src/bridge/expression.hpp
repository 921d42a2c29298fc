// Expressions of users (up, down, USING, defaults), taken in as text, checked and qualified once by the server, so that
// the same text means the same under any search_path for ever after.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hotswap::bridge {

// A column an expression may name that the table does not have (yet), or has with another type.
struct ScopeColumn {
    std::string name;
    std::string type;        // format_type text
    std::string collation;   // qualified and quoted, empty for the type's default
};

struct QualifiedExpression {
    std::string text;        // every object name qualified, columns by plain name
    std::string type;        // format_type text of the result
    bool volatile_functions = false;
    bool unstable = false;           // see is_unstable in tree.hpp
    std::vector<std::string> reads;  // columns; "*" for the row as a whole
};

// One scalar expression over the columns of relation, less `hidden`, plus `added`. Resolved under the caller's search_path.
// target_type, when given: the result must be assignable to it.
// ERRORS: the server's own (42703 unknown column, 42883 unknown function ...); 0A000 for subqueries, aggregates and sets.
QualifiedExpression qualify_expression(const std::string &text, unsigned relation, const std::vector<std::string> &hidden,
                                       const std::vector<ScopeColumn> &added, const std::string &target_type);

// A list as after ORDER BY, over the columns of relation: qualified, each with its direction. Resolved like an expression.
// ERRORS: as qualify_expression; 42883 for a type that cannot be sorted; 0A000 for USING and for column numbers.
std::string qualify_order(const std::string &text, unsigned relation);

}  // namespace hotswap::bridge
