// The flags as a backend remembers them, so that a question costs a hash and not a query.
//
// The answer is that of the calling query's snapshot, as for any STABLE function: a statement does not see a flag change in its
// middle, a REPEATABLE READ transaction keeps what it saw, a cursor too, and own changes are seen by the next statement.
//
//  1. A set of flags is read under a snapshot and compiled. It stays in use while the active snapshot is the same one.
//  2. For another snapshot it is taken over when nothing about flags has been committed in between. Whoever writes a flag sends
//     a relcache invalidation of the table with his commit (flag_trigger.hpp): the server delivers it to every backend, writes it
//     to the WAL with the commit record, so to standbys, and takes it back into account when a transaction or a subtransaction
//     aborts or a command of one's own ends. It is sent after the commit becomes visible and before COMMIT returns. So: first
//     receive what has been sent, then look at the generation, which counts what was received.
//  3. That needs a beginning: a message received *before* the set was read may be about a commit that its snapshot does not see.
//     Such a set must not be taken over by later snapshots. It is known not to be one when, at the time of reading, a brand-new
//     snapshot saw the same transactions (is_latest). Otherwise the set serves its own snapshot only, and the next one reads again.
//  4. An older snapshot (a cursor, a portal of a loop) reads for itself. Two sets are kept, so that it and the newest one do not
//     throw each other out.
//
// What is left is the instant between a commit becoming visible and its message being sent, as with every catalog cache: a
// statement that begins there may still use the old row.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <string_view>

#include "core/flag.hpp"

namespace hotswap::bridge {

// Counts the sets; pointers to flags are good while it stays. Brings the cache up to date with the active snapshot.
// ERRORS: what the server raises when it reads the table (a lock timeout, a cancel), and bad_alloc.
std::uint64_t current_flags();

// In that set; null when there is none of that name. REQUIRES: current_flags() was called under this snapshot.
const core::Flag *find_flag(std::string_view name) noexcept;

}  // namespace hotswap::bridge
