// How fast this server reads a table, tried on a few of its blocks.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>

namespace hotswap::bridge {

// Bytes a second, from three stretches of at most 256 blocks or 1.6 ms each, anywhere in the heap. Nothing when it is too small to tell, is no
// heap, or somebody keeps it locked. Shows nobody a value, so it asks for no rights. REQUIRES: inside a transaction.
std::optional<double> sampled_scan_rate(unsigned relation);

}  // namespace hotswap::bridge
