// The numbers of the lock policy.
// SPDX-License-Identifier: PostgreSQL
#include "core/lock_ladder.hpp"

#include <gtest/gtest.h>

namespace hotswap::core {

TEST(LockLadder, the_timeout_is_twice_the_observed_p99_within_5_and_500_ms)
{
    EXPECT_DOUBLE_EQ(lock_timeout_ms(20, 1000, {}), 40);
    EXPECT_DOUBLE_EQ(lock_timeout_ms(0.5, 1000, {}), 5);
    EXPECT_DOUBLE_EQ(lock_timeout_ms(9000, 1000, {}), 500);
}

TEST(LockLadder, without_an_observation_the_timeout_is_100_ms)
{
    EXPECT_DOUBLE_EQ(lock_timeout_ms({}, 1000, {}), 100);
}

TEST(LockLadder, the_users_own_setting_wins_within_the_same_limits)
{
    EXPECT_DOUBLE_EQ(lock_timeout_ms(20, 1000, 250), 250);
    EXPECT_DOUBLE_EQ(lock_timeout_ms(20, 1000, 1), 5);
    EXPECT_DOUBLE_EQ(lock_timeout_ms(20, 1000, 60000), 500);
}

TEST(LockLadder, the_timeout_is_always_below_deadlock_timeout_so_that_hotswap_is_the_victim)
{
    for (double deadlock : {2.0, 10.0, 100.0, 400.0, 1000.0})
        for (double p99 : {1.0, 50.0, 1000.0})
            EXPECT_LT(lock_timeout_ms(p99, deadlock, {}), deadlock);
    EXPECT_GE(lock_timeout_ms({}, 1, {}), 1);  // 0 would mean to wait for ever
}

TEST(LockLadder, delays_double_with_jitter_up_to_five_seconds)
{
    LockLadder ladder(1e9, 42);
    double nominal = 10;
    for (int i = 0; i < 20; ++i) {
        double delay = *ladder.next_delay_ms(0);
        EXPECT_GE(delay, std::min(5000.0, nominal * 0.5));
        EXPECT_LE(delay, std::min(5000.0, nominal * 1.5));
        nominal = std::min(nominal * 2, 10240.0);
    }
    EXPECT_EQ(ladder.attempts(), 20);
}

TEST(LockLadder, T21_it_gives_up_when_the_budget_is_used_up_and_not_before)
{
    LockLadder ladder(1000, 1);
    EXPECT_TRUE(ladder.next_delay_ms(0));
    EXPECT_LE(*ladder.next_delay_ms(999), 1.0);
    EXPECT_FALSE(ladder.next_delay_ms(1000));
    EXPECT_FALSE(ladder.next_delay_ms(5000));
}

TEST(LockLadder, two_seeds_do_not_march_in_step_and_one_seed_repeats)
{
    LockLadder one(1e9, 1), same(1e9, 1), other(1e9, 2);
    double first = *one.next_delay_ms(0);
    EXPECT_DOUBLE_EQ(first, *same.next_delay_ms(0));
    EXPECT_NE(first, *other.next_delay_ms(0));
}

}  // namespace hotswap::core
