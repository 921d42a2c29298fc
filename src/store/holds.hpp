// What holds a migration back for the moment: the breaker, or a signal of the throttle. It stays running, and goes on by itself.
// And what makes it rest between two chunks.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>

#include "bridge/sql.hpp"

namespace hotswap::store {

struct Hold {
    std::string signal;   // the same for as long as it is the same hold
    std::string text;     // begins with signal: with the observed value and the limit
};

void hold_back(bridge::Sql &sql, const std::string &migration, const Hold &hold);          // an event at the beginning only
// A rest between two pieces of work: shown where nothing else is, without an event. Empty: no longer.
void show_rest(bridge::Sql &sql, const std::string &migration, const std::string &text);
void let_go(bridge::Sql &sql, const std::string &migration, const std::string &signal);    // when it is what is still shown

}  // namespace hotswap::store
