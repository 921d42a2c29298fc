// The statements between a table and its copy: what is quoted, what is in scope, what is cast.
// SPDX-License-Identifier: PostgreSQL
#include "core/twin_sql.hpp"

#include <gtest/gtest.h>

namespace {

using namespace hotswap::core;

// orders(id integer -> bigint primary key, "Total" numeric -> text, note text)
Flow orders()
{
    Flow flow;
    flow.source = R"("public"."orders")";
    flow.target = R"("hotswap"."_twin_7_1")";
    flow.log = R"("hotswap"."_changes_7_1")";
    flow.key = {{"id", R"("id")", R"("id")", "bigint", "integer", "OPERATOR(pg_catalog.=)", "OPERATOR(pg_catalog.=)"}};
    flow.columns = {{"id", R"("id")", "bigint", R"("id")", "integer", false},
                    {"Total", R"(("Total")::text)", "text", R"(("Total")::numeric)", "numeric", false},
                    {"note", "", "text", "", "text", false}};
    return flow;
}

TEST(TwinNames, CarryMigrationAndMember)
{
    EXPECT_EQ(twin_name(12, 3), "_twin_12_3");
    EXPECT_EQ(previous_name(12, 3), "_previous_12_3");
    EXPECT_EQ(change_log_name(12, 3), "_changes_12_3");
    EXPECT_EQ(change_log_back_name(12, 3), "_changes_back_12_3");
}

TEST(TwinSql, RemovesByTheKeysAsTheTargetHasThem)
{
    EXPECT_EQ(remove_sql(orders()),
              R"(DELETE FROM ONLY "hotswap"."_twin_7_1" AS w USING (SELECT DISTINCT ("id")::bigint AS "~kid" FROM ONLY "hotswap"."_changes_7_1")"
              R"( WHERE "~op" = 'k' AND ctid >= $1::tid AND ctid < $2::tid) AS l WHERE w."id" OPERATOR(pg_catalog.=) l."~kid")");
}

TEST(TwinSql, AppliesTheCurrentRowsOfTheSource)
{
    EXPECT_EQ(apply_sql(orders()),
              R"(INSERT INTO "hotswap"."_twin_7_1" ("id", "Total", "note") SELECT "id", ("Total")::text, "note" FROM)"
              R"( (SELECT t.* FROM (SELECT DISTINCT "id" FROM ONLY "hotswap"."_changes_7_1" WHERE "~op" = 'k' AND ctid >= $1::tid AND ctid < $2::tid) AS l)"
              R"( JOIN ONLY "public"."orders" AS t ON t."id" OPERATOR(pg_catalog.=) l."id") AS r)");
}

TEST(TwinSql, KeepsAValueThatStillMeansTheSame)
{
    Flow flow = orders();
    flow.keep_values = true;
    const std::string sql = apply_sql(flow);
    EXPECT_NE(sql.find(R"(CASE WHEN g."~there" AND pg_catalog.record_image_eq(ROW(g."~uTotal"), ROW(r."Total")) THEN g."~oTotal" ELSE (("Total")::text)::text END)"),
              std::string::npos);
    // All old rows go before the first new one comes.
    EXPECT_NE(sql.find("CROSS JOIN (SELECT pg_catalog.count(*) FROM gone)"), std::string::npos);
    EXPECT_EQ(sql.find("~onote"), std::string::npos) << "an unchanged column needs no old value";
}

TEST(TwinSql, LeavesUnstableColumnsOutOfTheComparison)
{
    Flow flow = orders();
    flow.columns[1].unstable = true;
    EXPECT_EQ(missing_sql(flow, Rows::in_range).find("~vTotal"), std::string::npos);
    EXPECT_NE(missing_sql(orders(), Rows::in_range).find("~vTotal"), std::string::npos);
}

TEST(TwinSql, AsksTheLogByAHashNotByAJoin)
{
    const std::string sql = extra_sql(orders(), Rows::at_places);
    EXPECT_NE(sql.find("NOT IN (SELECT ROW(l.\"id\")::text"), std::string::npos);
    EXPECT_NE(sql.find("ctid = ANY ($1::tid[])"), std::string::npos);
}

TEST(TwinSql, QuotesNamesThatNeedIt)
{
    Flow flow = orders();
    flow.key[0].column = flow.columns[0].name = "I\"d";
    EXPECT_NE(forget_sql(flow).find(R"(DELETE FROM ONLY "hotswap"."_changes_7_1" WHERE ctid)"), std::string::npos);
    EXPECT_NE(relog_sql(flow).find(R"(($1::jsonb ->> 'I"d')::integer)"), std::string::npos);
    EXPECT_NE(apply_sql(flow).find(R"(l."I""d")"), std::string::npos);
}

TEST(TwinSql, TriggersFireAlwaysAndAfter)
{
    const std::vector<std::string> sql = log_trigger_sql(R"("public"."orders")", "_changes_7_1", {1, 4});
    ASSERT_EQ(sql.size(), 4u);
    EXPECT_NE(sql[0].find("AFTER INSERT OR UPDATE OR DELETE"), std::string::npos);
    EXPECT_NE(sql[0].find("hotswap.log_change('_changes_7_1', '1', '4')"), std::string::npos);
    EXPECT_NE(sql[1].find("ENABLE ALWAYS"), std::string::npos);
    EXPECT_NE(sql[2].find("AFTER TRUNCATE"), std::string::npos);
}

}  // namespace
