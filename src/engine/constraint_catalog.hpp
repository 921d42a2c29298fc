// Reads what stands on the columns of a table and is no index: checks, foreign keys, statistics, and whatever else depends
// on them. A part of catalog.hpp.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bridge/sql.hpp"
#include "core/facts.hpp"

namespace hotswap::engine {

// `renames`: under which names the expressions are printed.
std::vector<core::Check> read_checks(bridge::Sql &sql, std::int64_t oid, const std::map<std::string, std::string> &renames);
// side: "conrelid" for the keys of the table, "confrelid" for those that reference it.
std::vector<core::ForeignKey> read_foreign_keys(bridge::Sql &sql, std::int64_t oid, const std::string &side);
void read_statistics(bridge::Sql &sql, std::int64_t oid, core::TableFacts *facts);
void read_dependents(bridge::Sql &sql, std::int64_t oid, core::TableFacts *facts);

}  // namespace hotswap::engine
