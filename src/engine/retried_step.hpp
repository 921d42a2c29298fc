// Statements that refuse a transaction block, tried until they work: an attempt that failed for want of a lock is made again, later
// and later. Such an attempt holds no lock of ours while it stands back.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <functional>
#include <optional>

#include "engine/outcome.hpp"
#include "engine/step_context.hpp"

namespace hotswap::engine {

// Nothing when an attempt has come to its end; else how the step ended, and failures are recorded. tidy: before a failure is recorded;
// it may not raise. REQUIRES: outside a transaction.
std::optional<Ended> retried(const StepContext &context, const std::function<void()> &attempt, const std::function<void()> &tidy = {});

}  // namespace hotswap::engine
