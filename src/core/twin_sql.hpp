// The statements that carry changed rows from a table to its copy and compare the two, as text.
// A flow has one direction: forward from the table to its twin, or back from the table to its previous storage.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "core/twin.hpp"

namespace hotswap::core {

// hotswap._<what>_<migration>_<member>, plain.
std::string twin_name(int migration, int member);
std::string previous_name(int migration, int member);
std::string change_log_name(int migration, int member);        // until the switch
std::string change_log_back_name(int migration, int member);   // after it
std::string crash_mark_name(int migration, int member);        // only where one side is unlogged
std::string order_name(int migration, int member);             // only where the copy has an order of its own

inline constexpr const char *kLogTriggerName = "~hotswap_changes";
inline constexpr const char *kTruncateTriggerName = "~hotswap_truncated";

struct FlowKey {
    std::string column;          // of both
    std::string to_target;       // expression over a source row's key columns: the target's key value
    std::string to_source;       // expression over a target row: the source's key value
    std::string target_type, source_type;   // format_type text
    std::string target_equals, source_equals;   // OPERATOR(schema.=) of the index on either side
};

struct FlowColumn {
    std::string name;            // of the target
    std::string value;           // expression over the source row; empty: the column of that name as it is
    std::string type;            // of the target, format_type text
    std::string reverse;         // the other direction's expression, over a target row; empty: as it is
    std::string source_type;
    bool unstable = false;       // value cannot be computed again to compare
    std::string loose_type = {}; // type without a length that a cast would cut to, where storing raises; empty: no such length
};

struct Flow {
    std::string source, target, log;   // qualified, quoted
    std::vector<FlowKey> key;
    std::vector<FlowColumn> columns;   // every live column of the target
    bool keep_values = false;          // a value that still converts to what the source has stays as it is (the way back)
};

// All three take a range of the log's places: $1 <= ctid < $2.
std::string remove_sql(const Flow &flow);    // target rows of the keys in the log
std::string apply_sql(const Flow &flow);     // removes, then inserts the source's current rows of these keys
std::string current_sql(const Flow &flow);   // one row for each source row that the log names
std::string forget_sql(const Flow &flow);    // the entries of the log themselves

enum class Rows { in_range, at_places };     // $1 <= ctid < $2, or ctid = ANY ($1)

// Keys (as jsonb text, "key") of rows that differ and that the log does not know about:
std::string missing_sql(const Flow &flow, Rows rows);   // source rows without an equal target row
std::string extra_sql(const Flow &flow, Rows rows);     // target rows without a source row
// Puts a key (as jsonb, $1) into the log, as if the application had touched it.
std::string relog_sql(const Flow &flow);

std::vector<std::string> log_trigger_sql(const std::string &table, const std::string &log, const std::vector<int> &key_numbers);
std::vector<std::string> drop_log_trigger_sql(const std::string &table);

}  // namespace hotswap::core
