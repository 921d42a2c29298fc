// See live_options.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "store/live_options.hpp"

#include "core/error.hpp"
#include "store/events.hpp"
#include "store/option_values.hpp"

namespace hotswap::store {

void change_options(bridge::Sql &sql, Migration *migration, const std::string &json)
{
    const core::Options checked = load_options(sql, json);
    for (const core::OptionValue &value : option_values(sql, json))
        core::check_may_change(value.key);
    // A time without a zone means that of whoever says it now.
    const std::string normal = checked.switch_at_ms
                                   ? sql.run("SELECT ($1::jsonb || jsonb_build_object('switch_at', ($1::jsonb ->> 'switch_at')::timestamptz))::text AS json", {json})[0].text("json")
                                   : json;
    migration->options_json = merge_options(sql, migration->options_json, normal);
    sql.run("UPDATE hotswap._migrations SET options = $2::jsonb WHERE migration_id = $1", {migration->id, migration->options_json});
    add_event(sql, migration->id, "options changed", 0, normal);
}

}  // namespace hotswap::store
