// The history of scripts, the parts without tables: which name comes before which, and what was changed in a script.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>

namespace hotswap::core {

// Below 0, 0, above 0. Numbers in the names count as numbers: V2__b before V10__a, 0002_b before 0010_a, v1.9 before v1.10.
int compare_names(const std::string &a, const std::string &b);

// Whether the two are of one series of versions, so that one being before the other means anything: V1__a and V2__b are,
// shop/0001_a and blog/0002_b are not, and neither are names without a version.
bool in_one_series(const std::string &a, const std::string &b);

// What has to be taken from old (-) and put in (+) to get to new_text; at most that many lines, cut to about 120 characters.
// Empty when they are equal.
std::string line_difference(const std::string &old_text, const std::string &new_text, int most_lines);

}  // namespace hotswap::core
