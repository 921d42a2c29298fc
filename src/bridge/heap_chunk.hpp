// The rows of a range of heap blocks, visited once, each updated in place without waiting for anybody.
// Goes through the table access method directly: no user trigger fires, no statement is planned, no row is locked first.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <string>

#include "bridge/dual_write_row.hpp"

namespace hotswap::bridge {

enum class UpdateOutcome {
    updated,
    locked,   // somebody holds the row: come back later
    gone,     // deleted or updated since our snapshot; the trigger took care of the new version
};

// REQUIRES: a transaction; the snapshot is taken at construction. After an exception the (sub)transaction must be rolled
// back, which releases everything; otherwise call close().
class HeapChunk {
  public:
    HeapChunk(unsigned relation, std::int64_t block_from, std::int64_t block_to);
    ~HeapChunk() = default;
    HeapChunk(const HeapChunk &) = delete;
    HeapChunk &operator=(const HeapChunk &) = delete;

    bool next();                    // moves to the next visible row
    DualWriteRow &row();            // old and new are the row as it is
    void check_constraints();       // NOT NULL and CHECK of the filled row; raises as the server would
    UpdateOutcome update();         // writes row(); never waits
    std::string tid() const;        // "(4,7)"
    void close();

  private:
    struct State;
    State *state_;                  // in the transaction's memory: gone with it
    alignas(DualWriteRow) unsigned char row_[sizeof(DualWriteRow)];
};

std::int64_t relation_blocks(unsigned relation);   // of the main fork, now

}  // namespace hotswap::bridge
