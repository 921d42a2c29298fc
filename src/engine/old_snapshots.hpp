// Snapshots that are too old to see what has just been copied (T26): whoever holds one must not be given the copy to read.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/sql.hpp"

namespace hotswap::engine {

// Waits until no session of this database holds a snapshot of a transaction that began before now_ms, at most limit_ms.
// Returns who does, with pid and age, or nothing. Vacuum and other index builds never read rows as of their snapshot.
// A standby with hot_standby_feedback tells the xmin of its oldest query every few seconds, and no time: it is held against
// `horizon`, next_xid() of the moment when the copy had been caught up with for the first time.
// REQUIRES: outside a transaction.
std::optional<std::string> wait_for_old_snapshots(double now_ms, double limit_ms, const std::string &horizon);
std::string next_xid();

// Those that are waited for: sessions with a snapshot of a transaction that is older than that. REQUIRES: a transaction, store authority.
std::vector<int> snapshot_holders(bridge::Sql &sql, double age_ms, const std::string &horizon);

}  // namespace hotswap::engine
