// How long a backfill rests.
// SPDX-License-Identifier: PostgreSQL
#include <gtest/gtest.h>

#include "core/pace.hpp"

namespace hotswap::core {
namespace {

TEST(Pace, an_idle_server_is_used_in_full)
{
    EXPECT_EQ(rest_ms(500, {.active_clients = 0, .processors = 8}, 0.25), 0);
    EXPECT_EQ(rest_ms(500, {.active_clients = 4, .processors = 8}, 0.25), 0);
}

TEST(Pace, a_busy_server_gets_its_share_of_rest)
{
    EXPECT_DOUBLE_EQ(rest_ms(500, {.active_clients = 8, .processors = 8}, 0.25), 1500);
    EXPECT_DOUBLE_EQ(rest_ms(500, {.active_clients = 100, .processors = 8}, 0.25), 1500);
    EXPECT_DOUBLE_EQ(rest_ms(100, {.active_clients = 2, .processors = 2}, 0.5), 100);
}

TEST(Pace, in_between_the_rest_grows_in_proportion)
{
    EXPECT_DOUBLE_EQ(rest_ms(400, {.active_clients = 6, .processors = 8}, 0.5), 200);
}

TEST(Pace, a_full_share_never_rests)
{
    EXPECT_EQ(rest_ms(500, {.active_clients = 64, .processors = 2}, 1.0), 0);
}

TEST(Pace, chunks_are_short_where_clients_wait_for_their_rows)
{
    EXPECT_DOUBLE_EQ(chunk_target_ms(500, {.active_clients = 0, .processors = 2}), 500);
    EXPECT_DOUBLE_EQ(chunk_target_ms(500, {.active_clients = 8, .processors = 2}), kBusyChunkMs);
    EXPECT_DOUBLE_EQ(chunk_target_ms(500, {.active_clients = 1.5, .processors = 2}), (500 + kBusyChunkMs) / 2);
    EXPECT_DOUBLE_EQ(chunk_target_ms(20, {.active_clients = 8, .processors = 2}), 20);
}

TEST(Pace, a_chunk_that_was_held_up_does_not_put_the_stream_to_sleep)
{
    EXPECT_EQ(rest_ms(60000, {.active_clients = 8, .processors = 2}, 0.1), kLongestRestMs);
}

TEST(Pace, one_spike_is_no_load)
{
    double load = 0;
    load = smooth_load(load, 9);
    EXPECT_DOUBLE_EQ(load, 3);
    for (int i = 0; i < 30; ++i)
        load = smooth_load(load, 9);
    EXPECT_NEAR(load, 9, 0.01);
}

}  // namespace
}  // namespace hotswap::core
