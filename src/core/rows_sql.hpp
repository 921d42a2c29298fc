// The statements of a step that changes rows in chunks: `rows` (UPDATE, DELETE) and `fill` (a new serial column).
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hotswap::core {

// Places in Step::action. The first, the fourth and the fifth give tid and writer (xmin) of rows, and take two tids: from, to.
enum RowsAction : std::size_t {
    kSelectRows = 0,     // rows of a range, in the first pass
    kLockRows = 1,       // those of a list of tids that nobody else is at
    kChangeRows = 2,     // those of a list of tids
    kSelectAgain = 3,    // rows of a range that still lack it, in later passes
    kLastLook = 4,       // the same at the end, locked (not those of a DELETE); missing where nobody can ask whether any is left
};
inline constexpr std::int64_t kMostAtTheEnd = 1000;   // rows that the last look may change

struct RowsSql {
    std::string target;       // qualified and quoted
    std::string alias;        // quoted
    std::string set_text;     // what follows SET; empty: DELETE
    std::vector<std::string> conditions;
    std::string still;        // true of a row that still lacks it, beside the conditions; empty: they say it all
    bool locks_key = false;   // FOR UPDATE, not FOR NO KEY UPDATE
    bool may_ask = true;      // the conditions answer the same each time
};

std::vector<std::string> rows_sql(const RowsSql &rows);

}  // namespace hotswap::core
