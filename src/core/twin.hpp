// A table that online_rewrite copies: its key and the columns whose values are not simply carried over.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

namespace hotswap::core {

struct TwinColumn {
    std::string name;        // plain; the same on both sides
    std::string up;          // qualified expression over a row of the table as it is: the value in the twin (assignment-cast to its type)
    std::string down;        // qualified expression over a row of the table after the switch: the value in previous; empty when added
    bool added = false;      // not a column of the table before the switch
    bool unstable = false;   // up gives another value each time (volatile default): it cannot be computed again to compare
};

struct Twin {
    unsigned oid = 0;
    std::string schema, name;         // plain
    std::vector<std::string> key;     // columns of a unique, not null, immediate, whole, valid btree index
    std::vector<TwinColumn> columns;  // only those that change
    std::string order_by;             // qualified ORDER BY list over a row; empty: in the order of the heap
};

}  // namespace hotswap::core
