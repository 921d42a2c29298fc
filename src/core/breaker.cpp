// See breaker.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/breaker.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/progress.hpp"

namespace hotswap::core {

namespace {

struct Transition {
    BreakerState state;
    BreakerEvent event;
    BreakerState next;
};

constexpr Transition kTransitions[] = {
    {BreakerState::closed, BreakerEvent::trip, BreakerState::open},
    {BreakerState::open, BreakerEvent::wait_over, BreakerState::half_open},
    {BreakerState::half_open, BreakerEvent::healed, BreakerState::closed},
    {BreakerState::half_open, BreakerEvent::relapse, BreakerState::open},
    {BreakerState::half_open, BreakerEvent::unanswered, BreakerState::open},
};

struct StateName {
    BreakerState state;
    const char *name;
};
constexpr StateName kStates[] = {{BreakerState::closed, "closed"},
                                 {BreakerState::open, "open"},
                                 {BreakerState::half_open, "half_open"},
                                 {BreakerState::forced_open, "forced_open"},
                                 {BreakerState::disabled, "disabled"}};

struct CauseName {
    BreakerCause cause;
    const char *name;
};
constexpr CauseName kCauses[] = {{BreakerCause::none, ""},
                                 {BreakerCause::in_a_row, "in_a_row"},
                                 {BreakerCause::failed, "failed"},
                                 {BreakerCause::slow, "slow"},
                                 {BreakerCause::trial_failed, "trial_failed"},
                                 {BreakerCause::no_answer, "no_answer"},
                                 {BreakerCause::by_hand, "by_hand"}};

double open_time(const Breaker &breaker, const BreakerRules &rules)
{
    const double doubled = rules.open_ms * std::ldexp(1.0, std::clamp(breaker.opens - 1, 0, 30));
    return std::min(doubled, std::max(rules.max_open_ms, rules.open_ms));
}

bool take(Breaker &breaker, const BreakerRules &rules, BreakerEvent event, BreakerCause cause, double now_ms)
{
    const auto next = next_state(breaker.state, event);
    if (!next)
        return false;
    breaker.state = *next;
    breaker.since_ms = now_ms;
    breaker.trials_out = breaker.trials_good = 0;
    ++breaker.changes;
    switch (*next) {
    case BreakerState::open:
        breaker.cause = cause;
        // Trial calls that nobody answered prove nothing: it waits again, but not longer.
        if (event != BreakerEvent::unanswered)
            ++breaker.opens;
        breaker.until_ms = now_ms + open_time(breaker, rules);
        break;
    case BreakerState::half_open:
        breaker.until_ms = now_ms + rules.half_open_ms;
        break;
    default:
        breaker.cause = BreakerCause::none;
        breaker.opens = breaker.in_a_row = 0;
        breaker.until_ms = 0;
        breaker.at_trip = {};
        breaker.window = {};
    }
    return true;
}

// What the clock alone changes.
void look_at_clock(Breaker &breaker, const BreakerRules &rules, double now_ms)
{
    // A clock that was set back must not keep it open for longer than it ever would be.
    if (breaker.state == BreakerState::open)
        breaker.until_ms = std::min(breaker.until_ms, now_ms + std::max(rules.max_open_ms, rules.open_ms));
    if (breaker.state == BreakerState::half_open && now_ms >= breaker.until_ms && breaker.trials_out > 0)
        (void)take(breaker, rules, BreakerEvent::unanswered, BreakerCause::no_answer, now_ms);
    else if (breaker.state == BreakerState::open && now_ms >= breaker.until_ms)
        (void)take(breaker, rules, BreakerEvent::wait_over, breaker.cause, now_ms);
}

WindowCounts window_counts(const Breaker &breaker, const BreakerRules &rules, double now_ms)
{
    return rules.by_count ? breaker.window.by_count() : breaker.window.by_time(now_ms, rules.window_ms);
}

bool is_at_least(std::int64_t part, std::int64_t whole, double ratio)
{
    return ratio > 0 && static_cast<double>(part) >= ratio * static_cast<double>(whole);
}

BreakerCause reason_to_trip(const Breaker &breaker, const BreakerRules &rules, const WindowCounts &counts)
{
    if (rules.consecutive_failures > 0 && breaker.in_a_row >= rules.consecutive_failures)
        return BreakerCause::in_a_row;
    if (counts.calls < std::max(1, rules.minimum_calls))
        return BreakerCause::none;
    if (is_at_least(counts.failures, counts.calls, rules.failure_ratio))
        return BreakerCause::failed;
    return is_at_least(counts.slow, counts.calls, rules.slow_ratio) ? BreakerCause::slow : BreakerCause::none;
}

}  // namespace

std::optional<BreakerState> next_state(BreakerState state, BreakerEvent event)
{
    for (const Transition &line : kTransitions)
        if (line.state == state && line.event == event)
            return line.next;
    return std::nullopt;
}

bool may_pass(Breaker &breaker, const BreakerRules &rules, double now_ms)
{
    look_at_clock(breaker, rules, now_ms);
    switch (breaker.state) {
    case BreakerState::closed:
    case BreakerState::disabled:
        return true;
    case BreakerState::half_open:
        if (breaker.trials_out + breaker.trials_good >= std::max(1, rules.half_open_calls))
            return false;
        // The time for an answer runs from the first one that is let through.
        if (breaker.trials_out == 0)
            breaker.until_ms = now_ms + rules.half_open_ms;
        ++breaker.trials_out;
        return true;
    default:
        return false;
    }
}

bool would_pass(Breaker &breaker, const BreakerRules &rules, double now_ms)
{
    // The clock is looked at here, too: somebody who only asks whether to ask must not keep a breaker half open for ever.
    look_at_clock(breaker, rules, now_ms);
    switch (breaker.state) {
    case BreakerState::closed:
    case BreakerState::disabled:
        return true;
    case BreakerState::half_open:
        return breaker.trials_out + breaker.trials_good < std::max(1, rules.half_open_calls);
    default:
        return false;
    }
}

void give_back(Breaker &breaker)
{
    if (breaker.state == BreakerState::half_open && breaker.trials_out > 0)
        --breaker.trials_out;
}

void record(Breaker &breaker, const BreakerRules &rules, bool success, double duration_ms, double now_ms)
{
    const bool slow = rules.slow_ms > 0 && duration_ms > rules.slow_ms;
    if (!success)
        breaker.last_failure_ms = now_ms;
    // A caller that never asks is a trial call once the time has come.
    if (breaker.state == BreakerState::open)
        look_at_clock(breaker, rules, now_ms);
    switch (breaker.state) {
    case BreakerState::closed: {
        breaker.in_a_row = success ? 0 : breaker.in_a_row + 1;
        breaker.window.add(success, slow, now_ms, rules.window_ms, rules.window_calls);
        if (success && !slow)
            return;
        const WindowCounts counts = window_counts(breaker, rules, now_ms);
        const BreakerCause cause = reason_to_trip(breaker, rules, counts);
        if (cause != BreakerCause::none && take(breaker, rules, BreakerEvent::trip, cause, now_ms))
            breaker.at_trip = counts;
        return;
    }
    case BreakerState::half_open:
        give_back(breaker);
        breaker.in_a_row = success ? 0 : breaker.in_a_row + 1;
        if (!success || slow)
            (void)take(breaker, rules, BreakerEvent::relapse, BreakerCause::trial_failed, now_ms);
        else if (++breaker.trials_good >= std::max(1, rules.half_open_calls))
            (void)take(breaker, rules, BreakerEvent::healed, BreakerCause::none, now_ms);
        return;
    default:
        return;   // open: a call from before it opened. The others do not count.
    }
}

void adopt(Breaker &breaker, const BreakerRules &rules, BreakerState state, BreakerCause cause, int opens, double since_ms, double until_ms)
{
    const std::uint64_t changes = breaker.changes;
    const double last_failure = breaker.last_failure_ms;
    breaker = Breaker();
    breaker.state = state;
    breaker.cause = cause;
    breaker.since_ms = since_ms;
    breaker.changes = changes;
    breaker.last_failure_ms = last_failure;
    if (state == BreakerState::open || state == BreakerState::half_open)
        breaker.opens = std::max(1, opens);
    if (state == BreakerState::open)
        breaker.until_ms = until_ms > 0 ? until_ms : since_ms + open_time(breaker, rules);
    if (state == BreakerState::half_open)
        breaker.until_ms = since_ms + rules.half_open_ms;
}

WindowCounts counts_of(const Breaker &breaker, const BreakerRules &rules, double now_ms)
{
    const bool tripped = breaker.state == BreakerState::open || breaker.state == BreakerState::half_open;
    return tripped ? breaker.at_trip : window_counts(breaker, rules, now_ms);
}

bool speaks_of_health(const std::string &sqlstate)
{
    static constexpr const char *kElsewhere[] = {"0A", "21", "22", "23", "26", "2B", "2F", "34", "3D", "3F", "42", "44", "55", "57", "P0"};
    for (const char *known : kElsewhere)
        if (sqlstate.compare(0, 2, known) == 0)
            return false;
    return true;
}

const char *to_text(BreakerState state)
{
    for (const StateName &line : kStates)
        if (line.state == state)
            return line.name;
    return "closed";
}

std::optional<BreakerState> breaker_state_from_text(const std::string &text)
{
    for (const StateName &line : kStates)
        if (text == line.name)
            return line.state;
    return std::nullopt;
}

const char *to_text(BreakerCause cause)
{
    for (const CauseName &line : kCauses)
        if (line.cause == cause)
            return line.name;
    return "";
}

BreakerCause breaker_cause_from_text(const std::string &text)
{
    for (const CauseName &line : kCauses)
        if (text == line.name)
            return line.cause;
    return BreakerCause::none;
}

std::string why(const Breaker &breaker, const BreakerRules &rules)
{
    const std::string window = rules.by_count ? std::string() : fmt::format(" within {}", duration_text(rules.window_ms / 1000));
    switch (breaker.cause) {
    case BreakerCause::in_a_row:
        return fmt::format("{} failures in a row", std::max(breaker.in_a_row, rules.consecutive_failures));
    case BreakerCause::failed:
        if (breaker.at_trip.calls == 0)
            return "too many calls failed";
        return fmt::format("{} of {} calls failed{}", breaker.at_trip.failures, breaker.at_trip.calls, window);
    case BreakerCause::slow:
        if (breaker.at_trip.calls == 0)
            return "too many calls were slow";
        return fmt::format("{} of {} calls took longer than {}{}", breaker.at_trip.slow, breaker.at_trip.calls, duration_text(rules.slow_ms / 1000),
                           window);
    case BreakerCause::trial_failed:
        return "a trial call failed or was slow";
    case BreakerCause::no_answer:
        return fmt::format("nobody said within {} how the trial call ended", duration_text(rules.half_open_ms / 1000));
    case BreakerCause::by_hand:
        return "set by hand";
    case BreakerCause::none:
        break;
    }
    return "";
}

}  // namespace hotswap::core
