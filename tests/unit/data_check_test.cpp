// Queries that look for rows which make a statement fail: quoted, qualified, within their blocks.
// SPDX-License-Identifier: PostgreSQL
#include "core/data_check.hpp"

#include <gtest/gtest.h>

namespace hotswap::core {
namespace {

DataCheck check_of(DataRule rule)
{
    DataCheck check;
    check.rule = rule;
    check.only = true;
    check.subject = "na\"me";
    check.columns = {"na\"me"};
    return check;
}

TEST(DataCheck, nulls_are_looked_for_in_a_range_of_blocks_and_shown_with_the_key)
{
    const std::string sql = violations_query(check_of(DataRule::not_null), "\"s\".\"t\"", {"id"}, {128, 256}, 10);
    EXPECT_NE(sql.find("FROM ONLY \"s\".\"t\" AS hotswap_row"), std::string::npos) << sql;
    EXPECT_NE(sql.find("'(128,0)'::pg_catalog.tid"), std::string::npos) << sql;
    EXPECT_NE(sql.find("'(256,0)'::pg_catalog.tid"), std::string::npos) << sql;
    EXPECT_NE(sql.find("hotswap_row.\"na\"\"me\" IS NULL"), std::string::npos) << sql;
    EXPECT_NE(sql.find("'id', pg_catalog.left((hotswap_row.\"id\")::pg_catalog.text, 60)"), std::string::npos) << sql;
    EXPECT_NE(sql.find("LIMIT 10"), std::string::npos) << sql;
}

TEST(DataCheck, a_row_without_a_key_is_shown_by_its_place)
{
    EXPECT_NE(violations_query(check_of(DataRule::no_rows), "t", {}, {0, 1}, 1).find("'ctid', hotswap_row.ctid"), std::string::npos);
}

TEST(DataCheck, nulls_are_no_duplicates_unless_they_are_to_be)
{
    DataCheck check = check_of(DataRule::unique);
    check.terms = {"lower(a)", "b"};
    check.predicate = "c > 0";
    std::string sql = violations_query(check, "t", {}, {0, 0}, 5);
    EXPECT_NE(sql.find("(lower(a)) IS NOT NULL AND (b) IS NOT NULL AND (c > 0) GROUP BY 1, 2"), std::string::npos) << sql;
    EXPECT_NE(sql.find("FROM ONLY t"), std::string::npos) << sql;
    check.nulls_equal = true;
    check.only = false;
    sql = violations_query(check, "t", {}, {0, 0}, 5);
    EXPECT_EQ(sql.find("IS NOT NULL"), std::string::npos) << sql;
    EXPECT_EQ(sql.find("ONLY"), std::string::npos) << sql;
}

TEST(DataCheck, a_reference_with_a_null_is_none_but_with_match_full)
{
    DataCheck check = check_of(DataRule::foreign_key);
    check.columns = {"a", "b"};
    check.pairs = {"x", "y"};
    check.other = "ONLY o";
    std::string sql = violations_query(check, "t", {}, {0, 8}, 5);
    EXPECT_NE(sql.find("NOT EXISTS (SELECT FROM ONLY o AS hotswap_other WHERE x AND y)"), std::string::npos) << sql;
    EXPECT_EQ(sql.find("IS NOT NULL"), std::string::npos) << sql;
    check.full_match = true;
    sql = violations_query(check, "t", {}, {0, 8}, 5);
    EXPECT_NE(sql.find("hotswap_row.\"a\" IS NOT NULL OR hotswap_row.\"b\" IS NOT NULL"), std::string::npos) << sql;
}

TEST(DataCheck, every_value_is_converted_also_where_only_changes_are_asked_for)
{
    DataCheck check = check_of(DataRule::kept);
    check.expression = "int4(a) = a";
    EXPECT_NE(conversion_query(check, "t", {0, 8}).find("count(*)"), std::string::npos);
    EXPECT_EQ(conversion_query(check, "t", {0, 8}).find("LIMIT"), std::string::npos);
    check.rule = DataRule::fits;
    EXPECT_NE(conversion_query(check, "t", {0, 8}).find("count(int4(a) = a)"), std::string::npos);
}

TEST(DataCheck, an_example_has_few_columns)
{
    DataCheck check = check_of(DataRule::check);
    check.expression = "true";
    check.columns.assign(50, "");
    for (int i = 0; i < 50; ++i)
        check.columns[static_cast<std::size_t>(i)] = "c" + std::to_string(i);
    const std::string sql = violations_query(check, "t", {"id"}, {0, 8}, 5);
    EXPECT_NE(sql.find("\"c6\""), std::string::npos);
    EXPECT_EQ(sql.find("\"c7\""), std::string::npos);
}

}  // namespace
}  // namespace hotswap::core
