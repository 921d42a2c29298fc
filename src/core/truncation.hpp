// TRUNCATE as read: which tables it names, and whether their rows can be kept.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

namespace hotswap::core {

struct Truncation {
    std::vector<std::string> tables;      // qualified and quoted
    std::vector<std::string> only;        // those of them that are written ONLY
    std::string not_kept;                 // why rows cannot be kept for a while; empty: they can
    bool cascade = false;
    bool restart = false;                 // RESTART IDENTITY
};

}  // namespace hotswap::core
