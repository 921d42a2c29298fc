// What a DO block locks, as far as the analyzer reads it from the text. The planner runs the block as written under these locks.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "core/change.hpp"

namespace hotswap::engine {

// Fills lock_mode, locks and warnings of the changes that are blocks. Changes nothing in the database.
void read_block_locks(core::Statement *statement);

}  // namespace hotswap::engine
