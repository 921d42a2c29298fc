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
    bool cascade = false;
    std::vector<std::string> dependents;  // "view public.v", "constraint c on table public.t": what CASCADE would take along
};

}  // namespace hotswap::core
