// Quoting and own names.
// SPDX-License-Identifier: PostgreSQL
#include "core/identifier.hpp"

#include <gtest/gtest.h>

namespace hotswap::core {

TEST(Identifier, a_name_is_always_quoted_and_its_quotes_are_doubled)
{
    EXPECT_EQ(quote_identifier("id"), "\"id\"");
    EXPECT_EQ(quote_identifier("We\"ird"), "\"We\"\"ird\"");
    EXPECT_EQ(quote_identifier("größe"), "\"größe\"");
}

TEST(Identifier, a_qualified_name_without_schema_is_just_the_name)
{
    EXPECT_EQ(qualified("a.b", "c"), "\"a.b\".\"c\"");
    EXPECT_EQ(qualified("", "c"), "\"c\"");
}

TEST(Identifier, a_literal_with_a_backslash_does_not_depend_on_standard_conforming_strings)
{
    EXPECT_EQ(quote_literal("it's"), "'it''s'");
    EXPECT_EQ(quote_literal("a\\'b"), "E'a\\\\''b'");
    EXPECT_EQ(quote_literal(""), "''");
}

TEST(Identifier, a_list_is_separated_by_commas)
{
    EXPECT_EQ(quote_list({"a", "B"}), "\"a\", \"B\"");
    EXPECT_EQ(quote_list({}), "");
}

TEST(Identifier, an_own_name_that_fits_is_left_readable)
{
    EXPECT_EQ(own_name("new", "id"), "_hotswap_new_id");
    std::string fitting(63 - std::string("_hotswap_new_").size(), 'x');
    EXPECT_EQ(own_name("new", fitting), "_hotswap_new_" + fitting);
}

TEST(Identifier, a_long_own_name_is_cut_to_63_bytes_with_a_hash)
{
    std::string name = own_name("new", std::string(63, 'x'));
    EXPECT_EQ(name.size(), 63u);
    EXPECT_EQ(name.substr(0, 14), "_hotswap_new_x");
    EXPECT_EQ(name[54], '_');
}

TEST(Identifier, two_long_names_with_the_same_beginning_never_meet)
{
    std::string beginning(62, 'x');
    EXPECT_NE(own_name("new", beginning + "a"), own_name("new", beginning + "b"));
    EXPECT_NE(own_name("new", beginning + "a"), own_name("old", beginning + "a"));
    EXPECT_EQ(own_name("new", beginning + "a"), own_name("new", beginning + "a"));
}

TEST(Identifier, T12_a_cut_never_splits_a_utf8_character)
{
    for (int shift = 0; shift < 4; ++shift) {
        std::string long_name(static_cast<std::size_t>(shift), 'x');
        while (long_name.size() < 63)
            long_name += "€";  // three bytes
        std::string name = own_name("new", long_name);
        ASSERT_LE(name.size(), 63u);
        ASSERT_GE(name.size(), 61u);
        std::string kept = name.substr(0, name.size() - 9);
        EXPECT_EQ(kept.substr(kept.size() - 3), "€") << name;
    }
}

}  // namespace hotswap::core
