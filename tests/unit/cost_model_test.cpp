// Filling in place or by a rewrite.
// SPDX-License-Identifier: PostgreSQL
#include "core/cost_model.hpp"

#include <gtest/gtest.h>

namespace hotswap::core {

namespace {

// 100 million rows of 100 bytes, eight indexes, a big disk.
BackfillCosts big()
{
    BackfillCosts costs;
    costs.rows = 1e8;
    costs.blocks = 1300000;
    costs.indexes = 8;
    costs.index_blocks = 8 * 275000;
    costs.free_bytes = std::int64_t{1} << 40;
    return costs;
}

}  // namespace

TEST(CostModel, many_indexes_make_a_rewrite_cheaper)
{
    EXPECT_TRUE(prefers_rewrite(big()));
    BackfillCosts bare = big();
    bare.indexes = 0;
    bare.index_blocks = 0;
    EXPECT_FALSE(prefers_rewrite(bare));
    bare.indexes = 1;
    bare.index_blocks = 275000;
    EXPECT_FALSE(prefers_rewrite(bare));
}

TEST(CostModel, without_room_for_both_copies_it_is_in_place)
{
    BackfillCosts costs = big();
    costs.free_bytes = space_of_rewrite(costs);
    EXPECT_FALSE(prefers_rewrite(costs));
    costs.free_bytes *= 2;
    EXPECT_TRUE(prefers_rewrite(costs));
    costs.free_bytes = -1;
    EXPECT_FALSE(prefers_rewrite(costs));
}

TEST(CostModel, small_and_unknown_tables_are_filled_in_place)
{
    BackfillCosts costs = big();
    costs.rows = 0;
    EXPECT_FALSE(prefers_rewrite(costs));
    costs = big();
    costs.rows /= 1000;
    costs.blocks /= 1000;
    costs.index_blocks /= 1000;
    EXPECT_FALSE(prefers_rewrite(costs));
}

TEST(CostModel, room_on_the_pages_makes_filling_in_place_cheaper)
{
    BackfillCosts costs = big();
    const double full = cost_in_place(costs);
    costs.fillfactor = 50;
    EXPECT_LT(cost_in_place(costs), full);
    EXPECT_EQ(cost_of_rewrite(costs), cost_of_rewrite(big()));
}

TEST(CostModel, fewer_vacuums_cost_less)
{
    BackfillCosts costs = big();
    const double often = cost_in_place(costs);
    costs.vacuum_stretch = 0;
    EXPECT_LT(cost_in_place(costs), often);
}

}  // namespace hotswap::core
