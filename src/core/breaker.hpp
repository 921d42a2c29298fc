// A circuit breaker: counts calls that failed or were slow, opens when they are too many, and finds out by itself, with a few
// trial calls, when it may close again. Everything here is plain data and never throws: it lives in shared memory, under a lock.
//
//             trip                    wait_over
//   closed ---------> open ------------------------> half_open
//     ^                ^  relapse (waits longer),      |  |
//     |                +--- unanswered ----------------+  |
//     +--------------------- healed ----------------------+
//   forced_open, disabled: set by hand, as any state can be; they stay until they are set to something else.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/call_window.hpp"

namespace hotswap::core {

enum class BreakerState : std::uint8_t { closed, open, half_open, forced_open, disabled };

enum class BreakerEvent : std::uint8_t {
    trip,         // too many calls failed or were slow
    wait_over,    // it has been open for long enough
    healed,       // as many trial calls as wanted were good
    relapse,      // a trial call failed
    unanswered,   // trial calls were let through, and nobody said how they ended
};

std::optional<BreakerState> next_state(BreakerState state, BreakerEvent event);

// Why it is in its state.
enum class BreakerCause : std::uint8_t { none, in_a_row, failed, slow, trial_failed, no_answer, by_hand };

struct BreakerRules {
    bool by_count = false;             // the window: the last window_calls calls, or those of the last window_ms
    double window_ms = 30000;
    int window_calls = 100;            // at most CallWindow::kMostCalls
    int minimum_calls = 20;            // fewer in the window say nothing
    double failure_ratio = 0.5;        // 0: not looked at
    double slow_ratio = 0.5;           // 0: not looked at
    double slow_ms = 10000;            // a call that took longer was slow
    int consecutive_failures = 0;      // opens at that many one after the other, however few the calls; 0: not looked at
    double open_ms = 30000;            // doubled each time a trial call fails,
    double max_open_ms = 600000;       // up to this
    int half_open_calls = 1;           // trial calls let through at a time, and good ones wanted to close
    double half_open_ms = 60000;       // for trial calls to be answered
};

struct Breaker {
    BreakerState state = BreakerState::closed;
    BreakerCause cause = BreakerCause::none;
    int opens = 0;                     // times it opened since it was closed the last time
    int in_a_row = 0;                  // failures since the last good call
    int trials_out = 0;                // half_open: let through and not answered
    int trials_good = 0;
    double since_ms = 0;               // in this state
    double until_ms = 0;               // open: when a trial call may pass. half_open: when it counts as unanswered
    double last_failure_ms = 0;
    WindowCounts at_trip;              // what it opened on
    CallWindow window;
    std::uint64_t changes = 0;         // of the state; never goes back
};

// Whether a call may be made, and then it is counted as a trial call where that matters. Each call that was let through is to be
// answered by record, or given back when it was not made after all.
bool may_pass(Breaker &breaker, const BreakerRules &rules, double now_ms);
bool would_pass(Breaker &breaker, const BreakerRules &rules, double now_ms);   // counts nothing
void give_back(Breaker &breaker);

// A call has ended. duration_ms below 0: not known.
void record(Breaker &breaker, const BreakerRules &rules, bool success, double duration_ms, double now_ms);

// The state as it was remembered elsewhere, or as somebody wants it. until_ms 0: open for as long as the first time.
void adopt(Breaker &breaker, const BreakerRules &rules, BreakerState state, BreakerCause cause, int opens, double since_ms, double until_ms);

// Of the window; while it is open or half open, what it opened on.
WindowCounts counts_of(const Breaker &breaker, const BreakerRules &rules, double now_ms);

// Whether an error that ended a step says something about the server's health, rather than about the statement, its rows, a lock
// that was not to be had (the lock policy has its own patience) or somebody who cancelled.
bool speaks_of_health(const std::string &sqlstate);

const char *to_text(BreakerState state);
std::optional<BreakerState> breaker_state_from_text(const std::string &text);
const char *to_text(BreakerCause cause);                  // one word, for the table
BreakerCause breaker_cause_from_text(const std::string &text);
std::string why(const Breaker &breaker, const BreakerRules &rules);   // for people: "5 failures in a row"

}  // namespace hotswap::core
