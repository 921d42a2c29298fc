// Rollback points: what a destructive step takes away is kept for a while, and can be brought back. The words of Step::keep.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "core/facts.hpp"

namespace hotswap::core {

// Going there. Step::keeps is given for each.
inline constexpr const char *kKeepTable = "table";   // instead of DROP TABLE (its action): the tables go to hotswap_held_N. Three
                                                     // of keeps for each table: its name now (quoted), its name before (plain), its comment
inline constexpr const char *kKeepTruncated = "truncated";   // before TRUNCATE (its action) the storage goes to holds. "cascade" or "",
                                                     // "restart" or "", tables, those of them that are written ONLY; as text[]
inline constexpr const char *kKeepHold = "hold";     // makes an empty hold table. "columns", relation, key, columns | "rows", relation, columns;
                                                     // each list as text[]
inline constexpr const char *kKeepCopy = "copy";     // copies keys and values into it. Table, columns of the table, condition
inline constexpr const char *kKeepRows = "rows";     // of a ddl or rows step: what it deletes goes into it. What RETURNING gives, columns
inline constexpr const char *kKeepKept = "kept";     // what is to be kept is all there. "table" or "file"
// Coming back
inline constexpr const char *kBringBack = "bring_back";   // a table: action moves it back, undo away again
inline constexpr const char *kRowsBack = "rows_back";     // inserts rows from the hold. Table, columns
inline constexpr const char *kFetch = "fetch";            // reads the hold's rows from its file
inline constexpr const char *kRestored = "restored";      // the hold has done its work

// Columns by which a row of the hold table and its row in the table are known to be the same; none of those that are dropped.
// Empty when the table has no such key.
std::vector<std::string> key_without(const TableFacts &table, const std::vector<std::string> &dropped);

}  // namespace hotswap::core
