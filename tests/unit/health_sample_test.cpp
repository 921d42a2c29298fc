// What two readings of the server's counters say.
// SPDX-License-Identifier: PostgreSQL
#include "core/health_sample.hpp"

#include <gtest/gtest.h>

namespace hotswap::core {
namespace {

Counters reading(double at_ms, std::int64_t commits, double active_ms)
{
    Counters counters;
    counters.at_ms = at_ms;
    counters.reset_at = "a";
    counters.commits = commits;
    counters.active_ms = active_ms;
    return counters;
}

TEST(HealthSample, LatencyIsActiveTimeATransaction)
{
    Counters now = reading(2000, 600, 1300);
    now.rollbacks = 10;
    now.own_commits = 10;
    const auto sample = sample_between(reading(1000, 100, 300), now);
    ASSERT_TRUE(sample);
    EXPECT_DOUBLE_EQ(sample->period_ms, 1000);
    EXPECT_DOUBLE_EQ(sample->values.at("tps"), 500);
    EXPECT_DOUBLE_EQ(sample->values.at("transaction_latency"), 2);
    EXPECT_DOUBLE_EQ(sample->values.at("rollback_ratio"), 0.02);
    EXPECT_DOUBLE_EQ(sample->values.at("commit_rate"), 490);
    EXPECT_DOUBLE_EQ(sample->values.at("rollback_rate"), 10);
    EXPECT_EQ(sample->values.count("statement_latency"), 0U);
    EXPECT_EQ(sample->values.count("replication_lag"), 0U);
    EXPECT_EQ(sample->values.count("probe_latency"), 0U);
}

TEST(HealthSample, WhatTheWorkersDoIsNotTheApplication)
{
    Counters before = reading(1000, 100, 300), now = reading(2000, 160, 900);
    before.own_commits = 70;
    now.own_commits = 110;
    before.own_rollbacks = 3;
    now.own_rollbacks = 7;
    now.rollbacks = 4;
    now.probe_ms = 1.5;
    const auto sample = sample_between(before, now);
    EXPECT_DOUBLE_EQ(sample->values.at("tps"), 20);
    EXPECT_DOUBLE_EQ(sample->values.at("transaction_latency"), 30);
    EXPECT_DOUBLE_EQ(sample->values.at("rollback_ratio"), 0);
    EXPECT_DOUBLE_EQ(sample->values.at("probe_latency"), 1.5);
}

TEST(HealthSample, WithoutTrafficThereIsNoLatency)
{
    Counters now = reading(2000, 110, 300);
    now.own_commits = 10;
    const auto sample = sample_between(reading(1000, 100, 300), now);
    ASSERT_TRUE(sample);
    EXPECT_EQ(sample->values.count("transaction_latency"), 0U);
    EXPECT_EQ(sample->values.count("rollback_ratio"), 0U);
    EXPECT_DOUBLE_EQ(sample->values.at("tps"), 0);
}

TEST(HealthSample, CountersThatBeganAnewSayNothing)
{
    Counters now = reading(2000, 5, 1);
    EXPECT_FALSE(sample_between(reading(1000, 100, 300), now));
    now = reading(2000, 200, 400);
    now.reset_at = "b";
    EXPECT_FALSE(sample_between(reading(1000, 100, 300), now));
    EXPECT_FALSE(sample_between(reading(1000, 100, 300), reading(1000, 100, 300)));
}

TEST(HealthSample, StatementsWhereTheyAreCounted)
{
    Counters before = reading(1000, 100, 300), now = reading(3000, 200, 500);
    before.statements = 1000;
    now.statements = 1400;
    before.statement_ms = 50;
    now.statement_ms = 250;
    now.replication_lag_ms = 12;
    const auto sample = sample_between(before, now);
    EXPECT_DOUBLE_EQ(sample->values.at("statement_latency"), 0.5);
    EXPECT_DOUBLE_EQ(sample->values.at("tps"), 50);
    EXPECT_DOUBLE_EQ(sample->values.at("replication_lag"), 12);
}

}  // namespace
}  // namespace hotswap::core
