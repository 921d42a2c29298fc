// A row of a hold table and its row in the table it was taken from: equal in the key.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>

#include "store/rollback_points.hpp"

namespace hotswap::engine {

// "h.id OPERATOR(pg_catalog.=) t.id AND ...": by the operators of the hold's own key, wherever they are. REQUIRES: a transaction.
std::string key_match(bridge::Sql &sql, const store::RollbackPoint &point, const std::string &left, const std::string &right);

}  // namespace hotswap::engine
