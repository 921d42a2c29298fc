// Copies rows of a table into its twin: converted, in bulk, without index entries and without triggers.
// Only row versions that were there when the change log began are copied; every later one is in the log.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hotswap::bridge {

struct CopyColumn {
    std::string name;   // of the twin's column
    std::string up;     // expression over the table's row
};

struct WrittenBlocks {
    std::int64_t from = 0, to = 0;   // of the twin; others may have written between them, too
};

// One chunk. REQUIRES: a transaction with the rights of the table's owner, security-restricted.
class TableCopy {
  public:
    // began_at: snapshot_text() of the moment the log began. ERRORS: 22023 when it is not one; what compiling an expression raises.
    TableCopy(unsigned table, unsigned twin, const std::vector<CopyColumn> &columns, const std::string &began_at);
    void scan(std::int64_t block_from, std::int64_t block_to);
    // Instead of a scan: these rows, one after the other.
    void fetch_in_order(const std::vector<std::string> &tids);
    void fetch_whatever_age(const std::vector<std::string> &tids);

    void copy_all();     // all that is left. ERRORS: what a conversion, a CHECK or NOT NULL raises
    bool next();         // for one row at a time: finds it ...
    void convert();      // ... converts and keeps it. After an error the row is left out.
    void flush();        // writes what is kept
    void close();

    std::string tid() const;                         // of the row next() found
    std::int64_t seen() const, copied() const;
    WrittenBlocks written() const;
    // Rows whose age their xmin alone does not tell: copy those whose key is not in the log.
    const std::vector<std::string> &unsure() const { return unsure_; }

  private:
    struct State;
    State *state_;
    std::vector<std::string> unsure_;
    void take_unsure();
    void fetch_listed(const std::vector<std::string> &tids, bool whatever_age);
};

}  // namespace hotswap::bridge
