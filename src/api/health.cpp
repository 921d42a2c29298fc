// hotswap.set_baseline: what a bake compares with, said by a person.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/function.hpp"
#include "bridge/session.hpp"
#include "core/error.hpp"
#include "engine/rights.hpp"
#include "store/events.hpp"
#include "store/metrics.hpp"
#include "store/migrations.hpp"

HOTSWAP_FUNCTION(hotswap_set_baseline)
{
    using namespace hotswap;
    const std::string id = call.text(0);
    const std::optional<double> ms = call.interval_ms(1);
    const unsigned caller = bridge::current_role();
    if (!ms || *ms <= 0)
        throw core::Error(core::sqlstate::kInvalidParameter, "since must be a positive interval", "", "For example interval '1 minute'.");
    const bridge::Authority authority = bridge::Authority::of_store();
    bridge::Sql sql;
    const store::Migration migration = store::lock_migration(sql, id);
    engine::check_control(migration, caller);
    if (core::is_final(migration.state))
        throw core::Error(core::sqlstate::kWrongState, "cannot set a baseline for migration \"" + id + "\"",
                          std::string("It is ") + core::to_text(migration.state) + ".");
    const std::int64_t samples = store::set_baseline(sql, id, *ms);
    if (samples == 0)
        throw core::Error(core::sqlstate::kWrongState, "there are no samples to compare with",
                          "hotswap._migration_metrics has none of that time.", "Samples are taken while a migration is at work or bakes; try a longer time.");
    store::add_event(sql, id, "baseline", 0, std::to_string(samples) + " samples, set by " + bridge::role_name(caller));
    return bridge::Call::bigint_value(samples);
}
