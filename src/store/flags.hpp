// hotswap._migration_feature_flags and its audit, for the engine and the triggers. Reading for an answer is bridge/flag_cache.hpp.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>

#include "bridge/sql.hpp"

namespace hotswap::store {

struct FlagChange {
    std::string flag, operation;
    std::optional<std::string> old_json, new_json;
    std::string changed_by, migration;   // migration may be empty
};

void add_flag_change(bridge::Sql &sql, const FlagChange &change);
void add_flag_truncation(bridge::Sql &sql, const std::string &changed_by);   // all flags there are

// For a migration that drives a flag. REQUIRES: the rights of the migration's owner, not of_store.
struct FlagState {
    bool exists = false, enabled = false;
    std::string percentage = "0";
};

FlagState lock_flag(bridge::Sql &sql, const std::string &flag);
bool is_at_least(bridge::Sql &sql, const FlagState &flag, const std::string &percentage);
void raise_flag(bridge::Sql &sql, const std::string &flag, const std::string &percentage);   // makes it when there is none
void lower_flag(bridge::Sql &sql, const std::string &flag, bool enabled, const std::string &percentage);   // never raises

}  // namespace hotswap::store
