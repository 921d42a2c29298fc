// What stops a worker, what slows it down, and that what cannot be read stops it, too.
// SPDX-License-Identifier: PostgreSQL
#include "core/throttle.hpp"

#include <gtest/gtest.h>

namespace hotswap::core {
namespace {

Budget lag(std::optional<double> ms)
{
    return {.signal = "replication lag of standby \"s1\"", .observed = ms, .limit = 1000, .observed_text = "2.5 s", .limit_text = "1.0 s"};
}

TEST(Throttle, BudgetsStopAndAreNamed)
{
    EXPECT_EQ(judge({lag(1000)}, {}, false).text, "");
    const ThrottleVerdict verdict = judge({lag(0), lag(2500)}, {}, false);
    EXPECT_EQ(verdict.signal, "throttled: replication lag of standby \"s1\"");
    EXPECT_EQ(verdict.text, "throttled: replication lag of standby \"s1\" is 2.5 s, the limit is 1.0 s");
    EXPECT_EQ(judge({lag(2500)}, {}, true).text, "") << "exempt";
}

TEST(Throttle, FailsClosed)
{
    EXPECT_EQ(judge({lag(std::nullopt)}, {}, false).text, "throttled: replication lag of standby \"s1\" cannot be read, the limit is 1.0 s");
}

TEST(Throttle, FloorsAreTheOtherWayRound)
{
    Budget disk = {.signal = "free disk", .observed = 5, .limit = 10, .is_floor = true, .observed_text = "5 MB", .limit_text = "10 MB"};
    EXPECT_NE(judge({disk}, {}, false).text, "");
    disk.observed = 10;
    EXPECT_EQ(judge({disk}, {}, false).text, "");
}

TEST(Throttle, RestraintsAreGraded)
{
    EXPECT_EQ(judge({}, {{"a", 0.3, "a"}, {"b", 0.8, "b"}}, false).ratio, 0.8);
    EXPECT_EQ(judge({}, {{"a", 0.3, "a"}, {"b", 0.8, "b"}}, false).text, "");
    EXPECT_EQ(judge({}, {{"by app", 1, "by app until noon"}}, false).text, "throttled: by app until noon");
    EXPECT_DOUBLE_EQ(throttle_rest_ms(100, 0.8), 400);
    EXPECT_EQ(throttle_rest_ms(100, 0), 0);
    EXPECT_EQ(throttle_rest_ms(1e6, 0.9), kLongestThrottleRestMs);
}

TEST(Throttle, BudgetsThatAPaceCanKeepAreGraded)
{
    Budget graded = lag(500);
    graded.is_graded = true;
    EXPECT_EQ(judge({graded}, {}, false).ratio, 0);
    EXPECT_EQ(judge({graded}, {}, false).resting, "");
    graded.observed = 750;
    graded.observed_text = "0.8 s";
    EXPECT_DOUBLE_EQ(judge({graded}, {}, false).ratio, 0.475);
    EXPECT_EQ(judge({graded}, {{"a", 0.6, "a is high"}, {"b", 0, "b"}}, false).resting,
              "a is high; replication lag of standby \"s1\" is 0.8 s, the limit is 1.0 s");
    graded.observed = 1000;
    EXPECT_DOUBLE_EQ(judge({graded}, {}, false).ratio, 0.95) << "and above it, it stops";
    Budget plain = lag(750);
    EXPECT_EQ(judge({plain}, {}, false).ratio, 0);
}

TEST(Throttle, AStandbyThatLeftIsBehindForAWhile)
{
    SeenStandbys seen;
    seen.saw("a", 1000, 50);
    seen.saw("b", 1000, 60);
    EXPECT_TRUE(seen.missing(1000).empty());
    seen.saw("a", 2000, 70);
    ASSERT_EQ(seen.missing(2000).size(), 1u);
    EXPECT_EQ(seen.missing(2000)[0], (std::pair<std::string, double>("b", 60)));
    seen.saw("a", 70000, 80);
    EXPECT_TRUE(seen.missing(70000).empty()) << "taken away";
}

TEST(Throttle, CheckpointsComeByTheirShareOfMaxWalSize)
{
    EXPECT_DOUBLE_EQ(checkpoint_distance(1900, 0.9), 1000);
}

TEST(Throttle, LagByOurOwnClock)
{
    LagClock clock;
    EXPECT_EQ(clock.lag_ms(0, 0), 0);
    clock.wrote(1000, 100);
    clock.wrote(2000, 200);
    clock.wrote(3000, 300);
    clock.wrote(9000, 300);   // nothing new
    EXPECT_EQ(clock.lag_ms(9000, 300), 0) << "a quiet primary has no lag";
    EXPECT_EQ(clock.lag_ms(9000, 250), 6000);
    EXPECT_EQ(clock.lag_ms(9000, 200), 6000);
    EXPECT_EQ(clock.lag_ms(9000, 50), 8000);
    EXPECT_TRUE(clock.knows(100));
    EXPECT_FALSE(clock.knows(50)) << "it was there before we looked";
}

TEST(Throttle, LagIsRememberedForLong)
{
    LagClock clock;
    for (int i = 0; i < 20000; ++i)
        clock.wrote(1000.0 * i, 10.0 * i);
    EXPECT_GE(clock.lag_ms(20000000, 0), 19000000);
    EXPECT_NEAR(clock.lag_ms(20000000, 199900), 9000, 2000);
    clock.all_replayed(199900);
    EXPECT_NEAR(clock.lag_ms(20000000, 199900), 9000, 2000);
}

TEST(Throttle, RateOfWal)
{
    LagClock clock;
    clock.wrote(0, 0);
    EXPECT_EQ(clock.bytes_a_second(0), 0);
    clock.wrote(1000, 5000);
    clock.wrote(2000, 10000);
    EXPECT_DOUBLE_EQ(clock.bytes_a_second(2100), 5000);
    EXPECT_EQ(clock.bytes_a_second(20000), 0) << "nothing was written since";
    EXPECT_EQ(restraint_of_rate(5000, 0), 0);
    EXPECT_EQ(restraint_of_rate(5000, 5000), 0);
    EXPECT_DOUBLE_EQ(restraint_of_rate(5000, 2500), 0.5);
    EXPECT_DOUBLE_EQ(restraint_of_rate(1e12, 1), 0.95) << "steers, does not stop";
}

}  // namespace
}  // namespace hotswap::core
