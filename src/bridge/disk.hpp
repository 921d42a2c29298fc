// Room on the disk under a relation.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <string>

namespace hotswap::bridge {

struct Room {
    std::int64_t free_bytes = -1;    // for the server's user; -1: the file system would not say
    std::string directory;
};

// Of the file system that holds the tablespace, 0 = the database's own. REQUIRES: a transaction.
Room room_in(unsigned tablespace);

}  // namespace hotswap::bridge
