// Rates and times for people.
// SPDX-License-Identifier: PostgreSQL
#include "core/progress.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace hotswap::core {

TEST(Progress, the_first_sample_is_the_rate)
{
    EXPECT_DOUBLE_EQ(smooth_rate(0, 500, 250), 2000);
}

TEST(Progress, a_short_spike_hardly_moves_the_rate_and_a_long_one_takes_over)
{
    EXPECT_NEAR(smooth_rate(1000, 1000, 100), 1000 + 9000 * (1 - std::exp(-0.01)), 1e-6);
    EXPECT_NEAR(smooth_rate(1000, 2000.0 * 100, 100000), 2000, 1);
}

TEST(Progress, a_sample_without_time_changes_nothing)
{
    EXPECT_DOUBLE_EQ(smooth_rate(1000, 5, 0), 1000);
}

TEST(Progress, the_time_left_is_unknown_while_there_is_no_rate)
{
    EXPECT_FALSE(seconds_left(10, 0));
    EXPECT_DOUBLE_EQ(*seconds_left(10, 5), 2);
    EXPECT_DOUBLE_EQ(*seconds_left(0, 0), 0);
}

TEST(Progress, percent_stays_between_0_and_100_and_nothing_to_do_is_100)
{
    EXPECT_DOUBLE_EQ(percent(1, 4), 25);
    EXPECT_DOUBLE_EQ(percent(5, 4), 100);
    EXPECT_DOUBLE_EQ(percent(-1, 4), 0);
    EXPECT_DOUBLE_EQ(percent(0, 0), 100);
}

TEST(Progress, durations_read_like_a_person_says_them)
{
    EXPECT_EQ(duration_text(0), "0.0 s");
    EXPECT_EQ(duration_text(3.14), "3.1 s");
    EXPECT_EQ(duration_text(59.96), "1 m 0 s");
    EXPECT_EQ(duration_text(125), "2 m 5 s");
    EXPECT_EQ(duration_text(3725), "1 h 2 m");
    EXPECT_EQ(duration_text(90000), "1 d 1 h");
}

}  // namespace hotswap::core
