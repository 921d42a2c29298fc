// The databases of the cluster, for the launcher, which is connected to none.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <vector>

namespace hotswap::bridge {

std::vector<unsigned> connectable_databases();   // neither templates nor closed ones. REQUIRES: outside a transaction

}  // namespace hotswap::bridge
