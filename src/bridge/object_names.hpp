// The names the server would choose for constraints and indexes that have none: what hotswap makes in several steps must not
// be known by its name.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bridge/ddl_reading.hpp"

namespace hotswap::bridge {

// Names that the statement has given already, chosen or written.
using TakenNames = std::vector<std::string>;

// table_columns_check, table_columns_fkey.
std::string choose_constraint_name(unsigned relation, const std::string &columns, const char *label, const TakenNames &taken);
// table_columns_idx, of a sequence table_column_seq; of a constraint: table_columns_key, table_pkey.
std::string choose_index_name(unsigned relation, const std::string &columns, const char *label, const TakenNames &taken);
// The columns as they stand in such a name. Expressions have the name the server gives to the index's column.
std::string joined_columns(const std::vector<std::string> &columns);
std::vector<std::string> index_columns(List *keys, List *included);
// Every table below, with the name for the index there.
std::map<unsigned, std::string> choose_names_below(unsigned relation, const std::string &columns, const char *label);

}  // namespace hotswap::bridge
