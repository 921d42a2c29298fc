// Empty tables in the exact physical shape of another one: twin and previous.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "bridge/own_relation.hpp"

namespace hotswap::bridge {

// What a table looks like, kept in the current memory context: still there when the subtransaction that made it look so is gone.
class HeapShape {
  public:
    // Columns, access method, tablespace, persistence, storage options, indexes, and the validated CHECKs, but those that are
    // known to hold: among known_checks and reading none of changed_columns.
    // REQUIRES: a lock on the table that keeps its shape.
    static HeapShape of(unsigned table, const std::vector<std::string> &changed_columns, const std::vector<std::string> &known_checks);

    // The CHECKs it has, each with its text: another one of the same name is another one.
    const std::vector<std::string> &checks() const { return checks_; }
    const std::vector<std::string> &index_names() const { return index_names_; }

    // An empty table of this shape named hotswap.<name>, its indexes named <name>_<n> in the order of index_names().
    // With index_files the indexes are ready for use; without, they wait to be built once the rows are there.
    unsigned create(const std::string &name, unsigned table, bool index_files) const;

  private:
    struct Facts;
    Facts *facts_ = nullptr;
    std::vector<std::string> index_names_, checks_;
};

std::string index_name(const std::string &heap, std::size_t number);   // from 1

unsigned index_of(unsigned table, const std::string &name);   // OID of the table's index of that name, 0 when there is none

// Hands everybody's view of the relation's shape: what a snapshot as text sees ("xmin:xmax:xip,..."), subtransactions included.
// "+" at the end: there were too many subtransactions to name.
std::string snapshot_text();

}  // namespace hotswap::bridge
