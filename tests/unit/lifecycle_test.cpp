// The whole table, state by event, in both directions.
// SPDX-License-Identifier: PostgreSQL
#include "core/lifecycle.hpp"

#include <map>

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace hotswap::core {

namespace {

constexpr State kStates[] = {State::planned,   State::running, State::awaiting,  State::paused,       State::baking,
                             State::completed, State::failed,  State::cancelled, State::rolling_back, State::rolled_back};
constexpr Event kEvents[] = {Event::begin,    Event::hold,   Event::advance, Event::elapsed, Event::pause,
                             Event::trip,     Event::resume, Event::fail,    Event::retry,   Event::cancel,
                             Event::rollback, Event::undone, Event::bake,    Event::finish};

using Table = std::map<std::pair<State, Event>, State>;

Table forward()
{
    using S = State;
    using E = Event;
    return {
        {{S::planned, E::begin}, S::running},
        {{S::planned, E::pause}, S::paused},
        {{S::planned, E::fail}, S::failed},
        {{S::planned, E::cancel}, S::cancelled},
        {{S::planned, E::rollback}, S::rolled_back},
        {{S::running, E::hold}, S::awaiting},
        {{S::running, E::pause}, S::paused},
        {{S::running, E::trip}, S::paused},
        {{S::running, E::fail}, S::failed},
        {{S::running, E::bake}, S::baking},
        {{S::running, E::finish}, S::completed},
        {{S::running, E::cancel}, S::rolling_back},
        {{S::running, E::rollback}, S::rolling_back},
        {{S::awaiting, E::advance}, S::running},
        {{S::awaiting, E::elapsed}, S::running},
        {{S::awaiting, E::pause}, S::paused},
        {{S::awaiting, E::cancel}, S::rolling_back},
        {{S::awaiting, E::rollback}, S::rolling_back},
        {{S::paused, E::resume}, S::running},
        {{S::paused, E::retry}, S::running},
        {{S::paused, E::cancel}, S::rolling_back},
        {{S::paused, E::rollback}, S::rolling_back},
        {{S::baking, E::elapsed}, S::running},
        {{S::baking, E::advance}, S::running},
        {{S::baking, E::pause}, S::paused},
        {{S::baking, E::trip}, S::paused},
        {{S::baking, E::fail}, S::failed},
        {{S::baking, E::cancel}, S::rolling_back},
        {{S::baking, E::rollback}, S::rolling_back},
        {{S::failed, E::retry}, S::running},
        {{S::failed, E::cancel}, S::rolling_back},
        {{S::failed, E::rollback}, S::rolling_back},
        {{S::completed, E::rollback}, S::rolling_back},
        {{S::rolling_back, E::pause}, S::paused},
        {{S::rolling_back, E::trip}, S::paused},
        {{S::rolling_back, E::fail}, S::failed},
        {{S::rolling_back, E::undone}, S::rolled_back},
    };
}

}  // namespace

TEST(Lifecycle, every_state_and_event_leads_where_the_table_says_and_nowhere_else)
{
    Table table = forward();
    for (State state : kStates)
        for (Event event : kEvents) {
            auto found = table.find({state, event});
            std::optional<State> expected;
            if (found != table.end())
                expected = found->second;
            EXPECT_EQ(next_state(state, event, Direction::forward), expected) << to_text(state) << " " << to_text(event);
        }
}

TEST(Lifecycle, an_undo_that_was_paused_or_failed_goes_on_undoing)
{
    EXPECT_EQ(next_state(State::paused, Event::resume, Direction::undo), State::rolling_back);
    EXPECT_EQ(next_state(State::paused, Event::retry, Direction::undo), State::rolling_back);
    EXPECT_EQ(next_state(State::failed, Event::retry, Direction::undo), State::rolling_back);
    EXPECT_EQ(next_state(State::failed, Event::cancel, Direction::undo), State::rolling_back);
}

TEST(Lifecycle, no_event_leads_from_undoing_to_running)
{
    for (State state : kStates)
        for (Event event : kEvents)
            EXPECT_NE(next_state(state, event, Direction::undo), State::running) << to_text(state) << " " << to_text(event);
}

TEST(Lifecycle, an_undo_ends_as_what_it_was_asked_for)
{
    EXPECT_EQ(next_state(State::rolling_back, Event::undone, Direction::undo, Event::cancel), State::cancelled);
    EXPECT_EQ(next_state(State::rolling_back, Event::undone, Direction::undo, Event::rollback), State::rolled_back);
}

TEST(Lifecycle, a_final_state_needs_no_worker_and_only_rollback_leads_out_of_completed)
{
    for (State state : {State::completed, State::cancelled, State::rolled_back}) {
        EXPECT_TRUE(is_final(state));
        EXPECT_FALSE(needs_worker(state));
        for (Event event : kEvents)
            EXPECT_EQ(next_state(state, event, Direction::forward).has_value(), state == State::completed && event == Event::rollback);
    }
}

TEST(Lifecycle, a_worker_is_needed_where_something_moves)
{
    for (State state : {State::planned, State::running, State::baking, State::rolling_back})
        EXPECT_TRUE(needs_worker(state));
    for (State state : {State::awaiting, State::paused, State::failed})
        EXPECT_FALSE(needs_worker(state));
}

TEST(Lifecycle, the_name_of_a_state_reads_back)
{
    for (State state : kStates)
        EXPECT_EQ(state_from_text(to_text(state)), state);
    EXPECT_THROW(state_from_text("done"), Error);
}

TEST(Lifecycle, a_refusal_names_the_state_and_says_what_can_be_typed)
{
    Refusal refusal = refuse("m'1", State::awaiting, Event::resume, Direction::forward);
    EXPECT_EQ(refusal.message, "cannot resume migration \"m'1\": it is awaiting");
    EXPECT_EQ(refusal.detail, "");
    EXPECT_EQ(refusal.hint,
              "Possible now: SELECT hotswap.advance('m''1'), SELECT hotswap.pause('m''1'), SELECT hotswap.cancel('m''1'), "
              "SELECT hotswap.rollback('m''1').");
}

TEST(Lifecycle, a_completed_migration_cannot_be_cancelled_and_says_what_can_be_done)
{
    Refusal refusal = refuse("x", State::completed, Event::cancel, Direction::forward);
    EXPECT_EQ(refusal.message, "cannot cancel migration \"x\": it is completed");
    EXPECT_EQ(refusal.hint, "Type hotswap.rollback('x') to take it back.");
}

TEST(Lifecycle, a_refusal_during_an_undo_says_so)
{
    Refusal refusal = refuse("x", State::rolling_back, Event::cancel, Direction::undo);
    EXPECT_EQ(refusal.detail, "The migration is being undone.");
    EXPECT_EQ(refusal.hint, "Possible now: SELECT hotswap.pause('x').");
}

}  // namespace hotswap::core
