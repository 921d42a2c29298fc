// The rank test against published figures, and by its own laws.
// SPDX-License-Identifier: PostgreSQL
#include "core/rank_test.hpp"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

namespace hotswap::core {
namespace {

// Ozone in New York, May and August 1973 (Chambers et al. 1983): W = 127.5, two-sided p = 0.0001208 (R, wilcox.test).
const std::vector<double> kMay = {41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11, 1, 11, 4, 32, 23, 45, 115, 37};
const std::vector<double> kAugust = {39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44, 21, 9, 45, 168, 73, 76, 118, 84, 85};
// Hollander, Wolfe (1973), p. 69: permeability of membranes; W = 35, normal approximation 0.1223 for the first being greater.
const std::vector<double> kTerm = {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
const std::vector<double> kEarly = {1.15, 0.88, 0.90, 0.74, 1.21};

TEST(RankTest, AgreesWithPublishedFiguresWhereThereAreTies)
{
    const RankTest test = rank_test(kMay, kAugust);
    EXPECT_DOUBLE_EQ(test.u, 26 * 26 - 127.5);
    EXPECT_NEAR(test.p_greater, 0.0001208 / 2, 0.00000005);
}

TEST(RankTest, AgreesWithPublishedFiguresWithoutTies)
{
    const RankTest test = rank_test(kEarly, kTerm);
    EXPECT_DOUBLE_EQ(test.u, 35);
    EXPECT_NEAR(test.p_greater, 0.1223, 0.0001);
    EXPECT_NEAR(shift_between(kEarly, kTerm, 0.95).estimate, 0.305, 0.0001);
}

TEST(RankTest, EqualValuesAreNoDifference)
{
    const RankTest test = rank_test({5, 5, 5}, {5, 5});
    EXPECT_DOUBLE_EQ(test.delta, 0);
    EXPECT_DOUBLE_EQ(test.p_greater, 1);
    EXPECT_DOUBLE_EQ(rank_test({}, {1}).p_greater, 1);
}

TEST(RankTest, DeltaIsOneWhenAllAreGreater)
{
    EXPECT_DOUBLE_EQ(rank_test({1, 2}, {3, 4}).delta, 1);
    EXPECT_DOUBLE_EQ(rank_test({3, 4}, {1, 2}).delta, -1);
}

TEST(RankTest, RarelySeesADifferenceWhereThereIsNone)
{
    std::mt19937 random(1);
    std::lognormal_distribution<double> latency(1, 0.5);
    int found = 0;
    for (int round = 0; round < 1000; ++round) {
        std::vector<double> first(30), second(30);
        std::generate(first.begin(), first.end(), [&] { return latency(random); });
        std::generate(second.begin(), second.end(), [&] { return latency(random); });
        found += rank_test(first, second).p_greater < 0.01 ? 1 : 0;
    }
    EXPECT_LE(found, 25);   // 10 are to be expected
}

TEST(Shift, IsTheDifferenceItWasMadeWith)
{
    std::vector<double> first, second;
    for (int i = 0; i < 40; ++i) {
        first.push_back(i);
        second.push_back(i + 7);
    }
    const Shift shift = shift_between(first, second, 0.98);
    EXPECT_DOUBLE_EQ(shift.estimate, 7);
    EXPECT_LT(shift.low, 7);
    EXPECT_GT(shift.high, 7);
    EXPECT_GT(shift.low, -1);
}

TEST(Shift, IsWideWithFewValues)
{
    const Shift shift = shift_between({1, 2, 3}, {2, 3, 4}, 0.98);
    EXPECT_DOUBLE_EQ(shift.low, -1);
    EXPECT_DOUBLE_EQ(shift.high, 3);
}

TEST(Median, OfAnyNumberOfValues)
{
    EXPECT_DOUBLE_EQ(median({}), 0);
    EXPECT_DOUBLE_EQ(median({3}), 3);
    EXPECT_DOUBLE_EQ(median({4, 1, 3, 2}), 2.5);
}

}  // namespace
}  // namespace hotswap::core
