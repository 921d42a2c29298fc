// What one statement of a script makes and what it needs, read from the server's parse tree: enough to cut the script into parts.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "core/script_parts.hpp"

namespace hotswap::bridge {

// One statement. Names without a schema are looked up under the search_path in force; what is not there yet is taken to be made
// in the schema where CREATE would make it. Only reads; takes no lock.
// ERRORS: 42601 and friends from the parser.
core::PartStatement read_part_statement(const std::string &text);

// Of a part that drops a sequence and makes it again: what sets it to what it is now. Empty when it is not made again.
std::vector<std::string> undo_of_remaking(const std::vector<std::string> &statements);

}  // namespace hotswap::bridge
