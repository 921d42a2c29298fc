// Statements about several things that are one statement for each of them: DROP INDEX a, b; REINDEX SCHEMA, REINDEX DATABASE.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

namespace hotswap::bridge {

struct Expansion {
    std::vector<std::string> statements;   // the text itself when there is nothing to expand
    std::vector<std::string> warnings;     // what was left out
};

// REQUIRES: one statement.
Expansion expand_statement(const std::string &text);

}  // namespace hotswap::bridge
