// The subcommands of an ALTER TABLE, each as the user wrote it: the parse tree does not tell where one ends.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

namespace hotswap::core {

// REQUIRES: one ALTER TABLE that the server has parsed. Empty when it cannot be taken apart.
std::vector<std::string> split_subcommands(const std::string &statement);

}  // namespace hotswap::core
