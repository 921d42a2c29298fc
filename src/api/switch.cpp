// switch_at, force_switch: when a migration switches, and at whose cost. Both change the options of one that is under way.
// SPDX-License-Identifier: PostgreSQL
#include <functional>

#include "bridge/function.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "core/error.hpp"
#include "core/force_policy.hpp"
#include "core/identifier.hpp"
#include "engine/rights.hpp"
#include "engine/turn.hpp"
#include "store/live_options.hpp"
#include "store/migrations.hpp"
#include "store/steps.hpp"

namespace hotswap::api {

namespace {

using bridge::Authority;
using bridge::Sql;
using store::Migration;

// A word that was given for another time counts no more. False: what it is about is done.
bool forget_word(Sql &sql, const Migration &migration)
{
    const auto steps = store::load_steps(sql, migration.id);
    const store::StepRow *turn = engine::turn_of(steps);
    if (turn == nullptr || turn->state == "done")
        return false;
    sql.run("UPDATE hotswap._migration_steps SET confirmed = NULL WHERE migration_id = $1 AND step_no = $2::integer AND confirmed IS NOT NULL"
            "   AND kind NOT IN ('await', 'backfill', 'copy')",
            {migration.id, static_cast<std::int64_t>(turn->number)});
    return true;
}

// The migration, and of a script the parts that are under way: later ones get the options of the script.
void change(const std::string &id, const std::string &json, const std::string &what, const std::function<bool(Sql &, const Migration &)> &fits)
{
    const unsigned caller = bridge::current_role();
    const Authority authority = Authority::of_store();
    Sql sql;
    Migration migration = store::lock_migration(sql, id);
    engine::check_control(migration, caller);
    if (core::is_final(migration.state) || (!store::is_script(migration) && !fits(sql, migration)))
        throw core::Error(core::sqlstate::kWrongState, "cannot change " + what + " of migration \"" + id + "\"",
                          core::is_final(migration.state) ? std::string("It is ") + core::to_text(migration.state) + "." : std::string("Its switch is done."),
                          "See hotswap.status(" + core::quote_literal(id) + ").");
    store::change_options(sql, &migration, json);
    if (store::is_script(migration))
        for (Migration &part : store::parts_of(sql, id)) {
            part = store::lock_migration(sql, part.id);
            if (!core::is_final(part.state) && fits(sql, part))
                store::change_options(sql, &part, json);
        }
    bridge::wake_conductor_at_commit();
}

std::string json_of(Sql &sql, const std::string &key, const std::string &value)
{
    return sql.run("SELECT jsonb_build_object($1, $2)::text AS json", {key, value})[0].text("json");
}

}  // namespace

}  // namespace hotswap::api

HOTSWAP_FUNCTION(hotswap_switch_at)
{
    using namespace hotswap;
    const std::string id = call.text(0), at = call.text(1);
    std::string json;
    {
        const bridge::Authority authority = bridge::Authority::of_store();
        bridge::Sql sql;
        json = api::json_of(sql, "switch_at", at);
    }
    api::change(id, json, "the time of the switch", api::forget_word);
    return bridge::Call::nothing();
}

HOTSWAP_FUNCTION(hotswap_force_switch)
{
    using namespace hotswap;
    const std::string id = call.text(0), policy = call.text(1);
    (void)core::force_policy_from_text(policy);
    const auto after = call.interval_ms(2);
    if (after && *after < 0)
        throw core::Error(core::sqlstate::kInvalidParameter, "\"after\" must not be negative", "", "Give an interval such as '5 s', or null for what it is now.");
    std::string json;
    {
        const bridge::Authority authority = bridge::Authority::of_store();
        bridge::Sql sql;
        json = api::json_of(sql, "force_switch", policy);
        if (after)
            json = sql.run("SELECT ($1::jsonb || jsonb_build_object('force_after', $2::float8))::text AS json", {json, *after})[0].text("json");
    }
    api::change(id, json, "the policy", [](bridge::Sql &, const store::Migration &) { return true; });
    return bridge::Call::nothing();
}
