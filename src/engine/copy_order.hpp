// The order of a copy that is not the heap's own (hotswap.start_rewrite(order_by)): chunks then count positions in that order.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/twin_flow.hpp"
#include "store/chunks.hpp"

namespace hotswap::engine {

// Sorts the places of the rows, once, and returns how many there are. REQUIRES: outside a transaction.
std::int64_t put_in_order(const StepContext &context, const TwinFlow &flow);
// In the order of the chunk's positions. REQUIRES: a transaction with the rights of the table's owner.
std::vector<std::string> places_of(const StepContext &context, const TwinFlow &flow, const store::Chunk &chunk);

}  // namespace hotswap::engine
