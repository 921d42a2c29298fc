// Stands for the undo of a GRANT or REVOKE until it has run: see engine/exact_undo.hpp.
// SPDX-License-Identifier: PostgreSQL
#pragma once

namespace hotswap::core {

// A comment, so that a step that is taken back without it does nothing.
inline constexpr const char *kUndoOfPrivileges = "-- what it changed, and nothing else: composed when it runs";

}  // namespace hotswap::core
