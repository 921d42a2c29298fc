// hotswap._migration_history: which scripts were applied, with their checksums.
// REQUIRES: as everywhere in this folder.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bridge/sql.hpp"

namespace hotswap::store {

struct Applied {
    std::int64_t history_id = 0;
    std::string name;          // baseline: perhaps that of a later script, up to which all counts as applied
    std::string state;         // applied, baseline, reverted
    std::string checksum;      // empty for a baseline
    std::string script;        // as it was given, with both parts; empty for a baseline
    std::string migration_id;  // that carried it out; empty when unknown
    std::string applied_by, applied_at;
    bool out_of_order = false;

    bool is_baseline() const { return state == "baseline"; }
};

// What is to be written of a script that has been carried out.
struct AppliedScript {
    std::string name, checksum, script, migration_id, applied_by;
    int statements = 0;
    double execution_ms = 0;
};

// SHA-256 of a normalized text, in hexadecimal digits.
std::string checksum(bridge::Sql &sql, const std::string &normalized);

// The script of that name that is applied and not reverted, or the baseline that covers it.
std::optional<Applied> find_applied(bridge::Sql &sql, const std::string &name);

// The name of a later one of the series that is applied already: then name is out of order.
std::optional<std::string> later_applied(bridge::Sql &sql, const std::string &name);

// Finds out by itself whether it is out of order. Returns the history_id.
// ERRORS: 55000 when a script of that name has been applied meanwhile.
std::int64_t insert_applied(bridge::Sql &sql, const AppliedScript &script);

// Everything of its series up to name counts as applied. ERRORS: as insert_applied.
std::int64_t insert_baseline(bridge::Sql &sql, const std::string &name, const std::string &description,
                             const std::string &applied_by);

// The way down was carried out: the row is reverted, and a row of direction down says by whom and when.
void mark_reverted(bridge::Sql &sql, std::int64_t history_id, const std::string &migration_id, const std::string &applied_by,
                   double execution_ms);

// A script was given again with other comments or another way down: the new text is what a rollback takes.
void keep_script(bridge::Sql &sql, std::int64_t history_id, const std::string &script);

}  // namespace hotswap::store
