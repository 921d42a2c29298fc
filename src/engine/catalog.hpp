// Reads the catalogs into core's TableFacts: all that a plan is made from.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <map>
#include <string>

#include "bridge/sql.hpp"
#include "core/facts.hpp"

namespace hotswap::engine {

// REQUIRES: the relation exists. `renames` (column -> name of its copy) says under which names the expressions of
// TableFacts::renamed are printed.
core::TableFacts read_facts(bridge::Sql &sql, unsigned relation, const std::map<std::string, std::string> &renames);

// A hash of the table's columns and of the dual-write trigger on it, to notice DDL by others between two steps.
std::string fingerprint(bridge::Sql &sql, unsigned relation);

}  // namespace hotswap::engine
