// See bake.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/bake.hpp"

#include <algorithm>

#include "bridge/settings.hpp"
#include "engine/applied.hpp"
#include "store/events.hpp"
#include "store/steps.hpp"

namespace hotswap::engine {

namespace {

using bridge::Sql;
using core::Event;
using store::StepRow;

using Steps = std::vector<StepRow>;

Steps::const_iterator current(const Steps &steps)
{
    return std::find_if(steps.begin(), steps.end(), [](const StepRow &step) { return step.state != "done"; });
}

bool bakes_unasked(const store::Migration &migration, const Steps &steps)
{
    const auto step = current(steps);
    return migration.state == core::State::baking && step != steps.end() && step->step.unasked;
}

void end(Sql &sql, const store::Migration &migration, const StepRow &bake, const std::string &by)
{
    store::step_confirmed(sql, migration.id, bake.number, "ended for " + by);
    store::add_event(sql, migration.id, "bake ended", bake.number, "nobody asked for it, and " + by + " needs the table");
}

}  // namespace

core::Options planning_options(Sql &sql, const std::string &options_json)
{
    core::Options options = store::load_options(sql, options_json);
    const bridge::Settings &settings = bridge::settings();
    // Without a baseline there is nothing to compare with, and a wait is no use to somebody who did not ask for it.
    const bool watched = settings.baseline_time_ms > 0;
    options.usual_bake.unasked_after_switch = watched && settings.bake != bridge::bake_off;
    options.usual_bake.unasked_direct = watched && settings.bake == bridge::bake_all;
    options.usual_bake.after_switch = core::interval_text(settings.bake_switch_ms);
    options.usual_bake.direct = core::interval_text(settings.bake_direct_ms);
    return options;
}

bool gives_way(Sql &sql, const std::string &migration)
{
    const auto found = store::find_migration(sql, migration);
    if (!found)
        return false;
    const Steps steps = store::load_steps(sql, migration);
    return bakes_unasked(*found, steps) && current(steps) + 1 == steps.end();
}

void end_bakes_in_the_way(Sql &sql, const store::TableUse &use, const std::string &strategy, const std::string &by)
{
    store::queue_up(sql, use);
    while (const auto other = store::occupied(sql, use, strategy)) {
        store::Migration migration = store::lock_migration(sql, other->migration);
        if (!gives_way(sql, migration.id))
            return;
        const Steps steps = store::load_steps(sql, migration.id);
        end(sql, migration, *current(steps), "the next migration, of " + by + ",");
        store::step_done(sql, migration.id, current(steps)->number, false, 0);
        (void)store::take_event(sql, &migration, Event::elapsed, "");
        if (store::take_event(sql, &migration, Event::finish, ""))
            record_completed(sql, migration);
    }
}

bool cut_bake_short(Sql &sql, const store::Migration &part)
{
    const store::Migration migration = store::lock_migration(sql, part.id);
    const Steps steps = store::load_steps(sql, migration.id);
    if (!bakes_unasked(migration, steps) ||
        std::any_of(current(steps) + 1, steps.end(), [](const StepRow &step) { return step.step.kind == core::StepKind::await && step.confirmed.empty(); }))
        return false;
    if (current(steps)->confirmed.empty())
        end(sql, migration, *current(steps), "the next part of its script");
    return true;
}

}  // namespace hotswap::engine
