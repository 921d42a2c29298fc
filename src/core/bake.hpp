// How long a migration watches the application after its work is done: what was asked for, and what happens unasked.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>

namespace hotswap::core {

enum class BakeWish {
    unsaid,   // no option: the settings decide
    none,     // "bake": false
    usual,    // "bake": true: the usual time for what the plan does
    given,    // a time
};

// What a server does; the default is that of nobody's settings.
struct UsualBake {
    bool unasked_after_switch = false, unasked_direct = false;   // put where nobody has said anything
    std::string after_switch = "10 minutes", direct = "2 minutes";
};

// "10 minutes", "1500 milliseconds": an interval that reads well.
std::string interval_text(long long ms);

}  // namespace hotswap::core
