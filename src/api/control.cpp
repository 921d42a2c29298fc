// pause, resume, advance, complete, cancel, rollback, retry, cleanup: each takes one event of the lifecycle, under the row
// lock of the migration, and wakes the conductor at commit. Each says clearly when it cannot.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include "bridge/function.hpp"
#include "bridge/locks.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "bridge/time_zone.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "engine/enqueue.hpp"
#include "engine/rights.hpp"
#include "engine/script.hpp"
#include "engine/script_dry_run.hpp"
#include "engine/turn.hpp"
#include "store/chunks.hpp"
#include "store/events.hpp"
#include "store/live_options.hpp"
#include "store/migrations.hpp"
#include "store/steps.hpp"

namespace hotswap::api {

namespace {

using bridge::Authority;
using bridge::Sql;
using core::Event;
using core::State;
using store::Migration;
using store::StepRow;

[[noreturn]] void refuse(const Migration &migration, Event event)
{
    const core::Refusal refusal = core::refuse(migration.id, migration.state, event, migration.direction);
    throw core::Error(core::sqlstate::kWrongState, refusal.message, refusal.detail, refusal.hint);
}

bool passed(const std::vector<StepRow> &steps, bool (*is)(const StepRow &))
{
    for (const StepRow &step : steps)
        if (step.state == "done" && is(step))
            return true;
    return false;
}

void check_undo(const Migration &migration, const std::vector<StepRow> &steps, Event event)
{
    const auto last = std::find_if(steps.begin(), steps.end(), [](const StepRow &s) { return s.state == "done" && s.step.irreversible; });
    if (last != steps.end()) {
        const bool switched = last->step.kind == core::StepKind::switch_storage;
        throw core::Error(core::sqlstate::kWrongState, "cannot take migration \"" + migration.id + "\" back",
                          switched ? "It has switched, and was planned without a way back after that; its warnings in hotswap._migrations say why."
                                   : "Its last, irreversible step is done.",
                          "Start a new migration for the way back.");
    }
    if (event == Event::cancel && passed(steps, [](const StepRow &s) { return s.step.phase == core::Phase::switch_ && (s.step.kind == core::StepKind::ddl || s.step.kind == core::StepKind::switch_storage); }))
        throw core::Error(core::sqlstate::kWrongState, "cannot cancel migration \"" + migration.id + "\"", "The switch is done.",
                          "Type hotswap.rollback('" + migration.id + "') to switch back without losing a write, or hotswap.complete to finish.");
}

// An await, or a step that waits for its time.
const StepRow *waiting_step(const Migration &migration, const std::vector<StepRow> &steps)
{
    for (const StepRow &step : steps)
        if (step.state != "done")
            return step.step.kind == core::StepKind::await || (migration.state == State::awaiting && step.step.kind != core::StepKind::part) ? &step : nullptr;
    return nullptr;
}

// The order of a group is no date: who is before this one has to switch, or to give up.
void check_group(Sql &sql, const Migration &migration, const std::vector<StepRow> &steps, const StepRow &waiting)
{
    const std::string group = store::load_options(sql, migration.options_json).group;
    if (group.empty() || engine::turn_of(steps) == nullptr || engine::turn_of(steps)->number != waiting.number)
        return;
    if (const std::string other = engine::before_in_group(sql, migration, group); !other.empty())
        throw core::Error(core::sqlstate::kWrongState, "cannot advance migration \"" + migration.id + "\"", "It is " + other,
                          "See hotswap.groups. Those before it have to switch first, or to be cancelled.");
}

// A deployment is confirmed for the step that waits; complete confirms all that is left.
void confirm(Sql &sql, const Migration &migration, const std::vector<StepRow> &steps, const std::string &by, bool all)
{
    const StepRow *waiting = waiting_step(migration, steps);
    if (waiting != nullptr)
        check_group(sql, migration, steps, *waiting);
    if (waiting == nullptr)
        throw core::Error(core::sqlstate::kWrongState, "migration \"" + migration.id + "\" waits for nobody", "", "See hotswap.status().");
    store::step_confirmed(sql, migration.id, waiting->number, by);
    if (!all)
        return;
    for (const StepRow &step : steps)
        if (step.number > waiting->number && step.step.kind == core::StepKind::await)
            store::step_confirmed(sql, migration.id, step.number, by);
        else if (step.number > waiting->number && engine::is_for_windows(steps, step))
            store::step_need_not_wait(sql, migration.id, step.number, by);
}

struct Request {
    Event event;
    std::string argument;   // advance: the deployment that is confirmed
    bool complete = false;  // advance: all that is left
    unsigned caller = 0;
    std::string options = "{}";   // retry: in the place of those it has
};

// A chunk that failed may have been too large. Where the caller says how large, that is how it is.
void make_chunks_smaller(Sql &sql, Migration &migration, const std::vector<StepRow> &steps, const std::string &options)
{
    const auto step = std::find_if(steps.begin(), steps.end(), [](const StepRow &row) { return row.state == "running"; });
    const bool own_size = options != "{}" && store::load_options(sql, options).batch_size.has_value();
    if (options != "{}")
        store::change_options(sql, &migration, options);
    if (step == steps.end() || migration.direction == core::Direction::undo)
        return;
    switch (step->step.kind) {
    case core::StepKind::backfill:
    case core::StepKind::copy:
    case core::StepKind::fill:
    case core::StepKind::rows:
    case core::StepKind::twin_verify:
        if (own_size)
            store::unlimit_chunks(sql, migration.id, step->number);
        else if (migration.state == State::failed)
            if (const std::int64_t blocks = store::halve_chunks(sql, migration.id, step->number); blocks > 0)
                store::add_event(sql, migration.id, "smaller chunks", step->number, "at most " + std::to_string(blocks) + (blocks == 1 ? " block" : " blocks"));
        break;
    default:
        break;
    }
}

// REQUIRES: the migration's row locked.
void take_event(Sql &sql, Migration &migration, const Request &request)
{
    const Event event = request.event;
    const std::vector<StepRow> steps = store::load_steps(sql, migration.id);
    if (event == Event::cancel || event == Event::rollback)
        check_undo(migration, steps, event);
    if (event == Event::advance) {
        if (migration.state != State::awaiting && migration.state != State::baking)
            refuse(migration, event);
        confirm(sql, migration, steps, request.argument.empty() ? "confirmed by " + bridge::role_name(request.caller) : request.argument, request.complete);
    }
    if (event == Event::retry && (migration.state == State::failed || migration.state == State::paused))
        make_chunks_smaller(sql, migration, steps, request.options);
    std::string reason;
    if (event == Event::pause)
        reason = "paused by " + bridge::role_name(request.caller) + ". Type hotswap.resume('" + migration.id + "') to go on.";
    if (!store::take_event(sql, &migration, event, reason))
        refuse(migration, event);
    if (event == Event::resume || event == Event::retry)
        store::reset_running_ms(sql, migration.id);
    if (event == Event::retry) {
        store::reopen_rejected(sql, migration.id);
        store::forget_attempts(sql, migration.id);
    }
}

// What a call on a script means for the migrations of its parts. True when it is for them alone.
bool pass_to_parts(Sql &sql, const Migration &script, const Request &request)
{
    // A word for the step that the script waits for must not close the way back of the parts before it; only complete does.
    const std::vector<StepRow> steps = store::load_steps(sql, script.id);
    const auto current = std::find_if(steps.begin(), steps.end(), [](const StepRow &step) { return step.state != "done"; });
    const bool own_word = current != steps.end() && current->step.kind == core::StepKind::await;
    bool passed_on = false;
    for (Migration &part : store::parts_of(sql, script.id)) {
        part = store::lock_migration(sql, part.id);
        const bool taken_back = part.state == State::cancelled || part.state == State::rolled_back;
        bool takes = false;
        switch (request.event) {
        case Event::cancel:
        case Event::rollback:
            // The conductor takes the parts back, the last one first; whether that is possible is known now.
            if (!taken_back)
                check_undo(part, store::load_steps(sql, part.id), Event::rollback);
            break;
        case Event::advance:
            takes = (part.state == State::awaiting || part.state == State::baking) &&
                    (request.complete || current == steps.end() || part.part == current->number);
            break;
        case Event::pause:
            takes = core::needs_worker(part.state);
            break;
        case Event::resume:
            takes = part.state == State::paused;
            break;
        case Event::retry:
            takes = part.state == State::paused || part.state == State::failed;
            if (taken_back && script.direction == core::Direction::forward)
                store::plan_part_again(sql, part);
            break;
        default:
            break;
        }
        if (takes)
            take_event(sql, part, request);
        passed_on = passed_on || takes;
    }
    return passed_on && request.event == Event::advance && !own_word;
}

// A completed script with a way down of its own is taken back by that: a migration for it, and nothing happens to the script itself.
bool start_way_down(const Migration &migration)
{
    const engine::ReadScript script = engine::read_script(migration.ddl);
    if (script.down.empty())
        return false;
    const std::string name = migration.name + " (down)";
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        const auto applied = store::find_applied(sql, migration.name);
        const auto under_way = store::find_under_way(sql, name);
        if (under_way || !applied || applied->migration_id != migration.id)
            throw core::Error(core::sqlstate::kWrongState, "cannot take migration \"" + migration.id + "\" back",
                              under_way ? "Migration \"" + under_way->id + "\" does so already." : "Its script was taken back before.",
                              "See hotswap.history().");
    }
    const engine::ScriptPlan down = engine::plan_script(script, engine::Way::down, "auto", "{}");
    const bridge::TimeZoneScope zone(down.time_zone);
    engine::PlannedDdl planned;
    if (down.single)
        planned = engine::plan_single(down, "auto", "{}", engine::Origin::script);
    else {
        planned.plan = down.plan;
        engine::foresee(engine::dry_run(down.plan, "{}"), &planned.plan);
    }
    engine::Place place;
    place.reverts = migration.id;
    bridge::notice("migration \"" + engine::store_migration(planned, migration.ddl, name, "{}", place) +
                   "\" carries out the way down that the script has");
    return true;
}

void take(const std::string &id, Event event, const std::string &argument, bool complete, const std::string &options = "{}")
{
    const Request request = {event, argument, complete, bridge::current_role(), options};
    Migration migration;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        migration = store::lock_migration(sql, id);
        engine::check_control(migration, request.caller);
    }
    if (event == Event::rollback && migration.state == State::completed && migration.name != migration.id && start_way_down(migration))
        return;
    const Authority authority = Authority::of_store();
    Sql sql;
    // A script that waits for its parts goes on with them.
    if (!store::is_script(migration) || !pass_to_parts(sql, migration, request))
        take_event(sql, migration, request);
    else if (migration.state == State::awaiting)
        (void)store::take_event(sql, &migration, event, "");
    bridge::wake_conductor_at_commit();
}

}  // namespace

}  // namespace hotswap::api

HOTSWAP_FUNCTION(hotswap_pause)
{
    hotswap::api::take(call.text(0), hotswap::core::Event::pause, "", false);
    return hotswap::bridge::Call::nothing();
}

HOTSWAP_FUNCTION(hotswap_resume)
{
    hotswap::api::take(call.text(0), hotswap::core::Event::resume, "", false);
    return hotswap::bridge::Call::nothing();
}

HOTSWAP_FUNCTION(hotswap_advance)
{
    hotswap::api::take(call.text(0), hotswap::core::Event::advance, call.optional_text(1).value_or(""), false);
    return hotswap::bridge::Call::nothing();
}

HOTSWAP_FUNCTION(hotswap_complete)
{
    hotswap::api::take(call.text(0), hotswap::core::Event::advance, "", true);
    return hotswap::bridge::Call::nothing();
}

HOTSWAP_FUNCTION(hotswap_cancel)
{
    hotswap::api::take(call.text(0), hotswap::core::Event::cancel, "", false);
    return hotswap::bridge::Call::nothing();
}

HOTSWAP_FUNCTION(hotswap_rollback)
{
    hotswap::api::take(call.text(0), hotswap::core::Event::rollback, "", false);
    return hotswap::bridge::Call::nothing();
}

HOTSWAP_FUNCTION(hotswap_retry)
{
    hotswap::api::take(call.text(0), hotswap::core::Event::retry, "", false, call.json(1));
    return hotswap::bridge::Call::nothing();
}

// Asks for a conductor, for callers that only look: a migration that a crash left behind then goes on.
HOTSWAP_FUNCTION(hotswap_wake)
{
    if (hotswap::bridge::in_recovery())
        return hotswap::bridge::Call::nothing();
    bool alive = false;
    {
        const hotswap::bridge::Authority authority = hotswap::bridge::Authority::of_store();
        hotswap::bridge::Sql sql;
        alive = hotswap::bridge::conductor_pid(sql) != 0;
    }
    if (!alive)
        hotswap::bridge::wake_conductor_at_commit();
    return hotswap::bridge::Call::nothing();
}

// Takes an unfinished migration back (past the switch as well); of a finished one, forgets the bookkeeping nobody needs.
HOTSWAP_FUNCTION(hotswap_cleanup)
{
    using namespace hotswap;
    const std::string id = call.text(0);
    bool finished = false;
    {
        const unsigned caller = bridge::current_role();
        const bridge::Authority authority = bridge::Authority::of_store();
        bridge::Sql sql;
        const store::Migration migration = store::lock_migration(sql, id);
        engine::check_control(migration, caller);
        finished = core::is_final(migration.state);
        if (finished) {
            store::forget_bookkeeping(sql, id);
            bridge::wake_conductor_at_commit();   // which also drops what was kept long enough
        }
    }
    if (!finished)
        api::take(id, core::Event::rollback, "", false);
    return bridge::Call::nothing();
}
