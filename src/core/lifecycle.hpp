// The life of a migration: one table, state x event -> state. Workers and SQL functions only interpret it.
//
//   planned --begin--> running --finish--> completed
//                      |  ^  ^
//               hold   |  |  | advance / elapsed
//                      v  |  |
//                   awaiting-+        running --trip--> paused --resume--> running
//                                     running --fail--> failed --retry---> running
//   planned|running|awaiting|baking|paused|failed --undo--> rolling_back --undone--> cancelled | rolled_back
//   completed --rollback--> rolling_back, unless a step was irreversible
//   rolling_back --trip--> paused(undo) --resume--> rolling_back;  --fail--> failed(undo) --retry--> rolling_back
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>

namespace hotswap::core {

enum class State { planned, running, awaiting, paused, baking, completed, failed, cancelled, rolling_back, rolled_back };

enum class Event {
    begin,      // a conductor takes it up
    hold,       // reached a step that waits for a person or a date
    advance,    // hotswap.advance / hotswap.complete
    elapsed,    // the date of a waiting step has passed
    pause,      // hotswap.pause
    trip,       // hotswap pauses by itself, with a reason
    resume,     // hotswap.resume
    fail,       // a step failed and retrying would not help
    retry,      // hotswap.retry
    cancel,     // hotswap.cancel, or status = 'cancelled' in _migration_progress
    rollback,   // hotswap.rollback
    undone,     // every step has been undone
    bake,       // the switch is done, watching
    finish,     // the last step is done
};

enum class Direction { forward, undo };

// The state after event, or nothing when the event is not allowed there.
// direction is the migration's: an undo that was paused or failed goes on undoing.
// undone ends in cancelled or rolled_back by `asked_by` (the event that began the undo: cancel or rollback).
std::optional<State> next_state(State state, Event event, Direction direction, Event asked_by = Event::rollback);

bool is_final(State state);           // completed, cancelled, rolled_back
bool needs_worker(State state);       // planned, running, baking, rolling_back

const char *to_text(State state);
const char *to_text(Event event);
State state_from_text(const std::string &text);

// "cannot pause migration "x": it is completed" with a hint that says what can be typed instead.
struct Refusal {
    std::string message, detail, hint;
};
Refusal refuse(const std::string &migration_id, State state, Event event, Direction direction);

}  // namespace hotswap::core
