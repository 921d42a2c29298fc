// What a statement asks of the rows that are there, and the queries that look for rows which do not have it. The survey finds
// what is asked (bridge/survey_checks), hotswap.validate runs the queries (engine/data_examination). Lives for one call.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hotswap::core {

enum class DataRule {
    not_null,      // of a column
    no_rows,       // a new column that is NOT NULL and has no value
    check,         // a condition
    unique,        // of columns or expressions
    foreign_key,
    fits,          // every value converts to the new type
    kept,          // ... and back to what it was
};

struct DataCheck {
    DataRule rule = DataRule::not_null;
    unsigned relation = 0;              // the user's own
    bool only = false;                  // without partitions and heirs
    std::string subject;                // for people: "email", "lower(email)", a constraint
    std::vector<std::string> columns;   // plain names, shown of each row that is found
    // Expressions are as the server prints them, every name qualified, over columns by their plain names.
    std::string expression;             // check: the condition; fits: the new value; kept: "the value is the same"
    std::vector<std::string> terms;     // unique: what must differ
    std::string predicate;              // unique: of a partial index
    bool nulls_equal = false;           // unique: NULLS NOT DISTINCT
    std::string other;                  // foreign_key: the referenced table, quoted, with ONLY where the server says so
    std::vector<std::string> pairs;     // foreign_key: conditions over the aliases hotswap_other and hotswap_row
    bool full_match = false;            // foreign_key: MATCH FULL
};

const char *to_text(DataRule rule);

// Blocks of the heap; everything when to is 0.
struct BlockRange {
    std::int64_t from = 0, to = 0;
};

// Rows that break the rule, at most limit, each as a JSON object of the key and the columns, in "example". Not for fits.
// table: quoted; key: columns of its primary key.
std::string violations_query(const DataCheck &check, const std::string &table, const std::vector<std::string> &key, BlockRange range, int limit);
// fits, kept: raises what the conversion raises. Of kept, the number of changed values in "found".
std::string conversion_query(const DataCheck &check, const std::string &table, BlockRange range);
// The same for one row.
std::string conversion_of_row(const DataCheck &check, const std::string &table, const std::string &ctid);
std::string rows_of_range(const std::string &table, BlockRange range);   // "ctid" of each
std::string example_of_row(const DataCheck &check, const std::string &table, const std::vector<std::string> &key, const std::string &ctid);

// What the server would raise, and what to say; relation as shown.
const char *sqlstate_of(DataRule rule);
std::string message_of(const DataCheck &check, const std::string &relation);

}  // namespace hotswap::core
