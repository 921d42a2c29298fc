// The lifecycle as data. A line that is not in the table is not allowed; there is no second place that decides.
// SPDX-License-Identifier: PostgreSQL
#include "core/lifecycle.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"

namespace hotswap::core {

namespace {

struct Transition {
    State state;
    Event event;
    State next;
};

// Where next is running, a migration that is being undone goes to rolling_back instead: see next_state.
// Whether an undo after the switch is still possible is not known here: the caller looks at the steps.
constexpr Transition kTransitions[] = {
    {State::planned, Event::begin, State::running},
    {State::planned, Event::pause, State::paused},
    {State::planned, Event::fail, State::failed},
    {State::planned, Event::cancel, State::cancelled},  // nothing was done yet, so nothing has to be undone
    {State::planned, Event::rollback, State::rolled_back},

    {State::running, Event::hold, State::awaiting},
    {State::running, Event::pause, State::paused},
    {State::running, Event::trip, State::paused},
    {State::running, Event::fail, State::failed},
    {State::running, Event::bake, State::baking},
    {State::running, Event::finish, State::completed},
    {State::running, Event::cancel, State::rolling_back},
    {State::running, Event::rollback, State::rolling_back},

    {State::awaiting, Event::advance, State::running},
    {State::awaiting, Event::elapsed, State::running},
    {State::awaiting, Event::pause, State::paused},
    {State::awaiting, Event::cancel, State::rolling_back},
    {State::awaiting, Event::rollback, State::rolling_back},

    {State::paused, Event::resume, State::running},
    {State::paused, Event::retry, State::running},
    {State::paused, Event::cancel, State::rolling_back},
    {State::paused, Event::rollback, State::rolling_back},

    {State::baking, Event::elapsed, State::running},
    {State::baking, Event::advance, State::running},
    {State::baking, Event::pause, State::paused},
    {State::baking, Event::trip, State::paused},
    {State::baking, Event::fail, State::failed},
    {State::baking, Event::cancel, State::rolling_back},
    {State::baking, Event::rollback, State::rolling_back},

    {State::failed, Event::retry, State::running},
    {State::failed, Event::cancel, State::rolling_back},
    {State::failed, Event::rollback, State::rolling_back},

    {State::completed, Event::rollback, State::rolling_back},  // when no step was irreversible

    {State::rolling_back, Event::pause, State::paused},
    {State::rolling_back, Event::trip, State::paused},
    {State::rolling_back, Event::fail, State::failed},
    {State::rolling_back, Event::undone, State::rolled_back},  // or cancelled, by asked_by
};

constexpr State kStates[] = {State::planned,   State::running, State::awaiting,  State::paused,       State::baking,
                             State::completed, State::failed,  State::cancelled, State::rolling_back, State::rolled_back};

// What a person can type.
constexpr Event kCalls[] = {Event::advance, Event::pause, Event::resume, Event::retry, Event::cancel, Event::rollback};

std::string possible_calls(const std::string &migration_id, State state, Direction direction)
{
    std::string calls;
    for (Event event : kCalls)
        if (next_state(state, event, direction))
            calls +=
                fmt::format("{}SELECT hotswap.{}({})", calls.empty() ? "" : ", ", to_text(event), quote_literal(migration_id));
    return calls;
}

std::string hint_for(const std::string &migration_id, State state, Event event, Direction direction)
{
    if (state == State::completed && event == Event::cancel)
        return fmt::format("Type hotswap.rollback({}) to take it back.", quote_literal(migration_id));
    if (is_final(state))
        return "It is over. Start a new migration with hotswap.start.";
    std::string calls = possible_calls(migration_id, state, direction);
    if (calls.empty())
        return fmt::format("Follow it with SELECT * FROM hotswap.status({}).", quote_literal(migration_id));
    return fmt::format("Possible now: {}.", calls);
}

}  // namespace

std::optional<State> next_state(State state, Event event, Direction direction, Event asked_by)
{
    for (const Transition &line : kTransitions) {
        if (line.state != state || line.event != event)
            continue;
        if (line.event == Event::undone && asked_by == Event::cancel)
            return State::cancelled;
        if (line.next == State::running && direction == Direction::undo)
            return State::rolling_back;
        return line.next;
    }
    return std::nullopt;
}

bool is_final(State state)
{
    return state == State::completed || state == State::cancelled || state == State::rolled_back;
}

bool needs_worker(State state)
{
    return state == State::planned || state == State::running || state == State::baking || state == State::rolling_back;
}

const char *to_text(State state)
{
    switch (state) {
    case State::planned:
        return "planned";
    case State::running:
        return "running";
    case State::awaiting:
        return "awaiting";
    case State::paused:
        return "paused";
    case State::baking:
        return "baking";
    case State::completed:
        return "completed";
    case State::failed:
        return "failed";
    case State::cancelled:
        return "cancelled";
    case State::rolling_back:
        return "rolling_back";
    case State::rolled_back:
        return "rolled_back";
    }
    return "unknown";
}

const char *to_text(Event event)
{
    switch (event) {
    case Event::begin:
        return "begin";
    case Event::hold:
        return "hold";
    case Event::advance:
        return "advance";
    case Event::elapsed:
        return "elapsed";
    case Event::pause:
        return "pause";
    case Event::trip:
        return "trip";
    case Event::resume:
        return "resume";
    case Event::fail:
        return "fail";
    case Event::retry:
        return "retry";
    case Event::cancel:
        return "cancel";
    case Event::rollback:
        return "rollback";
    case Event::undone:
        return "undone";
    case Event::bake:
        return "bake";
    case Event::finish:
        return "finish";
    }
    return "unknown";
}

State state_from_text(const std::string &text)
{
    for (State state : kStates)
        if (text == to_text(state))
            return state;
    throw Error(sqlstate::kInternal, fmt::format("unknown state \"{}\"", text));
}

Refusal refuse(const std::string &migration_id, State state, Event event, Direction direction)
{
    Refusal refusal;
    refusal.message = fmt::format("cannot {} migration \"{}\": it is {}", to_text(event), migration_id, to_text(state));
    if (direction == Direction::undo && !is_final(state))
        refusal.detail = "The migration is being undone.";
    refusal.hint = hint_for(migration_id, state, event, direction);
    return refusal;
}

}  // namespace hotswap::core
