// hotswap._migration_throttles: what a person asks of the throttle while migrations run.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "bridge/sql.hpp"
#include "core/throttle.hpp"

namespace hotswap::store {

struct ThrottleRules {
    std::vector<core::Restraint> restraints;
    bool exempt = false;
};

// In force now, for a migration and the kind of step it is at.
ThrottleRules throttle_rules(bridge::Sql &sql, const std::string &migration, const std::string &kind);

// ratio below 0: exempt. Takes the place of what was set for the same app before; rules whose time is over are forgotten.
void set_throttle(bridge::Sql &sql, const std::string &app, double ratio, double duration_ms);
bool unset_throttle(bridge::Sql &sql, const std::string &app);   // false: there was none

}  // namespace hotswap::store
