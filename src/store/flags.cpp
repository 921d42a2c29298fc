// See flags.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "store/flags.hpp"

namespace hotswap::store {

using bridge::Sql;

void add_flag_change(Sql &sql, const FlagChange &change)
{
    sql.run("INSERT INTO hotswap._migration_flag_changes (flag_name, operation, old_flag, new_flag, changed_by, migration_id)"
            " VALUES ($1, $2, $3::jsonb, $4::jsonb, $5, nullif($6, ''))",
            {change.flag, change.operation, change.old_json, change.new_json, change.changed_by, change.migration});
}

void add_flag_truncation(Sql &sql, const std::string &changed_by)
{
    sql.run("INSERT INTO hotswap._migration_flag_changes (flag_name, operation, old_flag, changed_by)"
            " SELECT f.flag_name, 'TRUNCATE', to_jsonb(f), $1 FROM hotswap._migration_feature_flags f",
            {changed_by});
}

FlagState lock_flag(Sql &sql, const std::string &flag)
{
    const bridge::Rows rows = sql.run("SELECT enabled, trim_scale(rollout_percentage) AS percentage FROM hotswap._migration_feature_flags"
                                      " WHERE flag_name = $1 FOR UPDATE",
                                      {flag});
    return rows.empty() ? FlagState() : FlagState{true, rows[0].boolean("enabled"), rows[0].text("percentage")};
}

bool is_at_least(Sql &sql, const FlagState &flag, const std::string &percentage)
{
    return flag.exists && flag.enabled &&
           sql.run("SELECT $1::numeric >= $2::numeric AS reached", {flag.percentage, percentage}, true)[0].boolean("reached");
}

void raise_flag(Sql &sql, const std::string &flag, const std::string &percentage)
{
    // The percentage of a flag that is off is not in force: it begins with ours.
    sql.run("INSERT INTO hotswap._migration_feature_flags AS f (flag_name, enabled, rollout_percentage) VALUES ($1, true, $2::numeric)"
            " ON CONFLICT (flag_name) DO UPDATE SET enabled = true,"
            "  rollout_percentage = CASE WHEN f.enabled THEN greatest(f.rollout_percentage, excluded.rollout_percentage)"
            "                            ELSE excluded.rollout_percentage END",
            {flag, percentage});
}

void lower_flag(Sql &sql, const std::string &flag, bool enabled, const std::string &percentage)
{
    sql.run("UPDATE hotswap._migration_feature_flags SET enabled = enabled AND $2,"
            "  rollout_percentage = CASE WHEN $2 THEN least(rollout_percentage, $3::numeric) ELSE $3::numeric END"
            " WHERE flag_name = $1",
            {flag, enabled, percentage});
}

}  // namespace hotswap::store
