// The chunk servo against simulated servers.
// SPDX-License-Identifier: PostgreSQL
#include "core/servo.hpp"

#include <gtest/gtest.h>

namespace hotswap::core {

TEST(ChunkServo, it_starts_within_its_limits)
{
    EXPECT_EQ(ChunkServo().blocks(), 64);
    EXPECT_EQ(ChunkServo(1000000).blocks(), 2048);
    EXPECT_EQ(ChunkServo(0).blocks(), 1);
}

TEST(ChunkServo, it_grows_by_half_at_most)
{
    ChunkServo servo(64);
    servo.finished(64, 1);
    EXPECT_EQ(servo.blocks(), 96);
    servo.finished(96, 0);
    EXPECT_EQ(servo.blocks(), 144);
}

TEST(ChunkServo, it_never_passes_the_ceiling)
{
    ChunkServo servo(64);
    for (int i = 0; i < 50; ++i)
        servo.finished(servo.blocks(), 1);
    EXPECT_EQ(servo.blocks(), 2048);
}

TEST(ChunkServo, it_settles_at_the_size_that_takes_the_target_time)
{
    ChunkServo servo(64);
    for (int i = 0; i < 30; ++i)
        servo.finished(servo.blocks(), static_cast<double>(servo.blocks()) * 2);  // 2 ms a block, target 500 ms
    EXPECT_EQ(servo.blocks(), 250);
}

TEST(ChunkServo, one_slow_chunk_among_ten_does_not_shrink_it_but_two_do)
{
    ChunkServo servo(250);
    for (int i = 0; i < 9; ++i)
        servo.finished(250, 500);
    servo.finished(250, 1000);
    EXPECT_EQ(servo.blocks(), 250);
    servo.finished(250, 1000);
    EXPECT_EQ(servo.blocks(), 125);
}

TEST(ChunkServo, a_chunk_of_five_times_the_target_cuts_it_to_a_tenth)
{
    ChunkServo servo(1000);
    servo.finished(1000, 2501);
    EXPECT_EQ(servo.blocks(), 100);
    servo.finished(100, 50);  // the old samples are forgotten: it may grow again at once
    EXPECT_EQ(servo.blocks(), 150);
}

TEST(ChunkServo, it_can_grow_from_one_block)
{
    ChunkServo servo(1);
    servo.finished(1, 1);
    EXPECT_EQ(servo.blocks(), 2);
}

TEST(ChunkServo, a_failure_halves_it_down_to_the_floor)
{
    ChunkServo servo(8);
    servo.failed();
    EXPECT_EQ(servo.blocks(), 4);
    for (int i = 0; i < 5; ++i)
        servo.failed();
    EXPECT_EQ(servo.blocks(), 1);
}

TEST(ChunkServo, an_empty_chunk_teaches_nothing)
{
    ChunkServo servo(64);
    servo.finished(0, 10000);
    EXPECT_EQ(servo.blocks(), 64);
}

TEST(ChunkServo, a_smaller_target_acts_at_once)
{
    ChunkServo servo(100);
    servo.finished(100, 100);  // 1 ms a block
    EXPECT_GT(servo.blocks(), 100);
    servo.aim(40);
    EXPECT_EQ(servo.blocks(), 40);
    servo.aim(500);
    EXPECT_EQ(servo.blocks(), 40) << "growing is for chunks that were seen to be quick";
}

}  // namespace hotswap::core
