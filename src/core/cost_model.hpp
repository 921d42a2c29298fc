// Whether the new columns of a dual write are filled row by row in place, or by writing the table anew.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>

namespace hotswap::core {

struct BackfillCosts {
    double rows = 0;                 // estimate; 0 unknown
    std::int64_t blocks = 0;         // of the heap
    int indexes = 0;
    std::int64_t index_blocks = 0;   // of all of them
    double added_width = 8;          // bytes a row gets longer
    int fillfactor = 100;
    double vacuum_stretch = 0.1;     // share of the heap after which a backfill in place vacuums
    std::int64_t block_size = 8192;
    std::int64_t free_bytes = -1;    // on the disk of the table; -1 unknown
};

// Blocks written and read, roughly; only for comparison with each other.
double cost_in_place(const BackfillCosts &costs);
double cost_of_rewrite(const BackfillCosts &costs);
// What a rewrite needs on the disk while both copies are there.
std::int64_t space_of_rewrite(const BackfillCosts &costs);

// True only when a rewrite is clearly cheaper and there is room for it: when in doubt, in place.
bool prefers_rewrite(const BackfillCosts &costs);

}  // namespace hotswap::core
