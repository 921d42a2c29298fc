// Options of a migration that are changed while it is under way.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>

#include "bridge/sql.hpp"
#include "store/migrations.hpp"

namespace hotswap::store {

// Puts them in the place of those it has, with an event. REQUIRES: the migration's row is locked.
// ERRORS: 22023 no object, a wrong value, or an option that the plan was made with.
void change_options(bridge::Sql &sql, Migration *migration, const std::string &json);

}  // namespace hotswap::store
