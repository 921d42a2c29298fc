// See holds.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "store/holds.hpp"

#include "store/events.hpp"
#include "store/migrations.hpp"

namespace hotswap::store {

namespace {

// locked: until the end of the transaction, so that of several streams one writes the event.
std::string shown_reason(bridge::Sql &sql, const std::string &migration, bool locked)
{
    const bridge::Rows rows =
        sql.run(std::string("SELECT reason FROM hotswap._migrations WHERE migration_id = $1") + (locked ? " FOR UPDATE" : ""), {migration});
    return rows.empty() ? "" : rows[0].text("reason");
}

}  // namespace

void hold_back(bridge::Sql &sql, const std::string &migration, const Hold &hold)
{
    if (shown_reason(sql, migration, false) == hold.text)
        return;
    const std::string shown = shown_reason(sql, migration, true);
    set_reason(sql, migration, hold.text);
    if (shown.rfind(hold.signal, 0) != 0)
        add_event(sql, migration, "held back", 0, hold.text);
}

void let_go(bridge::Sql &sql, const std::string &migration, const std::string &signal)
{
    if (shown_reason(sql, migration, true).rfind(signal, 0) != 0)
        return;
    set_reason(sql, migration, "");
    add_event(sql, migration, "goes on", 0, "no longer " + signal);
}

void show_rest(bridge::Sql &sql, const std::string &migration, const std::string &text)
{
    sql.run("UPDATE hotswap._migrations SET reason = nullif($2, '') WHERE migration_id = $1 AND state = 'running'"
            "   AND (reason IS NULL OR reason LIKE 'resting %') AND reason IS DISTINCT FROM nullif($2, '')",
            {migration, text});
}

}  // namespace hotswap::store
