// A step that raises a feature flag, and the way back.
//
// The flag is changed by the migration's owner, with the owner's rights, in the transaction that records the step. What the flag
// was before is noted in the step then, so the way back restores that: at once and as far down as it was before the first raise. It
// only ever lowers. A flag that somebody has lowered or switched off by hand in the meantime is not raised over their
// head: the migration pauses and says so, and hotswap.resume is their word to go on.
//
// Whether more keys may get the new shape is not asked here: the await before a raise is of the phase bake, and its verdict decides.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "engine/step_context.hpp"

namespace hotswap::engine {

// REQUIRES: outside a transaction.
Ended run_flag(const StepContext &context);

}  // namespace hotswap::engine
