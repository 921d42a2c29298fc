// See holds.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "store/holds.hpp"

#include "store/events.hpp"
#include "store/migrations.hpp"

namespace hotswap::store {

namespace {

std::string shown_reason(bridge::Sql &sql, const std::string &migration)
{
    const bridge::Rows rows = sql.run("SELECT reason FROM hotswap._migrations WHERE migration_id = $1", {migration});
    return rows.empty() ? "" : rows[0].text("reason");
}

}  // namespace

void hold_back(bridge::Sql &sql, const std::string &migration, const Hold &hold)
{
    const std::string shown = shown_reason(sql, migration);
    if (shown == hold.text)
        return;
    set_reason(sql, migration, hold.text);
    if (shown.rfind(hold.signal, 0) != 0)
        add_event(sql, migration, "held back", 0, hold.text);
}

void let_go(bridge::Sql &sql, const std::string &migration, const std::string &signal)
{
    if (shown_reason(sql, migration).rfind(signal, 0) != 0)
        return;
    set_reason(sql, migration, "");
    add_event(sql, migration, "goes on", 0, "no longer " + signal);
}

}  // namespace hotswap::store
