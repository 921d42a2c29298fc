// UPDATE or DELETE of the rows of one table, as read: its parts, and what is known of doing a row twice.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

namespace hotswap::core {

// What may be done with a row version that somebody wrote after the job began: was its row done already?
enum class Repetition {
    impossible,   // a row that is done no longer satisfies the condition
    harmless,     // doing it again gives the same values
    harmful,      // it would be done twice: a marker tells
    forbidden,    // DELETE: it may be a new row
};

struct RowsChange {
    bool is_delete = false;
    std::string alias;             // plain: what the table is called in the statement
    std::string set_text;          // UPDATE: what follows SET, as written
    std::string condition;         // what follows WHERE, as written; empty when there is none
    std::string differs;           // harmless: true of a row that lacks the new values, qualified
    Repetition repetition = Repetition::harmful;
    bool volatile_condition = false;
    bool sets_key = false;         // a column of a unique index is set
    std::vector<std::string> targets;   // qualified, quoted: the table itself, or its partitions
    std::vector<std::string> published; // publications of the table: a marker column would break their subscribers
    std::string statement;         // as written
};

}  // namespace hotswap::core
