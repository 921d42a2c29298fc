// JSON taken apart by the server, key by key: the options of hotswap.start, and the metadata comments of scripts.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "bridge/sql.hpp"
#include "core/maintenance_window.hpp"
#include "core/options.hpp"
#include "core/script_metadata.hpp"

namespace hotswap::store {

std::string json_type(bridge::Sql &sql, const std::string &json);  // object, array, ...; the server's error when it is no JSON

// Durations as milliseconds. REQUIRES: a JSON object. ERRORS: 22023 an interval that is none.
std::vector<core::OptionValue> option_values(bridge::Sql &sql, const std::string &json);

// ERRORS: 22023 a zone that the server does not know.
void check_zones(bridge::Sql &sql, const core::MaintenanceWindows &windows);

// ERRORS: 22023 no JSON object, and those of core::parse_metadata; all with the line of the comment.
core::StatementMetadata load_metadata(bridge::Sql &sql, const core::MetadataComment &comment);

// The options of base, with those of over in their place.
std::string merge_options(bridge::Sql &sql, const std::string &base_json, const std::string &over_json);

}  // namespace hotswap::store
