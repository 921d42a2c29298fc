// The metadata comments of a script, as the server takes their JSON apart.
// REQUIRES: inside a transaction, with bridge::Authority::of_store() in force.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "bridge/sql.hpp"
#include "core/script_metadata.hpp"

namespace hotswap::store {

// ERRORS: 22023 for what is no JSON object, with the line; core::parse_metadata's.
core::StatementMetadata load_metadata(bridge::Sql &sql, const core::MetadataComment &comment);

}  // namespace hotswap::store
