// The breaker's table of transitions, its windows, and the ways in which breakers are known to get stuck.
// SPDX-License-Identifier: PostgreSQL
#include "core/breaker.hpp"

#include <gtest/gtest.h>

namespace hotswap::core {
namespace {

constexpr double kStart = 1'000'000'000;

BreakerRules quick()
{
    BreakerRules rules;
    rules.minimum_calls = 4;
    return rules;
}

TEST(Breaker, TransitionsAreATable)
{
    using S = BreakerState;
    using E = BreakerEvent;
    int allowed = 0;
    for (const S state : {S::closed, S::open, S::half_open, S::forced_open, S::disabled})
        for (const E event : {E::trip, E::wait_over, E::healed, E::relapse, E::unanswered})
            allowed += next_state(state, event).has_value() ? 1 : 0;
    EXPECT_EQ(allowed, 5);
    EXPECT_EQ(next_state(S::closed, E::trip), S::open);
    EXPECT_EQ(next_state(S::open, E::wait_over), S::half_open);
    EXPECT_EQ(next_state(S::half_open, E::healed), S::closed);
    EXPECT_EQ(next_state(S::half_open, E::relapse), S::open);
    EXPECT_EQ(next_state(S::half_open, E::unanswered), S::open);
}

TEST(Breaker, FewCallsSayNothing)
{
    Breaker breaker;
    for (int i = 0; i < 3; ++i)
        record(breaker, quick(), false, -1, kStart);
    EXPECT_EQ(breaker.state, BreakerState::closed);
    record(breaker, quick(), false, -1, kStart);
    EXPECT_EQ(breaker.state, BreakerState::open);
    EXPECT_EQ(why(breaker, quick()), "4 of 4 calls failed within 30.0 s");
}

TEST(Breaker, RatioOfTheWindowOnly)
{
    Breaker breaker;
    const BreakerRules rules = quick();
    for (int i = 0; i < 3; ++i)
        record(breaker, rules, false, -1, kStart);
    // A minute later they are forgotten.
    for (int i = 0; i < 10; ++i)
        record(breaker, rules, i % 4 != 1, -1, kStart + 60000);
    EXPECT_EQ(breaker.state, BreakerState::closed);
    EXPECT_EQ(counts_of(breaker, rules, kStart + 60000).calls, 10);
    EXPECT_EQ(counts_of(breaker, rules, kStart + 60000).failures, 3);
    EXPECT_EQ(counts_of(breaker, rules, kStart + 95000).calls, 0);
}

TEST(Breaker, WindowSlides)
{
    Breaker breaker;
    BreakerRules rules = quick();
    rules.minimum_calls = 1000;
    for (int second = 0; second < 100; ++second)
        record(breaker, rules, true, -1, kStart + 1000.0 * second);
    EXPECT_EQ(counts_of(breaker, rules, kStart + 99000).calls, 30);
}

TEST(Breaker, LastCallsAreExact)
{
    Breaker breaker;
    BreakerRules rules;
    rules.by_count = true;
    rules.window_calls = 10;
    rules.minimum_calls = 10;
    for (int i = 0; i < 4; ++i)
        record(breaker, rules, false, -1, kStart);
    for (int i = 0; i < 1000; ++i)
        record(breaker, rules, true, -1, kStart + 3600000.0 * i);
    EXPECT_EQ(counts_of(breaker, rules, kStart).failures, 0);
    EXPECT_EQ(counts_of(breaker, rules, kStart).calls, 10);
    for (int i = 0; i < 4; ++i)
        record(breaker, rules, false, -1, kStart);
    EXPECT_EQ(breaker.state, BreakerState::closed);
    record(breaker, rules, false, -1, kStart);
    EXPECT_EQ(breaker.state, BreakerState::open);
}

TEST(Breaker, LargestRing)
{
    Breaker breaker;
    BreakerRules rules;
    rules.by_count = true;
    rules.window_calls = CallWindow::kMostCalls;
    rules.minimum_calls = rules.window_calls;
    for (int i = 0; i < 5000; ++i)
        record(breaker, rules, i % 4 != 0, -1, kStart);
    EXPECT_EQ(counts_of(breaker, rules, kStart).calls, 1024);
    EXPECT_EQ(counts_of(breaker, rules, kStart).failures, 256);
}

TEST(Breaker, SlowCallsOpenIt)
{
    Breaker breaker;
    const BreakerRules rules = quick();
    for (int i = 0; i < 4; ++i)
        record(breaker, rules, true, i % 2 == 0 ? 10001 : 5, kStart);
    EXPECT_EQ(breaker.state, BreakerState::closed) << "a quick call is not what opens it";
    record(breaker, rules, true, 10001, kStart);
    EXPECT_EQ(breaker.state, BreakerState::open);
    EXPECT_EQ(breaker.cause, BreakerCause::slow);
}

TEST(Breaker, InARow)
{
    Breaker breaker;
    BreakerRules rules;
    rules.consecutive_failures = 3;
    for (const bool success : {false, false, true, false, false})
        record(breaker, rules, success, -1, kStart);
    EXPECT_EQ(breaker.state, BreakerState::closed);
    record(breaker, rules, false, -1, kStart);
    EXPECT_EQ(breaker.state, BreakerState::open);
    EXPECT_EQ(why(breaker, rules), "3 failures in a row");
}

Breaker opened(const BreakerRules &rules)
{
    Breaker breaker;
    for (int i = 0; i < 4; ++i)
        record(breaker, rules, false, -1, kStart);
    return breaker;
}

TEST(Breaker, OpenTimeGrowsToItsLimit)
{
    const BreakerRules rules = quick();
    Breaker breaker = opened(rules);
    double now = kStart;
    for (const double seconds : {30, 60, 120, 240, 480, 600, 600}) {
        EXPECT_EQ(breaker.state, BreakerState::open);
        EXPECT_EQ(breaker.until_ms - now, seconds * 1000);
        EXPECT_FALSE(may_pass(breaker, rules, breaker.until_ms - 1));
        now = breaker.until_ms;
        EXPECT_TRUE(may_pass(breaker, rules, now));
        EXPECT_EQ(breaker.state, BreakerState::half_open);
        record(breaker, rules, false, -1, now);
    }
    now = breaker.until_ms;
    EXPECT_TRUE(may_pass(breaker, rules, now));
    record(breaker, rules, true, -1, now);
    EXPECT_EQ(breaker.state, BreakerState::closed);
    EXPECT_EQ(breaker.opens, 0);
    for (int i = 0; i < 4; ++i)
        record(breaker, rules, false, -1, now);
    EXPECT_EQ(breaker.until_ms - now, 30000) << "it begins anew";
}

TEST(Breaker, HalfOpenLetsNoMoreThrough)
{
    BreakerRules rules = quick();
    rules.half_open_calls = 3;
    Breaker breaker = opened(rules);
    const double now = breaker.until_ms;
    int passed = 0;
    for (int i = 0; i < 50; ++i)
        passed += may_pass(breaker, rules, now) ? 1 : 0;
    EXPECT_EQ(passed, 3);
    record(breaker, rules, true, -1, now);
    EXPECT_FALSE(may_pass(breaker, rules, now));
    record(breaker, rules, true, -1, now);
    record(breaker, rules, true, -1, now);
    EXPECT_EQ(breaker.state, BreakerState::closed);
}

TEST(Breaker, NeverStuckHalfOpen)
{
    const BreakerRules rules = quick();
    Breaker breaker = opened(rules);
    const double now = breaker.until_ms;
    EXPECT_TRUE(may_pass(breaker, rules, now));    // and nobody ever answers
    EXPECT_FALSE(may_pass(breaker, rules, now + 59999));
    EXPECT_FALSE(would_pass(breaker, rules, now + 60000));
    EXPECT_EQ(breaker.state, BreakerState::open);
    EXPECT_EQ(breaker.cause, BreakerCause::no_answer);
    EXPECT_EQ(breaker.until_ms, now + 60000 + 30000) << "no longer than before: nothing was proved";
    EXPECT_TRUE(would_pass(breaker, rules, now + 90000));
    EXPECT_TRUE(may_pass(breaker, rules, now + 90000));
}

TEST(Breaker, TimeOfATrialRunsFromTheTrial)
{
    const BreakerRules rules = quick();
    Breaker breaker = opened(rules);
    const double now = breaker.until_ms;
    EXPECT_TRUE(would_pass(breaker, rules, now));          // half open, nobody there
    EXPECT_TRUE(may_pass(breaker, rules, now + 3600000));  // an hour later somebody is
    EXPECT_EQ(breaker.state, BreakerState::half_open);
    record(breaker, rules, true, -1, now + 3600001);
    EXPECT_EQ(breaker.state, BreakerState::closed);
}

TEST(Breaker, GivenBackIsAsIfNotAsked)
{
    const BreakerRules rules = quick();
    Breaker breaker = opened(rules);
    const double now = breaker.until_ms;
    EXPECT_TRUE(may_pass(breaker, rules, now));
    EXPECT_FALSE(may_pass(breaker, rules, now));
    give_back(breaker);
    EXPECT_TRUE(may_pass(breaker, rules, now));
}

TEST(Breaker, CallersThatNeverAskAreTrials)
{
    const BreakerRules rules = quick();
    Breaker breaker = opened(rules);
    record(breaker, rules, true, -1, breaker.until_ms - 1);
    EXPECT_EQ(breaker.state, BreakerState::open) << "begun before it opened";
    record(breaker, rules, true, -1, breaker.until_ms);
    EXPECT_EQ(breaker.state, BreakerState::closed);
}

TEST(Breaker, SetByHandStays)
{
    const BreakerRules rules = quick();
    for (const BreakerState state : {BreakerState::forced_open, BreakerState::disabled}) {
        Breaker breaker = opened(rules);
        adopt(breaker, rules, state, BreakerCause::by_hand, 0, kStart, 0);
        for (int i = 0; i < 100; ++i)
            record(breaker, rules, i % 2 == 0, 99999, kStart + 1e9 * i);
        EXPECT_EQ(breaker.state, state);
        EXPECT_EQ(may_pass(breaker, rules, kStart + 1e12), state == BreakerState::disabled);
    }
    Breaker breaker = opened(rules);
    adopt(breaker, rules, BreakerState::closed, BreakerCause::by_hand, 0, kStart, 0);
    EXPECT_EQ(counts_of(breaker, rules, kStart).failures, 0);
    EXPECT_TRUE(may_pass(breaker, rules, kStart));
}

TEST(Breaker, ChangesNeverGoBack)
{
    const BreakerRules rules = quick();
    Breaker breaker = opened(rules);
    const std::uint64_t before = breaker.changes;
    EXPECT_GT(before, 0U);
    adopt(breaker, rules, BreakerState::closed, BreakerCause::by_hand, 0, kStart, 0);
    EXPECT_EQ(breaker.changes, before);
}

TEST(Breaker, ClockThatGoesBack)
{
    const BreakerRules rules = quick();
    Breaker breaker = opened(rules);
    EXPECT_FALSE(may_pass(breaker, rules, kStart - 1e8));
    EXPECT_TRUE(may_pass(breaker, rules, kStart - 1e8 + 600001)) << "no longer than max_open_ms";
    Breaker other;
    record(other, rules, true, -1, kStart);
    record(other, rules, true, -1, kStart - 5000);
    EXPECT_EQ(counts_of(other, rules, kStart).calls, 2);
    record(other, rules, true, -1, kStart - 1e8);
    EXPECT_EQ(counts_of(other, rules, kStart - 1e8).calls, 1);
}

TEST(Breaker, WhatSpeaksOfHealth)
{
    for (const char *state : {"40P01", "40001", "53100", "53200", "58030", "XX000", "54000", "08006"})
        EXPECT_TRUE(speaks_of_health(state)) << state;
    for (const char *state : {"55P03", "57014", "57P01", "22003", "23505", "42501", "0A000", "P0001", "55000"})
        EXPECT_FALSE(speaks_of_health(state)) << state;
}

TEST(Breaker, TextsAreReadBack)
{
    for (const BreakerState state : {BreakerState::closed, BreakerState::open, BreakerState::half_open, BreakerState::forced_open, BreakerState::disabled})
        EXPECT_EQ(breaker_state_from_text(to_text(state)), state);
    EXPECT_FALSE(breaker_state_from_text("OPEN"));
    for (const BreakerCause cause : {BreakerCause::none, BreakerCause::in_a_row, BreakerCause::failed, BreakerCause::slow, BreakerCause::trial_failed,
                                     BreakerCause::no_answer, BreakerCause::by_hand})
        EXPECT_EQ(breaker_cause_from_text(to_text(cause)), cause);
}

}  // namespace
}  // namespace hotswap::core
