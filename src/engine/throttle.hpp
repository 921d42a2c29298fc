// May a backfill take its next chunk? In this version: the replication lag the user set a limit for.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>

#include "engine/step_context.hpp"

namespace hotswap::engine {

// Why not, with the observed value and the limit; nothing when it may. REQUIRES: outside a transaction.
std::optional<std::string> throttled(const StepContext &context);

}  // namespace hotswap::engine
