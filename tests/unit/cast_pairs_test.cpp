// Which type changes find their way back by themselves.
// SPDX-License-Identifier: PostgreSQL
#include "core/cast_pairs.hpp"

#include <gtest/gtest.h>

namespace hotswap::core {

namespace {

bool is_pair(const std::string &from, const std::string &to)
{
    return find_cast_pair("c", from, to).has_value();
}

std::string both(const std::string &from, const std::string &to)
{
    auto pair = find_cast_pair("c", from, to);
    return pair ? pair->up + " | " + pair->down : "none";
}

}  // namespace

TEST(CastPairs, integers_change_among_themselves_in_both_directions)
{
    for (const char *from : {"smallint", "integer", "bigint"})
        for (const char *to : {"smallint", "integer", "bigint"})
            EXPECT_EQ(both(from, to), "\"c\" | \"c\"");
}

TEST(CastPairs, an_odd_column_name_is_quoted)
{
    EXPECT_EQ(find_cast_pair("We\"ird", "integer", "bigint")->up, "\"We\"\"ird\"");
}

TEST(CastPairs, integers_fit_a_numeric_with_enough_digits)
{
    EXPECT_TRUE(is_pair("integer", "numeric"));
    EXPECT_TRUE(is_pair("integer", "numeric(10,0)"));
    EXPECT_TRUE(is_pair("bigint", "numeric(21,2)"));
    EXPECT_FALSE(is_pair("bigint", "numeric(20,2)"));
    EXPECT_FALSE(is_pair("integer", "numeric(10,1)"));
}

TEST(CastPairs, floats_hold_only_the_integers_they_can_hold_exactly)
{
    EXPECT_TRUE(is_pair("smallint", "real"));
    EXPECT_TRUE(is_pair("integer", "double precision"));
    EXPECT_TRUE(is_pair("real", "double precision"));
    EXPECT_FALSE(is_pair("integer", "real"));
    EXPECT_FALSE(is_pair("bigint", "double precision"));
    EXPECT_FALSE(is_pair("double precision", "real"));
}

TEST(CastPairs, a_numeric_may_not_lose_decimals)
{
    EXPECT_TRUE(is_pair("numeric(10,2)", "numeric(12,2)"));
    EXPECT_TRUE(is_pair("numeric(10,2)", "numeric(12,4)"));
    EXPECT_TRUE(is_pair("numeric(10,2)", "numeric"));
    EXPECT_FALSE(is_pair("numeric(10,2)", "numeric(12,1)"));
    EXPECT_FALSE(is_pair("numeric", "numeric(10,2)"));
}

TEST(CastPairs, strings_change_among_themselves_and_a_padded_one_unpads)
{
    EXPECT_TRUE(is_pair("text", "character varying(20)"));
    EXPECT_TRUE(is_pair("character varying(20)", "character varying(10)"));
    EXPECT_TRUE(is_pair("character varying", "text"));
    EXPECT_EQ(both("character(5)", "text"), "\"c\" | \"c\"");
    EXPECT_FALSE(is_pair("text", "character(5)"));
}

TEST(CastPairs, what_needs_an_explicit_cast_gets_one)
{
    EXPECT_EQ(both("json", "jsonb"), "\"c\"::jsonb | \"c\"::json");
    EXPECT_EQ(both("uuid", "text"), "\"c\"::text | \"c\"::uuid");
    EXPECT_EQ(both("text", "uuid"), "\"c\"::uuid | \"c\"::text");
    EXPECT_EQ(both("bigint", "text"), "\"c\"::text | \"c\"::bigint");
    EXPECT_EQ(both("numeric(10,2)", "character varying(30)"), "\"c\"::text | \"c\"::numeric(10,2)");
    EXPECT_EQ(both("cidr", "inet"), "\"c\" | \"c\"::cidr");
}

TEST(CastPairs, what_could_lose_something_is_no_pair)
{
    EXPECT_FALSE(is_pair("date", "timestamp without time zone"));
    EXPECT_FALSE(is_pair("boolean", "integer"));
    EXPECT_FALSE(is_pair("text", "integer"));
    EXPECT_FALSE(is_pair("timestamp without time zone", "timestamp with time zone"));
    EXPECT_FALSE(is_pair("timestamp(6) without time zone", "timestamp(3) without time zone"));
    EXPECT_TRUE(is_pair("timestamp(3) without time zone", "timestamp without time zone"));
    EXPECT_FALSE(is_pair("integer[]", "bigint[]"));
    EXPECT_FALSE(is_pair("app.\"numeric(3)\"", "numeric"));
}

TEST(CastPairs, an_explicit_zone_leads_back_through_the_same_zone)
{
    const char *back = "pg_catalog.timezone('UTC'::text, \"c\")";
    EXPECT_EQ(invert_zone("timezone('UTC'::text, c)", "c"), back);
    EXPECT_EQ(invert_zone("pg_catalog.timezone('UTC'::text, \"c\")", "c"), back);
    EXPECT_EQ(invert_zone("(c AT TIME ZONE 'UTC'::text)", "c"), back);
    EXPECT_EQ(invert_zone("((\"c\") AT TIME ZONE ('UTC'::text))", "c"), back);
}

TEST(CastPairs, anything_but_those_shapes_is_not_inverted)
{
    EXPECT_FALSE(invert_zone("", "c"));
    EXPECT_FALSE(invert_zone("c", "c"));
    EXPECT_FALSE(invert_zone("timezone('UTC'::text, d)", "c"));
    EXPECT_FALSE(invert_zone("timezone(zone, c)", "c"));
    EXPECT_FALSE(invert_zone("timezone('UTC'::text, (c + '1 day'::interval))", "c"));
    EXPECT_FALSE(invert_zone("(c AT TIME ZONE 'a'' || x || ''b'::text)", "c"));
    EXPECT_FALSE(invert_zone("((c AT TIME ZONE 'UTC'::text) AT TIME ZONE 'CET'::text)", "c"));
}

TEST(CastPairs, a_plain_cast_is_known_and_nothing_else)
{
    EXPECT_TRUE(is_plain_cast("c", "c", "bigint"));
    EXPECT_TRUE(is_plain_cast("(c)::bigint", "c", "bigint"));
    EXPECT_TRUE(is_plain_cast("(\"c\"::bigint)", "c", "bigint"));
    EXPECT_TRUE(is_plain_cast("(c)::numeric(10,2)", "c", "numeric(10,2)"));
    EXPECT_FALSE(is_plain_cast("(c * 100)", "c", "bigint"));
    EXPECT_FALSE(is_plain_cast("(c * 100)::bigint", "c", "bigint"));
    EXPECT_FALSE(is_plain_cast("d::bigint", "c", "bigint"));
}

TEST(CastPairs, times_go_there_and_back_through_one_zone)
{
    const auto ways = [](const std::string &from, const std::string &to, const std::string &zone = "Europe/Berlin") {
        auto pair = find_zone_pair("c", from, to, zone);
        return pair ? pair->up + " | " + pair->down + (pair->exact ? "" : " | not exact") : "none";
    };
    const std::string both_ways = R"(pg_catalog.timezone('Europe/Berlin'::text, "c") | pg_catalog.timezone('Europe/Berlin'::text, "c"))";
    EXPECT_EQ(ways("timestamp without time zone", "timestamp with time zone"), both_ways + " | not exact");
    EXPECT_EQ(ways("timestamp(3) with time zone", "timestamp without time zone"), both_ways + " | not exact");
    EXPECT_FALSE(ways("timestamp without time zone", "timestamp with time zone", "UTC").ends_with("exact"));
    EXPECT_TRUE(ways("timestamp without time zone", "timestamp(3) with time zone", "UTC").ends_with("exact"));
    EXPECT_EQ(ways("timestamp with time zone", "date"),
              R"(pg_catalog.timezone('Europe/Berlin'::text, "c")::date | pg_catalog.timezone('Europe/Berlin'::text, "c"::timestamp without time zone) | not exact)");
    EXPECT_FALSE(ways("date", "timestamp with time zone").ends_with("exact"));
    EXPECT_EQ(ways("timestamp without time zone", "date"), "none");
    EXPECT_EQ(ways("timestamp with time zone", "timestamp(0) with time zone"), "none");
}

TEST(CastPairs, a_cast_through_text_is_read_in_all_its_shapes)
{
    EXPECT_TRUE(is_cast_through_text("c", "c", "app.mood"));
    EXPECT_TRUE(is_cast_through_text("(c)::app.mood", "c", "app.mood"));
    EXPECT_TRUE(is_cast_through_text("((c)::text)::app.mood", "c", "app.mood"));
    EXPECT_TRUE(is_cast_through_text("((\"c\")::character varying)::app.mood", "c", "app.mood"));
    EXPECT_FALSE(is_cast_through_text("(lower(c))::app.mood", "c", "app.mood"));
    EXPECT_FALSE(is_cast_through_text("((c)::text)::app.other", "c", "app.mood"));
    EXPECT_FALSE(is_cast_through_text("CASE c WHEN 'a' THEN 'b' ELSE (c)::text END::app.mood", "c", "app.mood"));
}

TEST(CastPairs, the_reason_names_both_types)
{
    EXPECT_EQ(why_no_pair("date", "text"), "hotswap knows no lossless pair of casts between date and text.");
}

}  // namespace hotswap::core
