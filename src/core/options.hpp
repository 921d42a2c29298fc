// The options of hotswap.start: one known key a member, everything else an error that lists the known keys.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/bake.hpp"
#include "core/force_policy.hpp"

namespace hotswap::core {

// One top-level key of the jsonb as the server took it apart.
struct OptionValue {
    std::string key;
    std::string type;    // jsonb_typeof: string, number, boolean, object, array, null
    std::string text;    // the value as text (strings unquoted)
    std::map<std::string, std::string> members;  // type = object: its members as text
};

// What the server knows of an expression.
struct ExpressionFacts {
    std::vector<std::string> reads;   // columns; "*" for the row as a whole
    bool unstable = false;            // another value another time
};

struct Options {
    std::optional<std::int64_t> batch_size;   // rows a chunk; fixes the chunk instead of the servo (1 .. 1,000,000)
    std::int64_t delay_ms = 0;                // pause between chunks (0 .. 3,600,000)
    std::optional<double> max_duration_ms;    // running time after which the migration pauses with a reason
    double rollout_percentage = 100;          // stop for a look after that share of the rows (0 < p <= 100)
    std::optional<double> lock_timeout_ms;    // fixed lock timeout instead of the observed one (5 .. 500 ms is the clamp)
    std::optional<double> lock_budget_ms;     // how long to keep trying for a lock before pausing (default 60 s)
    std::optional<double> max_replication_lag_ms;
    std::string throttle_query;               // returns how much to rest, 0 to 1; empty: none
    bool auto_switch = true;                  // false: wait for hotswap.advance before the switch
    bool auto_contract = false;               // true: contract right after the switch
    std::string keep_previous = "24 hours";   // after that time the contract goes on by itself
    std::optional<std::int64_t> parallel;     // executors of a backfill (1 .. 16), default 2
    BakeWish bake_wish = BakeWish::unsaid;
    std::string bake;                         // given: the time to watch
    UsualBake usual_bake;                     // no option, but what the server's settings say
    std::string conflict = "error";           // error | new_wins
    std::map<std::string, std::string> up;    // new column -> expression; key "" for the only one
    std::map<std::string, ExpressionFacts> up_facts;  // of up, key by key; filled in when its texts are qualified
    std::map<std::string, std::string> down;  // old column -> expression; key "" for the only one
    std::string rollback_point;               // table | file | none; empty: as hotswap.rollback_points says, none without it
    bool rollback_point_asked = false;        // in the options: without it nothing is refused because it cannot be kept
    std::string backfill;                     // dual write: in_place | rewrite; empty: whichever is cheaper
    bool one_way = false;                     // a rewrite without a way back after its switch
    bool one_way_if_needed = false;           // the same where none is known: no option, but what a script may do
    bool cascade = false;                     // the columns of foreign keys follow the column they reference to its new type
    bool rehearse = false;                    // run the plan up, down and up again on empty clones first
    std::string flag;                         // the feature flag that the migration raises and lowers
    std::vector<std::string> flag_steps = {"10", "50", "100"};   // percentages, growing
    std::optional<double> switch_at_ms;       // since 1970: the switch waits until then; infinity: for a word
    std::optional<std::string> maintenance_window;   // when the switch may begin; none: hotswap.maintenance_window
    ForcePolicy force_switch = ForcePolicy::wait;    // what becomes of sessions in the way of the switch
    double force_after_ms = 2000;             // how long they may be in the way
    std::string group;                        // its members switch in the order of their start; empty: none
    std::string deprecation = "";             // DROP COLUMN: interval to wait before it may be dropped by itself; empty: only by hand
};

// Durations are intervals the server already turned into milliseconds ("max_duration": "2 hours" arrives as text of a
// number in ms in OptionValue::text; interval-valued keys that stay text: keep_previous, bake, deprecation).
// Throws 22023 naming key, what was found, and the known keys.
Options parse_options(const std::vector<OptionValue> &values);

std::vector<std::string> option_names();   // sorted

// For each duration-valued key: whether the server must convert it to milliseconds first.
bool is_duration_option(const std::string &key);
bool is_interval_option(const std::string &key);
bool is_moment_option(const std::string &key);   // a timestamptz, to milliseconds since 1970

// While the migration is under way. ERRORS: 22023 listing those that can be.
void check_may_change(const std::string &key);
bool is_word_for(const std::string &key, const std::string &text);   // of an interval-valued key: "true", "false" of bake

}  // namespace hotswap::core
