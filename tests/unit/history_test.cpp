// The history of scripts: the order of names, and the difference of two texts.
// SPDX-License-Identifier: PostgreSQL
#include "core/history.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace hotswap::core {

TEST(History, numbers_in_names_count_as_numbers)
{
    const std::vector<std::vector<std::string>> series = {
        {"V1__a", "V1.1__a", "V1_2__a", "V2__x", "V10__a", "V10.2__z", "V10.10__b"},
        {"0001_init", "0002_z", "0010_a", "10000_b"},
        {"20230101000000_a", "20240101120000_b", "20240101120001_a"},
        {"shop/0002_b", "shop/0010_a"},
        {"v0.9.1", "v0.9.10", "v0.10.0", "v1"},
    };
    for (std::vector<std::string> names : series) {
        const std::vector<std::string> wanted = names;
        std::reverse(names.begin(), names.end());
        std::sort(names.begin(), names.end(), [](const std::string &a, const std::string &b) { return compare_names(a, b) < 0; });
        EXPECT_EQ(names, wanted);
    }
}

TEST(History, the_order_of_names_is_total)
{
    EXPECT_EQ(compare_names("V1__a", "V1__a"), 0);
    EXPECT_NE(compare_names("V1__a", "v01__A"), 0);
    EXPECT_EQ(compare_names("V1__a", "v01__A") < 0, compare_names("v01__A", "V1__a") > 0);
    EXPECT_LT(compare_names("a", "ab"), 0);
    EXPECT_LT(compare_names("", "a"), 0);
    const std::string big(60, '9');
    EXPECT_LT(compare_names("V" + big, "V1" + big), 0);
}

TEST(History, only_names_of_one_series_have_an_order_that_means_anything)
{
    EXPECT_TRUE(in_one_series("V1__a", "v20__b"));
    EXPECT_TRUE(in_one_series("0001_a", "0002"));
    EXPECT_TRUE(in_one_series("20240101-a", "20240102.sql"));
    EXPECT_FALSE(in_one_series("shop/0001_a", "blog/0002_a"));
    EXPECT_FALSE(in_one_series("V1__a", "U1__a"));
    EXPECT_FALSE(in_one_series("orders to bigint", "users to bigint"));
    EXPECT_FALSE(in_one_series("1975ea83b712_add", "27c6a30d7c24_more"));   // Alembic: no numbers
    EXPECT_FALSE(in_one_series("R__views", "R__views"));
}

TEST(History, equal_texts_have_no_difference)
{
    EXPECT_EQ(line_difference("a\nb\n", "a\nb\n", 10), "");
    EXPECT_EQ(line_difference("", "", 10), "");
}

TEST(History, the_difference_shows_lines_taken_and_put_in)
{
    EXPECT_EQ(line_difference("a\nb\nc\nd\n", "a\nB\nc\nd\ne\n", 10), "- b\n+ B\n+ e");
    EXPECT_EQ(line_difference("a\nb\n", "b\n", 10), "- a");
    EXPECT_EQ(line_difference("", "a\n", 10), "+ a");
    EXPECT_EQ(line_difference("b\na\n", "a\nb\n", 10), "- b\n+ b");
}

TEST(History, a_long_difference_and_long_lines_are_cut)
{
    std::string one, two;
    for (int i = 0; i < 3000; ++i) {
        one += "one " + std::to_string(i) + "\n";
        two += "two " + std::to_string(i) + "\n";
    }
    const std::string difference = line_difference(one, two, 4);
    EXPECT_EQ(difference, "- one 0\n- one 1\n- one 2\n- one 3\n... and 5996 more lines");
    std::string umlauts;
    for (int i = 0; i < 200; ++i)
        umlauts += "\xC3\xA4";
    const std::string cut = line_difference("", "x" + umlauts, 4);
    EXPECT_LT(cut.size(), 130u);
    EXPECT_TRUE(cut.ends_with("\xC3\xA4..."));
}

}  // namespace hotswap::core
