// Versions as in semver.org: 1.10.0 is after 1.9.0, and 2.0.0-rc.1 before 2.0.0. What follows a + has no say.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string_view>

namespace hotswap::core {

bool is_semantic_version(std::string_view text) noexcept;   // 1, 1.2 and v1.2.3 too

// -1, 0, 1; nothing when one of them is no version.
std::optional<int> version_order(std::string_view left, std::string_view right) noexcept;

}  // namespace hotswap::core
