// Is there room for the copy? Asked before it begins, and before every chunk: a full disk stops the whole server, not only us.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>

#include "engine/step_context.hpp"

namespace hotswap::engine {

// Why not, with what is needed and what is there; nothing when there is room. REQUIRES: outside a transaction.
std::optional<std::string> lacks_room(const StepContext &context);

}  // namespace hotswap::engine
