// Which row versions were there when a job began.
// SPDX-License-Identifier: PostgreSQL
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/row_snapshot.hpp"

namespace hotswap::core {

TEST(RowSnapshot, what_was_committed_before_is_held)
{
    const RowSnapshot snapshot("100:110:103,105");
    EXPECT_TRUE(snapshot.holds(99));
    EXPECT_TRUE(snapshot.holds(104));
    EXPECT_FALSE(snapshot.holds(103));
    EXPECT_FALSE(snapshot.holds(105));
    EXPECT_FALSE(snapshot.holds(110));
    EXPECT_FALSE(snapshot.holds(4000));
}

TEST(RowSnapshot, frozen_and_bootstrap_versions_were_always_there)
{
    const RowSnapshot snapshot("100:110:");
    EXPECT_TRUE(snapshot.holds(1));
    EXPECT_TRUE(snapshot.holds(2));
}

TEST(RowSnapshot, numbers_go_round)
{
    const RowSnapshot snapshot("4294967300:4294967310:");   // 4 and 14 in 32 bits
    EXPECT_TRUE(snapshot.holds(4294967290U));
    EXPECT_TRUE(snapshot.holds(13));
    EXPECT_FALSE(snapshot.holds(14));
}

TEST(RowSnapshot, anything_else_is_no_snapshot)
{
    EXPECT_THROW(RowSnapshot("100"), Error);
    EXPECT_THROW(RowSnapshot("a:b:c"), Error);
    EXPECT_THROW(RowSnapshot("1:2:3,x"), Error);
}

}  // namespace hotswap::core
