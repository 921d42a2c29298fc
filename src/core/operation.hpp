// An operation: one thing that one statement of a script does, and every relation that takes part in it, as bridge/survey
// read it from the parse tree and the catalogs. The rules (rules.hpp) turn it into verdicts. Lives for one call of analyze.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/data_check.hpp"
#include "core/verdict.hpp"

namespace hotswap::core {

// The part a relation plays in an operation.
enum class Role {
    target,       // the one the statement names
    child,        // below it: partitions, tables that inherit
    parent,       // above it: the partitioned table, the table inherited from
    sibling,      // the default partition, which must not hold rows of a new one
    referenced,   // the other side of a foreign key, with the key
    referencing,  // the other side of a foreign key, with the reference
    sequence,     // owned by the table
    table,        // that an index, trigger, policy, sequence ... belongs to
    index,
    fallen,       // dropped
    bereft,       // loses a part: a constraint, column, default, trigger, rule or policy
    user,         // has columns of the type
    read,
    written,
    row_locked,   // SELECT ... FOR UPDATE, the referenced table of an INSERT
    source,       // only its shape is read
};

struct Relation {
    unsigned oid = 0;              // 0: made by the script, or not there
    std::string name;              // as people would write it
    char kind = 'r';               // pg_class.relkind
    bool fresh = false;            // made by an earlier statement of the script: new and empty
    std::int64_t heap_bytes = 0;   // with TOAST
    std::int64_t index_bytes = 0;
    double calls_per_second = 0;   // scans and row changes, by the server's counters
    bool published = false;        // in a publication
    std::vector<std::string> star_queries = {};   // statements that read all its columns, by pg_stat_statements
};

struct Party {
    Relation relation;
    Role role = Role::target;
    LockMode lock = LockMode::none;   // when the server itself said; else the rule's
    bool rewritten = false, scanned = false;
    bool untouched = false;           // named, but not even locked
    bool rehearsed = false;           // lock, rewritten and scanned were seen: no rule adds to them
};

struct Operation {
    int statement_no = 0;
    std::string name;              // ADD_COLUMN
    std::string object;            // the column, constraint, index, ... it is about
    std::vector<Party> parties;
    std::vector<std::string> warnings;
    std::vector<DataCheck> checks; // what it asks of the rows that are there, where the survey was to say so
    bool skipped = false;          // IF [NOT] EXISTS made it nothing
    bool failing = false;          // it would raise an error
    bool cheap = false;            // would be dangerous but is not, here: an index is given, rows are proven
    bool of_another = false;       // a relation it is about belongs to somebody else
    bool certain = false;          // the rules know all of it: a rehearsal would show nothing else
    bool reshapes = false;         // SELECT * gives other columns afterwards
    bool stepwise = false;         // a new column that is added in steps: it counts, or references
    bool wants_empty = false;      // it fails as soon as there is a row
    bool mass = false;             // DML that reaches all rows, or too many to do at once
};

}  // namespace hotswap::core
