// Which tables a migration is about beside its own, and whether two migrations get in each other's way.
//
// Two migrations never change one table (works_on: its own, those that are copied, partitions and children that it changes, tables
// that are dropped together). A table that a migration only meets at the other end of a foreign key (touches) is locked for a moment,
// and nothing of it changes but the triggers of the key. That is harmless beside another migration that does the same, and beside one
// that builds an index there, adds a column or changes rows: the locks put them in order. It is harmful beside one that reshapes the
// table: a dual write or a rewrite knows the keys of the moment when it was planned, so a key made later would be lost at its switch
// or at its way back, and one dropped meanwhile would come back; a DROP or a RENAME takes away what the key names. Two rewrites at the two
// ends of a key are no such pair: both leave the key what it is, and hold it at every moment.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/sql.hpp"

namespace hotswap::store {

struct TableUse {
    std::vector<unsigned> works_on;   // its own table is the first of them, if there is one
    std::vector<unsigned> touches;
    bool reshapes = false;
};

struct Occupied {
    std::string table;       // qualified and quoted
    std::string migration, state;
    bool by_key = false;     // they meet at a foreign key
};

// In the way of a new migration. REQUIRES: inside a transaction, store authority, as everywhere in this folder.
std::optional<Occupied> occupied(bridge::Sql &sql, const TableUse &use, const std::string &strategy);
// Before that question, when the answer has to hold until the end of the transaction: of two starts at the same moment the later one waits.
void queue_up(bridge::Sql &sql, const TableUse &use);
// In the way of one that is there: now that it begins again, or (older) of those that were there before it.
std::optional<Occupied> occupied(bridge::Sql &sql, const std::string &migration, bool older);
void raise(const Occupied &other);   // 55006
std::string describe(const Occupied &other);

void note_use(bridge::Sql &sql, const std::string &migration, const TableUse &use);

}  // namespace hotswap::store
