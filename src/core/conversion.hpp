// The way of a column's values to a new type and back, whatever strategy takes it.
// Internal to the planner.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/planning.hpp"

namespace hotswap::core {

// options.up / options.down of one column: by its name, or the only one given when single. Empty when none.
std::string expression_of(const std::map<std::string, std::string> &expressions, const std::string &column, bool single);

// 22023 for an expression that nothing would use. Type changes may have one, and so may the changes of kind side.
void check_expressions(const char *option, const std::map<std::string, std::string> &expressions, const Changes &changes,
                       ChangeKind side);

// A type change, and what decides about its way: the option's text, and the TimeZone of the session that asked for it.
struct Conversion {
    const Column &column;
    const Change &change;
    std::string wanted_up, wanted_down, zone;

    // Nothing but a cast: no expression of the user's own.
    bool is_cast() const;
};

// From USING, the wanted option or the table of casts. 22023 when there is no way, or two.
std::string find_up(const Conversion &conversion);
// Nothing when none is known that loses nothing.
std::optional<std::string> find_down(const Conversion &conversion);
// Whether that tells each value that up accepts. REQUIRES: is_cast.
bool is_exact(const Conversion &conversion);
// Whether it only carries labels of an enum over, by their text.
bool is_through_labels(const Conversion &conversion);
[[noreturn]] void refuse_without_down(const Conversion &conversion);
std::string why_no_down(const Conversion &conversion);
// The zone that decides what the values mean; empty when none does.
std::string deciding_zone(const Conversion &conversion);
std::string zone_warning(const Conversion &conversion);

bool is_integer(const std::string &type);

}  // namespace hotswap::core
