// hotswap._migration_dual_writes: which columns a trigger keeps equal. For people and for taking a trigger down in an emergency;
// the trigger itself carries all it needs.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "bridge/sql.hpp"
#include "core/dual_write.hpp"

namespace hotswap::store {

void insert_dual_writes(bridge::Sql &sql, const std::string &migration, unsigned relation_oid, const std::string &relation,
                        const std::vector<core::DualWrite> &writes);
// active = the trigger is on the table right now, as the catalog says.
void refresh_dual_writes(bridge::Sql &sql, const std::string &migration);

}  // namespace hotswap::store
