// A script cut into statements by the server's own parser, so that no semicolon in a function body is mistaken.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "core/script.hpp"

namespace hotswap::bridge {

using StatementText = core::ScriptStatement;

// In order, without empty ones. Looks at no catalog: names may be of what the script only makes.
// ERRORS: core::Error 42601 with query and position for syntax errors, and whatever else the lexer raises.
std::vector<StatementText> split_statements(const std::string &text);

}  // namespace hotswap::bridge
