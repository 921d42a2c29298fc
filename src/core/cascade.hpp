// What else goes when something is dropped with CASCADE. bridge/object_cascade finds it, the planner makes steps of it: each
// dependent is dropped by its own name, so that what comes to depend on the object later is never dropped unasked.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

namespace hotswap::core {

struct Fallen {
    std::string words;                 // "view public.v"
    std::string drop;                  // without CASCADE; empty: hotswap knows no statement for it
    std::vector<std::string> again;    // makes it again; empty: what it was cannot be brought back
    std::string validation;            // foreign keys: `again` adds it NOT VALID, and this proves the rows
    std::vector<std::string> locks;    // relations that it locks, qualified and quoted
    unsigned table = 0;                // a column: of this table
    std::string column;
    std::vector<unsigned> relations;   // the same by OID
    bool is_view = false;              // or a materialized one: who reads it fails
};

}  // namespace hotswap::core
