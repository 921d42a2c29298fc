// When a change of a metric counts.
// SPDX-License-Identifier: PostgreSQL
#include "core/health.hpp"

#include <random>

#include <gtest/gtest.h>

namespace hotswap::core {
namespace {

std::vector<double> around(double middle, int n, unsigned seed)
{
    std::mt19937 random(seed);
    std::lognormal_distribution<double> spread(0, 0.2);
    std::vector<double> values;
    for (int i = 0; i < n; ++i)
        values.push_back(middle * spread(random));
    return values;
}

MetricVerdict latency(double before, double after, int n = 40, const Threshold &threshold = {})
{
    return judge(*find_metric("transaction_latency"), threshold, around(before, n, 1), around(after, n, 2));
}

TEST(Health, ALatencyThatDoublesFails)
{
    const MetricVerdict verdict = latency(10, 20);
    EXPECT_EQ(verdict.judgement, Judgement::fail);
    EXPECT_GT(verdict.shift_low, verdict.limit);
    EXPECT_EQ(explain({verdict}).find("transaction_latency was"), 0U);
}

TEST(Health, ALatencyThatStaysPasses)
{
    EXPECT_EQ(latency(10, 10).judgement, Judgement::pass);
    EXPECT_EQ(latency(10, 11).judgement, Judgement::pass);   // worse, but by less than is tolerated
    EXPECT_EQ(latency(10, 3).judgement, Judgement::pass);
}

// Tripled, and still nothing anybody would notice.
TEST(Health, AShiftBelowTheLeastPasses)
{
    EXPECT_EQ(latency(0.1, 0.3).judgement, Judgement::pass);
    EXPECT_EQ(latency(0.1, 0.3, 40, {.least_shift = 0.01}).judgement, Judgement::fail);
}

TEST(Health, TheToleranceOfAPersonCounts)
{
    EXPECT_EQ(latency(10, 20, 40, {.tolerance = 2.0}).judgement, Judgement::pass);
    EXPECT_EQ(latency(10, 14, 200, {.tolerance = 0.1}).judgement, Judgement::fail);
}

TEST(Health, TooFewSamplesAreNoVerdict)
{
    MetricVerdict verdict = latency(10, 1000, 19);
    EXPECT_EQ(verdict.judgement, Judgement::inconclusive);
    EXPECT_EQ(verdict.missing, 1);
    verdict = judge(*find_metric("transaction_latency"), {}, around(10, 40, 1), {});
    EXPECT_EQ(verdict.missing, kLeastSamples);
    EXPECT_EQ(explain({verdict}), "transaction_latency has 40 of 20 samples with traffic before and 0 since");
}

TEST(Health, FewerTransactionsAreTheBadDirectionOfTps)
{
    const Metric &tps = *find_metric("tps");
    EXPECT_EQ(judge(tps, {}, around(1000, 40, 1), around(200, 40, 2)).judgement, Judgement::fail);
    EXPECT_EQ(judge(tps, {}, around(1000, 40, 1), around(5000, 40, 2)).judgement, Judgement::pass);
    EXPECT_FALSE(tps.judged);
}

TEST(Health, OneOutlierIsNoChange)
{
    std::vector<double> after = around(10, 40, 2);
    after[7] = 1e6;
    EXPECT_EQ(judge(*find_metric("transaction_latency"), {}, around(10, 40, 1), after).judgement, Judgement::pass);
}

TEST(Health, OneFailureDecidesAndSilenceIsNoPass)
{
    MetricVerdict pass, fail, open;
    pass.judgement = Judgement::pass;
    fail.judgement = Judgement::fail;
    EXPECT_EQ(overall({pass, open, fail}), Judgement::fail);
    EXPECT_EQ(overall({pass, open}), Judgement::inconclusive);
    EXPECT_EQ(overall({pass, pass}), Judgement::pass);
    EXPECT_EQ(overall({}), Judgement::inconclusive);
}

}  // namespace
}  // namespace hotswap::core
