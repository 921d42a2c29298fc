// Empty tables in the exact physical shape of another one: twin, previous, and the change log.
// They live in schema hotswap, belong to the table's owner, are members of the extension (so pg_dump leaves them out) and are
// marked as part of a rewrite (pg_class.relrewrite), so that logical decoding leaves them out.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

namespace hotswap::bridge {

// What a table looks like, kept in the current memory context: still there when the subtransaction that made it look so is gone.
class HeapShape {
  public:
    // Columns, access method, tablespace, persistence, storage options, indexes, and the validated CHECKs, but those that are
    // known to hold: named in known_checks and reading none of changed_columns.
    // REQUIRES: a lock on the table that keeps its shape.
    static HeapShape of(unsigned table, const std::vector<std::string> &changed_columns, const std::vector<std::string> &known_checks);

    // Names of the table's validated CHECKs.
    const std::vector<std::string> &check_names() const { return check_names_; }
    const std::vector<std::string> &index_names() const { return index_names_; }

    // An empty table of this shape named hotswap.<name>, its indexes named <name>_<n> in the order of index_names().
    // With index_files the indexes are ready for use; without, they wait to be built once the rows are there.
    unsigned create(const std::string &name, unsigned table, bool index_files) const;

  private:
    struct Facts;
    Facts *facts_ = nullptr;
    std::vector<std::string> index_names_, check_names_;
};

std::string index_name(const std::string &heap, std::size_t number);   // from 1

// hotswap.<name>: "~op" ("k" = a key was touched, "t" = the table was truncated) and the key columns as the table has them now.
unsigned create_change_log(const std::string &name, unsigned table, const std::vector<std::string> &key);

// hotswap.<name>: an unlogged table with one row that a crash of the server takes away.
void create_crash_mark(const std::string &name, unsigned table);
// hotswap.<name>: "position" and "place" of the rows of a table, in the order in which they are to be copied. Empty.
void create_order(const std::string &name, unsigned table);
bool is_unlogged(unsigned relation);

unsigned own_relation(const std::string &name);         // OID of hotswap.<name>, 0 when there is none
void drop_own_relation(const std::string &name);        // with everything that belongs to it; nothing when there is none
unsigned index_of(unsigned table, const std::string &name);   // OID of the table's index of that name, 0 when there is none

// Hands everybody's view of the relation's shape: what a snapshot as text sees ("xmin:xmax:xip,..."), subtransactions included.
// "+" at the end: there were too many subtransactions to name.
std::string snapshot_text();

}  // namespace hotswap::bridge
