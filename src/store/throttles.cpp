// See throttles.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "store/throttles.hpp"

#include <fmt/format.h>

#include "core/progress.hpp"
#include "store/events.hpp"

namespace hotswap::store {

ThrottleRules throttle_rules(bridge::Sql &sql, const std::string &migration, const std::string &kind)
{
    ThrottleRules rules;
    const bridge::Rows rows =
        sql.run("SELECT app, ratio, exempt, set_by, to_char(until, 'YYYY-MM-DD HH24:MI:SS TZ') AS until FROM hotswap._migration_throttles"
                " WHERE until > clock_timestamp() AND app IN ('all', $1, $2) ORDER BY ratio DESC",
                {migration, kind});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        rules.exempt = rules.exempt || rows[i].boolean("exempt");
        const std::string signal = "hotswap.throttle(" + rows[i].text("app") + ")";
        rules.restraints.push_back({signal, rows[i].number("ratio"),
                                    signal + " by " + rows[i].text("set_by") + ": ratio " + rows[i].text("ratio") + " until " + rows[i].text("until")});
    }
    return rules;
}

void set_throttle(bridge::Sql &sql, const std::string &app, double ratio, double duration_ms)
{
    sql.run("DELETE FROM hotswap._migration_throttles WHERE until <= clock_timestamp()");
    sql.run("INSERT INTO hotswap._migration_throttles AS t (app, ratio, exempt, until)"
            " VALUES ($1, CASE WHEN $2 >= 0 THEN $2 END, $2 < 0, clock_timestamp() + $3 * interval '1 millisecond')"
            " ON CONFLICT (app) DO UPDATE SET ratio = excluded.ratio, exempt = excluded.exempt, until = excluded.until, set_by = session_user",
            {app, ratio, duration_ms});
    const std::string until = core::duration_text(duration_ms / 1000);
    add_event(sql, app, ratio < 0 ? "exempt" : "throttle", 0, ratio < 0 ? "for " + until : fmt::format("ratio {} for {}", ratio, until));
}

bool unset_throttle(bridge::Sql &sql, const std::string &app)
{
    if (sql.run("DELETE FROM hotswap._migration_throttles WHERE app = $1", {app}).affected == 0)
        return false;
    add_event(sql, app, "unthrottle", 0, "");
    return true;
}

}  // namespace hotswap::store
