// See script.hpp.
//
// A script goes on to its next part as soon as the part before only waits for its bake or its contract: the schema is then as
// the statement wants it, and the way back stays open meanwhile. It is over when all its parts are.
//
// Locks: the script's row first, then a part's, like everywhere.
// SPDX-License-Identifier: PostgreSQL
#include "worker/script.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "store/events.hpp"

namespace hotswap::worker {

namespace {

using bridge::Sql;
using core::Event;
using core::State;
using store::Migration;
using store::StepRow;

std::optional<Migration> migration_of(Sql &sql, const Migration &script, const StepRow &step)
{
    for (const Migration &part : store::parts_of(sql, script.id))
        if (part.part == step.number)
            return part;
    return std::nullopt;
}

bool waits(const Migration &part)
{
    return part.state == State::awaiting || part.state == State::baking;
}

// What the statement asked for is there, only the way back is still open.
bool has_switched(const Migration &part)
{
    return waits(part) && (part.phase == "bake" || part.phase == "contract");
}

bool was_taken_back(const Migration &part)
{
    return part.state == State::cancelled || part.state == State::rolled_back;
}

// In the words of the part. What they say to type is typed for the script, which goes on with it: the part alone would leave the
// script where it is.
std::string about(const Migration &script, const StepRow &step, const Migration &part)
{
    std::string reason = part.reason;
    const std::string own = "('" + part.id + "'", wanted = "('" + script.id + "'";
    for (std::size_t at = reason.find(own); at != std::string::npos; at = reason.find(own, at + wanted.size()))
        reason.replace(at, own.size(), wanted);
    return step.step.title + " (" + part.id + "): " + reason;
}

}  // namespace

PartLook look_at_part(Sql &sql, Migration *script, const StepRow &step)
{
    const auto part = migration_of(sql, *script, step);
    if (!part)
        return PartLook::not_stored;
    if (part->state == State::completed || has_switched(*part)) {
        store::step_done(sql, script->id, step.number, false, 0);
        store::set_reason(sql, script->id, "");
        return PartLook::moving;
    }
    if (was_taken_back(*part)) {
        (void)store::take_event(sql, script, Event::fail,
                                step.step.title + ": its migration \"" + part->id + "\" was taken back. Type hotswap.retry('" + script->id +
                                    "') to start it again, or hotswap.rollback.");
        return PartLook::resting;
    }
    switch (part->state) {
    case State::awaiting:
    case State::baking:
        (void)store::take_event(sql, script, Event::hold, about(*script, step, *part));
        return PartLook::resting;
    case State::paused:
        (void)store::take_event(sql, script, Event::trip, about(*script, step, *part));
        return PartLook::resting;
    case State::failed:
        (void)store::take_event(sql, script, Event::fail, about(*script, step, *part));
        return PartLook::resting;
    default:
        store::set_reason(sql, script->id, part->reason.empty() ? "" : about(*script, step, *part));
        return PartLook::moving;
    }
}

PartLook look_at_end(Sql &sql, Migration *script)
{
    PartLook look = PartLook::not_stored;
    for (const Migration &part : store::parts_of(sql, script->id)) {
        if (part.state == State::completed)
            continue;
        if (core::needs_worker(part.state) && part.state != State::baking) {
            look = PartLook::moving;
            continue;
        }
        (void)store::take_event(sql, script, waits(part) ? Event::hold : Event::fail,
                                "all statements are done; " + part.id + (was_taken_back(part) ? " was taken back" : ": " + part.reason));
        return PartLook::resting;
    }
    return look;
}

bool script_may_go_on(Sql &sql, const Migration &script)
{
    const auto parts = store::parts_of(sql, script.id);
    return std::none_of(parts.begin(), parts.end(), waits);
}

bool take_part_back(Sql &sql, Migration *script, const StepRow &step)
{
    auto part = migration_of(sql, *script, step);
    if (!part || was_taken_back(*part)) {
        store::step_done(sql, script->id, step.number, true, 0);
        return true;
    }
    if (step.state != "undoing") {
        store::step_begins(sql, script->id, step.number, true);
        return true;
    }
    Migration locked = store::lock_migration(sql, part->id);
    if (locked.direction == core::Direction::forward) {
        if (!store::take_event(sql, &locked, Event::rollback, "taken back with " + script->id))
            (void)store::take_event(sql, script, Event::fail, about(*script, step, locked));
        return true;
    }
    if (locked.state == State::failed || locked.state == State::paused) {
        (void)store::take_event(sql, script, locked.state == State::failed ? Event::fail : Event::trip, about(*script, step, locked));
        return false;
    }
    store::set_reason(sql, script->id, about(*script, step, locked));
    return true;
}

}  // namespace hotswap::worker
