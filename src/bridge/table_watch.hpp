// One of hotswap's own tables, watched: what a session has read of it may be kept until somebody commits a change.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <string>

namespace hotswap::bridge {

class TableWatch {
  public:
    explicit TableWatch(const char *name) : name_(name) {}   // of a table in the schema hotswap; lives as long as the process
    unsigned oid();                    // ERRORS: 42P01 without the extension. REQUIRES: a transaction
    // Another number: something has changed since. Takes up what others have committed by now.
    std::uint64_t version();

  private:
    const char *name_;
    unsigned oid_ = 0;
    std::uint64_t oid_version_ = 0;
};

// Tells every session at commit. Called by a trigger of the table.
void announce_change(unsigned table);

// What is committed at this moment, and this transaction's own work, whatever snapshot the transaction reads with.
// Statements must be run read_only to see it.
class LatestSnapshot {
  public:
    LatestSnapshot();
    ~LatestSnapshot();
    LatestSnapshot(const LatestSnapshot &) = delete;
    LatestSnapshot &operator=(const LatestSnapshot &) = delete;
};

bool is_of_this_transaction(const std::string &xid);   // an xmin, as text

}  // namespace hotswap::bridge
