// See dispatch.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "worker/dispatch.hpp"

#include <algorithm>

#include "bridge/locks.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "bridge/stop_point.hpp"
#include "core/progress.hpp"
#include "engine/applied.hpp"
#include "engine/breaker.hpp"
#include "engine/changes.hpp"
#include "engine/lock_policy.hpp"
#include "engine/turn.hpp"
#include "store/chunks.hpp"
#include "store/events.hpp"
#include "store/twins.hpp"
#include "worker/script.hpp"

namespace hotswap::worker {

namespace {

using bridge::Sql;
using core::Event;
using core::State;
using core::StepKind;
using store::Migration;
using store::StepRow;

constexpr double kNearMs = 10 * 60 * 1000;   // a date the conductor stays for
constexpr const char *kRoomSignal = "waiting for other migrations";
constexpr int kMostDeaths = 20;   // executors of one step, one after the other, that did not end in an orderly way

const StepRow *next_forward(const std::vector<StepRow> &steps)
{
    for (const StepRow &step : steps)
        if (step.state != "done")
            return &step;
    return nullptr;
}

// The one to take back after this one.
const StepRow *previous_of(const std::vector<StepRow> &steps, const StepRow *step)
{
    for (auto row = steps.rbegin(); row != steps.rend(); ++row)
        if (row->number < step->number && row->state != "pending" && row->state != "undone")
            return &*row;
    return nullptr;
}

const StepRow *next_undo(const std::vector<StepRow> &steps)
{
    for (auto step = steps.rbegin(); step != steps.rend(); ++step)
        if (step->state != "pending" && step->state != "undone")
            return &*step;
    return nullptr;
}

bool undo_has_begun(const std::vector<StepRow> &steps)
{
    return std::any_of(steps.begin(), steps.end(), [](const StepRow &step) { return step.state == "undoing" || step.state == "undone"; });
}

std::string await_reason(const Migration &migration, const StepRow &step)
{
    std::string reason = step.step.title + ": " + step.step.deployment + ". Type ";
    reason += step.step.phase == core::Phase::contract ? "hotswap.complete('" : "hotswap.advance('";
    reason += migration.id + "') to go on, or hotswap.rollback('" + migration.id + "') to take it back";
    if (!step.step.wait_for.empty())
        reason += "; it goes on by itself after " + step.step.wait_for;
    return reason + ".";
}

// A free slot is waited for, not an error.
void start_streams(Sql &sql, Executors &executors, const Migration &migration, const StepRow &step, const std::vector<int> &streams)
{
    for (const int stream : streams) {
        if (executors.alive(sql, migration.number, stream))
            continue;
        if (!executors.start(migration.number, step.number, stream, migration.id)) {
            if (!executors.any_alive(sql, migration.number))
                store::set_reason(sql, migration.id,
                                  "waiting for a free background worker (max_worker_processes = " +
                                      std::to_string(bridge::max_worker_processes()) + ")");
            return;
        }
    }
}

std::vector<int> wanted_streams(Sql &sql, const Migration &migration, const StepRow &step, const core::Options &options)
{
    if (step.step.kind != StepKind::backfill && step.step.kind != StepKind::copy && step.step.kind != StepKind::twin_index &&
        step.step.kind != StepKind::twin_verify && step.step.kind != StepKind::rows && step.step.kind != StepKind::fill)
        return {1};
    if (step.step.kind == StepKind::copy && !store::load_twin(sql, migration.id, step.step.member).twin.order_by.empty())
        return {1};
    const store::StreamNeed need = store::stream_need(sql, migration.id, step.number);
    if (!need.all)
        return need.streams;
    // Serial numbers come in the order in which rows lie, as from PostgreSQL, unless somebody wants them sooner.
    const int usual = step.step.kind == StepKind::fill ? 1 : bridge::default_streams();
    std::vector<int> streams;
    for (int stream = 1; stream <= static_cast<int>(options.parallel.value_or(usual)); ++stream)
        streams.push_back(stream);
    return streams;
}

bool died_too_often(Sql &sql, Migration *migration, const StepRow &step)
{
    if (step.attempts < kMostDeaths)
        return false;
    (void)store::take_event(sql, migration, Event::fail,
                            "step " + std::to_string(step.number) + " (" + step.step.title + ") ended " + std::to_string(step.attempts) +
                                " times without an outcome; see the server log. Type hotswap.retry('" + migration->id +
                                "') after mending the cause, or hotswap.rollback.");
    return true;
}

// While a rewrite waits, its change log is worked off: before the switch for the twins, after it so that it can be taken back.
bool keeps_current(const std::vector<StepRow> &steps)
{
    bool kept = false;
    for (const StepRow &step : steps) {
        if (step.step.kind == StepKind::catch_up)
            kept = step.state == "done";
        if (step.step.kind == StepKind::switch_storage && step.state == "done")
            kept = !step.step.irreversible;
        if (step.step.kind == StepKind::twin_drop && step.state != "pending")
            return false;
    }
    return kept;
}

// An open breaker starts nobody; who is at work asks before each chunk.
bool is_held(Sql &sql, Executors &executors, const Migration &migration)
{
    const auto hold = engine::breaker_hold();
    const bool shown = migration.reason.rfind(engine::kBreakerSignal, 0) == 0;
    if (hold && !executors.any_alive(sql, migration.number))
        store::hold_back(sql, migration.id, *hold);
    else if (!hold && shown && !executors.any_alive(sql, migration.number))
        store::let_go(sql, migration.id, engine::kBreakerSignal);
    return hold.has_value();
}

Round forward(Sql &sql, Executors &executors, const Health &health, Migration *migration)
{
    const auto steps = store::load_steps(sql, migration->id);
    const StepRow *step = next_forward(steps);
    if (step == nullptr) {
        if (store::is_script(*migration))
            if (const PartLook look = look_at_end(sql, migration); look != PartLook::not_stored)
                return {.busy = look == PartLook::moving};
        HOTSWAP_STOP("conductor_before_finish");
        if (store::take_event(sql, migration, Event::finish, ""))
            engine::record_completed(sql, *migration);
        return {};
    }
    if (health.takes_baseline(sql, *migration, steps))
        return {.date_is_near = true};
    store::set_phase(sql, migration->id, core::to_text(step->step.phase));
    if (step->step.kind == StepKind::await) {
        if (step->step.unasked && step->state == "pending" && !health.has_something_to_compare(sql, *migration)) {
            store::add_event(sql, migration->id, "bake skipped", step->number, "there was too little traffic before the first step to compare with");
            store::step_done(sql, migration->id, step->number, false, 0);
            return {.busy = true};
        }
        if (!step->confirmed.empty() || (step->step.phase != core::Phase::bake && store::wait_is_over(sql, migration->id, step->number))) {
            store::step_done(sql, migration->id, step->number, false, 0);
            return {.busy = true};
        }
        if (step->state == "pending")
            store::step_begins(sql, migration->id, step->number, false);
        const Event event = step->step.phase == core::Phase::bake ? Event::bake : Event::hold;
        (void)store::take_event(sql, migration, event, await_reason(*migration, *step));
        return {.date_is_near = event == Event::bake || keeps_current(steps) || store::wait_is_over_within(sql, migration->id, step->number, kNearMs)};
    }
    if (step->step.kind == StepKind::part) {
        const PartLook look = look_at_part(sql, migration, *step);
        if (look != PartLook::not_stored)
            return {.busy = look == PartLook::moving};
    }
    if (died_too_often(sql, migration, *step))
        return {};
    const auto options = store::load_options(sql, migration->options_json);
    if (options.max_duration_ms && migration->running_ms > *options.max_duration_ms) {
        (void)store::take_event(sql, migration, Event::trip,
                                "max_duration of " + core::duration_text(*options.max_duration_ms / 1000) +
                                    " is used up. Type hotswap.resume('" + migration->id + "') to go on for as long again.");
        return {};
    }
    if (const auto wait = engine::look_at_turn(sql, *migration, steps, *step, options)) {
        (void)store::take_event(sql, migration, Event::hold, wait->reason);
        return {.date_is_near = wait->date_is_near || keeps_current(steps)};
    }
    if (is_held(sql, executors, *migration))
        return {.date_is_near = true};
    HOTSWAP_STOP("conductor_before_start");
    start_streams(sql, executors, *migration, *step, wanted_streams(sql, *migration, *step, options));
    executors.explain_waits(sql, *migration);
    return {.busy = true};
}

// The bake ends by a person's word, or when its time is over and nothing got worse.
enum class BakeEnd { not_yet, over, taken_back };

BakeEnd look_at_bake(Sql &sql, Health &health, Migration *migration, const StepRow &step)
{
    std::string reason;
    const bool over = store::wait_is_over(sql, migration->id, step.number);
    if (!step.confirmed.empty())
        return BakeEnd::over;
    switch (health.look(sql, *migration, step, over, &reason)) {
    case Health::Bake::sick:
        (void)store::take_event(sql, migration, Event::rollback, reason);
        return BakeEnd::taken_back;
    case Health::Bake::healthy:
        return BakeEnd::over;
    case Health::Bake::watching:
        return BakeEnd::not_yet;
    case Health::Bake::unwatched:
        break;
    }
    return over || step.step.unasked ? BakeEnd::over : BakeEnd::not_yet;   // unwatched, it is a wait that somebody asked for
}

bool tend(Sql &sql, Executors &executors, const Migration &migration, const std::vector<StepRow> &steps, const StepRow &step)
{
    if (!keeps_current(steps))
        return false;
    if (executors.is_time_to_tend(migration.number) && engine::logs_lag(sql, migration))
        start_streams(sql, executors, migration, step, {1});
    return true;
}

// Before a step that has to wait for its time, or for others. Also left when an earlier step has to be done again.
Round awaiting_turn(Sql &sql, Executors &executors, Migration *migration, const std::vector<StepRow> &steps, const StepRow &step)
{
    const auto wait = engine::look_at_turn(sql, *migration, steps, step, store::load_options(sql, migration->options_json));
    if (!wait) {
        (void)store::take_event(sql, migration, Event::elapsed, "");
        return {.busy = true};
    }
    store::set_reason(sql, migration->id, wait->reason);
    return {.date_is_near = tend(sql, executors, *migration, steps, step) || wait->date_is_near};
}

Round awaiting(Sql &sql, Executors &executors, Health &health, Migration *migration)
{
    const auto steps = store::load_steps(sql, migration->id);
    const StepRow *step = next_forward(steps);
    if (step == nullptr || step->step.kind == StepKind::part) {
        if (script_may_go_on(sql, *migration))
            (void)store::take_event(sql, migration, Event::elapsed, "");
        return {.busy = migration->state == State::running};
    }
    if (step->step.kind != StepKind::await)
        return awaiting_turn(sql, executors, migration, steps, *step);
    if (step->state == "pending") {
        // The step before was done just when it was to wait: this one has not been begun.
        (void)store::take_event(sql, migration, Event::elapsed, "");
        return {.busy = true};
    }
    bool over = !step->confirmed.empty();
    if (migration->state == State::baking && !over) {
        const BakeEnd end = look_at_bake(sql, health, migration, *step);
        if (end == BakeEnd::taken_back)
            return {.busy = true};
        over = end == BakeEnd::over;
    } else if (!over) {
        over = store::wait_is_over(sql, migration->id, step->number);
    }
    if (!over) {
        const bool tended = tend(sql, executors, *migration, steps, *step);
        return {.date_is_near = tended || migration->state == State::baking || store::wait_is_over_within(sql, migration->id, step->number, kNearMs)};
    }
    store::step_done(sql, migration->id, step->number, false, 0);
    (void)store::take_event(sql, migration, Event::elapsed, "");
    return {.busy = true};
}

// Whether a step that is to be taken back has anything to take back.
bool leaves_nothing(const StepRow &step)
{
    switch (step.step.kind) {
    case StepKind::twin_create:
    case StepKind::part:
        return false;   // also when it was only begun
    case StepKind::reindex:
        return step.state != "running";   // a broken-off try leaves an invalid index
    case StepKind::switch_storage:
        // In a dual write it only replaced the storage by a tidier one of the same shape.
        return step.state == "running" || step.step.phase == core::Phase::migrate;
    case StepKind::ddl:
    case StepKind::validate:
        // Begun and not done: its transaction did not commit.
        return step.step.undo.empty() || step.state == "running";
    default:
        return step.step.undo.empty();
    }
}

// Forward executors are told to stop first: what they leave is either done or not begun, and both can be undone.
Round backward(Sql &sql, Executors &executors, Migration *migration)
{
    // Asked before the steps are read: an executor that ends in between has written its outcome by then.
    const bool alive = executors.any_alive(sql, migration->number);
    const auto steps = store::load_steps(sql, migration->id);
    const StepRow *step = next_undo(steps);
    if (step == nullptr) {
        if (alive)
            return {.busy = true};
        HOTSWAP_STOP("conductor_before_undone");
        if (store::take_event(sql, migration, Event::undone, store::undo_reason(sql, migration->id)))
            engine::record_taken_back(sql, *migration);
        return {};
    }
    if (step->state != "undoing" && alive) {
        // Once the way back has begun, whoever is alive works on it, and ends by itself.
        if (!undo_has_begun(steps))
            executors.cancel(sql, migration->number);
        return {.busy = true};
    }
    while (step != nullptr && leaves_nothing(*step)) {
        store::set_phase(sql, migration->id, core::to_text(step->step.phase));
        store::step_done(sql, migration->id, step->number, true, 0);
        step = previous_of(steps, step);
    }
    if (step == nullptr)
        return {.busy = true};
    store::set_phase(sql, migration->id, core::to_text(step->step.phase));
    if (step->step.kind == StepKind::part)
        return {.busy = take_part_back(sql, migration, *step)};
    if (died_too_often(sql, migration, *step))
        return {};
    start_streams(sql, executors, *migration, *step, {1});
    executors.explain_waits(sql, *migration);
    return {.busy = true};
}

}  // namespace

namespace {

// Parts are counted with their script: they may not wait for it.
bool has_room(Sql &sql, const Migration &migration)
{
    const int most = bridge::settings().max_concurrent_migrations;
    if (most == 0 || !migration.script.empty())
        return true;
    const std::int64_t others = store::migrations_at_work(sql);
    if (others < most)
        return true;
    store::hold_back(sql, migration.id, {kRoomSignal, std::string(kRoomSignal) + ": " + std::to_string(others) +
                                                         " are at work, hotswap.max_concurrent_migrations is " + std::to_string(most)});
    return false;
}

}  // namespace

Round dispatch(Sql &sql, Executors &executors, Health &health, Migration migration)
{
    // The state may have changed since the list was read; from here on nobody else changes it.
    migration = store::lock_migration(sql, migration.id);
    switch (migration.state) {
    case State::planned:
        if (!has_room(sql, migration))
            return {.date_is_near = true};
        (void)store::take_event(sql, &migration, Event::begin, "");
        return forward(sql, executors, health, &migration);
    case State::running:
        return forward(sql, executors, health, &migration);
    case State::baking:
    case State::awaiting:
        return awaiting(sql, executors, health, &migration);
    case State::rolling_back:
        return backward(sql, executors, &migration);
    case State::paused:
    case State::failed:
    case State::completed:
    case State::cancelled:
    case State::rolled_back:
        break;
    }
    return {};
}

}  // namespace hotswap::worker
