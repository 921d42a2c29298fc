// How fast hotswap's own work went on this server, by its tables.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>

#include "bridge/sql.hpp"

namespace hotswap::store {

// Bytes of heap a second that one stream of a copy wrote, by the chunks of rewrites of the last 90 days. Nothing when they were too few.
std::optional<double> copy_rate(bridge::Sql &sql);

}  // namespace hotswap::store
