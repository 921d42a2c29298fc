// The conductor's decisions about a script: it watches the migrations of its parts, and says in the script's own row how they fare.
// REQUIRES everywhere: a transaction, store authority, the script's row locked.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "bridge/sql.hpp"
#include "store/migrations.hpp"
#include "store/steps.hpp"

namespace hotswap::worker {

enum class PartLook {
    not_stored,   // nothing is under way: an executor has to plan it
    moving,       // look again soon
    resting,      // it waits for a person, or stands; so does the script now
};

PartLook look_at_part(bridge::Sql &sql, store::Migration *script, const store::StepRow &step);

// After its last part: the script is over when its parts are. not_stored: they are.
PartLook look_at_end(bridge::Sql &sql, store::Migration *script);

// Whether what a waiting script waited for is over.
bool script_may_go_on(bridge::Sql &sql, const store::Migration &script);

// One look at the way back of a part. True: look again soon.
bool take_part_back(bridge::Sql &sql, store::Migration *script, const store::StepRow &step);

}  // namespace hotswap::worker
