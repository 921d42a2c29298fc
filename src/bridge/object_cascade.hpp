// What goes with an object when it is dropped with CASCADE, as SQL that takes it away and brings it back.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <vector>

#include "bridge/object_text.hpp"
#include "core/cascade.hpp"

namespace hotswap::bridge {

// In the order in which they can be made again: what others of them rest on comes first.
std::vector<core::Fallen> fallen_with(const ObjectId &object);

}  // namespace hotswap::bridge
