// ADD COLUMN of a serial type or an identity.
// SPDX-License-Identifier: PostgreSQL
#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

using Texts = std::vector<std::string>;

Change serial(const std::string &identity = "")
{
    Change change = add_column("z", "bigint");
    change.sequence = "orders_z_seq";
    change.identity = identity;
    change.sequence_options = identity.empty() ? "" : "START WITH 10";
    return change;
}

}  // namespace

TEST(PlanSerial, new_rows_have_a_default_before_the_others_are_filled)
{
    Plan plan = plan_of(orders(), {serial()});
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "migrate fill", "migrate ddl", "migrate validate", "switch ddl"}));
    EXPECT_TRUE(mentions(plan.steps[0].action, "CREATE SEQUENCE \"public\".\"orders_z_seq\" AS bigint OWNED BY \"public\".\"orders\".\"z\""));
    EXPECT_EQ(plan.steps[0].undo, Texts{"ALTER TABLE \"public\".\"orders\" DROP COLUMN IF EXISTS \"z\""});
    EXPECT_TRUE(contains(plan.steps[1].action.at(1), "SKIP LOCKED"));
    EXPECT_TRUE(contains(plan.steps[1].action.at(2), "SET \"z\" = DEFAULT"));
    EXPECT_TRUE(contains(plan.steps[1].action.at(4), "t.\"z\" IS NULL ORDER BY t.ctid"));
}

TEST(PlanSerial, nulls_are_refused_after_the_fill_because_updates_of_unfilled_rows_must_not_fail)
{
    Plan plan = plan_of(orders(), {serial()});
    EXPECT_TRUE(contains(plan.steps[2].action[0], "IS NOT NULL) NOT VALID"));
    EXPECT_EQ(plan.steps[2].phase, Phase::migrate);
}

TEST(PlanSerial, an_identity_goes_on_where_the_default_stopped)
{
    Plan plan = plan_of(orders(), {serial("ALWAYS")});
    const Step &last = plan.steps.back();
    EXPECT_TRUE(mentions(plan.steps[0].action, "_hotswap_seq_orders_z"));
    EXPECT_TRUE(mentions(last.action, "ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME \"public\".\"orders_z_seq\" START WITH 10)"));
    EXPECT_TRUE(mentions(last.action, "setval"));
    EXPECT_EQ(last.undo, (Texts{"ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"z\" DROP IDENTITY IF EXISTS",
                                "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"z\" DROP NOT NULL"}));
}

TEST(PlanSerial, an_identity_is_refused_where_there_are_tables_below)
{
    TableFacts table = orders();
    table.descendants = {orders()};
    EXPECT_EQ(error_of([&] { plan_of(table, {serial("ALWAYS")}); }).sqlstate(), "42P16");
    EXPECT_EQ(shape(plan_of(table, {serial()}))[2], "migrate fill");
}

}  // namespace hotswap::core
