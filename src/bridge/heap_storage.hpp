// The storage of a table as something that can be exchanged: heap, TOAST and indexes of one table for those of another.
// Names, OIDs, columns, rights and everything that refers to the table stay where they are.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

namespace hotswap::bridge {

// Exchanges the storage of two tables and, pair by pair, of their indexes (left_indexes[i] with right_indexes[i]).
// REQUIRES: ACCESS EXCLUSIVE on both tables; every index of both is listed.
// ERRORS: 55000 when the two could not read each other's rows: other row layout, access method, tablespace or persistence, or
// indexes that do not mean the same. Nothing has been changed then.
void swap_storage(unsigned left, unsigned right, const std::vector<unsigned> &left_indexes, const std::vector<unsigned> &right_indexes);

// The values that rows written before a column was added are read with (fast default): from one table's columns to the other's.
void copy_missing_values(unsigned from, unsigned to);

// Planner statistics of the columns (and index expressions) that `to` has none for. Both tables as in swap_storage.
void copy_statistics(unsigned from, unsigned to, const std::vector<unsigned> &from_indexes, const std::vector<unsigned> &to_indexes);

unsigned filenode_of(unsigned relation);   // 0 when there is none

}  // namespace hotswap::bridge
