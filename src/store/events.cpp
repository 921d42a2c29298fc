// See events.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "store/events.hpp"

namespace hotswap::store {

void add_event(bridge::Sql &sql, const std::string &migration, const std::string &event, int step_no, const std::string &detail)
{
    sql.run("INSERT INTO hotswap._migration_events (migration_id, event, step_no, detail) VALUES ($1, $2, nullif($3, 0)::integer, nullif($4, ''))",
            {migration, event, static_cast<std::int64_t>(step_no), detail});
}

std::int64_t count_events(bridge::Sql &sql, const std::string &migration, const std::string &event)
{
    return sql.run("SELECT count(*) AS n FROM hotswap._migration_events WHERE migration_id = $1 AND event = $2"
                   "   AND event_id > coalesce((SELECT max(event_id) FROM hotswap._migration_events WHERE migration_id = $1 AND event = 'retry'), 0)",
                   {migration, event})[0].integer("n");
}

std::string undo_reason(bridge::Sql &sql, const std::string &migration)
{
    // take_event writes "state: reason", or the state alone.
    const bridge::Rows rows = sql.run("SELECT substr(detail, length('rolling_back: ') + 1) AS reason FROM hotswap._migration_events"
                                      " WHERE migration_id = $1 AND event IN ('rollback', 'cancel') AND starts_with(detail, 'rolling_back')"
                                      " ORDER BY event_id DESC LIMIT 1",
                                      {migration});
    return rows.empty() ? "" : rows[0].text("reason");
}

}  // namespace hotswap::store
