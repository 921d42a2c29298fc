// One round of the conductor for one migration: what is next, and who is to do it.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "bridge/sql.hpp"
#include "store/migrations.hpp"
#include "worker/executors.hpp"
#include "worker/health.hpp"

namespace hotswap::worker {

// What a round found: whether the conductor has to stay for it.
struct Round {
    bool busy = false;          // work is under way or to be started
    bool date_is_near = false;  // worth staying for; one far away is the launcher's to remember
};

// REQUIRES: a transaction, store authority. Takes at most one decision a migration a round.
Round dispatch(bridge::Sql &sql, Executors &executors, Health &health, store::Migration migration);

}  // namespace hotswap::worker
