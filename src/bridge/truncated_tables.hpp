// Whose rows a TRUNCATE takes away: the tables it names, what is below them, and with CASCADE what references them.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "bridge/sql.hpp"
#include "core/truncation.hpp"

namespace hotswap::bridge {

struct TruncatedTable {
    unsigned oid = 0;
    std::string name;             // qualified and quoted
    bool has_rows = false;        // a table with storage of its own
    std::string not_kept;         // why its storage cannot be put aside; empty: it can
};

// Referenced tables before those that reference them. role: who truncates. REQUIRES: store authority.
std::vector<TruncatedTable> truncated_tables(Sql &sql, const core::Truncation &truncation, unsigned role);

}  // namespace hotswap::bridge
