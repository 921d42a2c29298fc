// A partition that joins or leaves its table, as read: the bound in SQL, and what its proof and its indexes need.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

namespace hotswap::core {

struct PartitionChange {
    enum class Verb { attach, detach, create };
    // An index of the parent that the child lacks.
    struct MissingIndex {
        std::string schema, name;       // plain: the name ATTACH would give it
        std::string tail;               // what follows "ON child ": "USING btree (a)"
        bool unique = false;
        std::string constraint;         // "PRIMARY KEY USING INDEX ... DEFERRABLE", empty when it is only an index
    };
    struct MissingKey {
        std::string name;               // plain
        std::string definition;         // FOREIGN KEY ...
        std::string referenced;         // qualified and quoted
    };
    Verb verb = Verb::attach;
    std::string parent, child;          // qualified and quoted
    std::string child_name;             // plain
    std::string bound;                  // FOR VALUES ... or DEFAULT
    std::string check;                  // what every row of the child must satisfy; empty: proven, or nothing to prove
    std::string default_partition;      // qualified and quoted; empty when there is none, or nothing to prove there
    std::string default_name;           // plain
    std::string default_check;          // what no row of it may break
    bool child_is_partitioned = false;
    bool has_default = false;           // detach: the parent has a default partition, which rules CONCURRENTLY out
    std::string left_check;             // detach: plain name of the CHECK that CONCURRENTLY would leave behind
    std::vector<MissingIndex> indexes;
    std::vector<MissingKey> keys;
    std::vector<std::string> referenced;   // tables that foreign keys of the parent reference
    std::string statement;              // create: as written
};

}  // namespace hotswap::core
