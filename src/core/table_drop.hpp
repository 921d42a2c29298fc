// DROP TABLE as read: what goes, and what stands beside it.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

namespace hotswap::core {

struct TableDrop {
    struct Table {
        std::string schema, name;      // plain
        std::string comment;
        bool is_partition = false;     // renaming it leaves it where its parent finds it
    };
    std::vector<Table> tables;
    std::vector<std::string> locks;       // further relations the drop locks: referenced tables, parents, children
    std::string not_kept;                 // why they cannot be kept for a while; empty: they can
    bool cascade = false;
    std::vector<std::string> dependents;  // "view public.v", "constraint c on table public.t": what CASCADE would take along
};

}  // namespace hotswap::core
