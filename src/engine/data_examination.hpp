// Looks into the tables for rows that make a statement fail, before it is run: in batches, within a time, under the caller's
// rights, with no lock stronger than ACCESS SHARE. For hotswap.validate.
//
// Tables are read by ranges of heap blocks, each in a query and a snapshot of its own. Duplicates are looked for in a growing
// beginning of the table (grouping 512 blocks, four times as many, ... all of it): frequent ones are found at once, what was
// looked at when the time is over is a plain share of the table, and the whole costs a third more than grouping it once. The
// last query has no range, so that the planner may take an index.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/data_check.hpp"
#include "engine/examination.hpp"

namespace hotswap::engine {

struct DataLook {
    bool wanted = false;
    double budget_ms = 5000;   // for all checks together
    int limit = 10;            // examples of each check
};

// ERRORS: 22023 an option that is not known, or not like that.
DataLook read_look(const std::string &options_json);

struct DataFinding {
    int statement_no = 0;
    core::DataCheck check;
    std::string relation;               // as shown
    std::int64_t blocks = 0, checked = 0;
    std::vector<std::string> broken;    // JSON objects: rows that make the statement fail
    std::vector<std::string> changed;   // rows whose value would not be the same
    std::string sqlstate, message;      // what the server would raise
    std::string not_checked;            // why, if so
    int written_by = 0;                 // the statement before it that writes to the table; 0: none
};

// REQUIRES: examine(..., true). Changes nothing.
std::vector<DataFinding> examine_data(const std::vector<ExaminedStatement> &statements, const DataLook &look);

}  // namespace hotswap::engine
