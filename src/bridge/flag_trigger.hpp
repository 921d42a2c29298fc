// A row of hotswap._migration_feature_flags on its way in or out: checking it, telling the caches of all backends, and what the
// audit keeps of it.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>

#include "bridge/function.hpp"
#include "core/flag.hpp"

namespace hotswap::bridge {

class FlagTrigger {
  public:
    // ERRORS: 39P01 when it was not called as a trigger of that table.
    explicit FlagTrigger(FunctionCallInfoBaseData *info);

    core::FlagRow new_row() const;                        // REQUIRES: INSERT or UPDATE
    std::string operation() const;                        // INSERT, UPDATE, DELETE, TRUNCATE
    std::string flag_name() const;                        // of the row; not for TRUNCATE
    std::optional<std::string> old_json() const;          // the row as JSON
    std::optional<std::string> new_json() const;
    // With the commit of this transaction every backend reads the flags again, on standbys too; the own one at its next command.
    void tell_caches() const;
    Value keep_row() const;                               // what a BEFORE trigger returns to let the row pass

  private:
    FunctionCallInfoBaseData *info_;
};

// The migration on whose behalf this process changes flags from now on; empty: none. For the audit.
void set_flag_driver(const std::string &migration);
std::string flag_driver();

}  // namespace hotswap::bridge
