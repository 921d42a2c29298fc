// SET NOT NULL by proof of a validated check.
// SPDX-License-Identifier: PostgreSQL
#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

using Texts = std::vector<std::string>;

Change not_null(const std::string &column)
{
    return make_change(ChangeKind::set_not_null, column);
}

}  // namespace

TEST(PlanNotNull, it_is_a_check_its_validation_and_the_proof_used_in_statements_of_their_own)
{
    Plan plan = plan_of(orders(), {not_null("note")});
    EXPECT_EQ(plan.strategy, "online_constraint");
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "migrate validate", "switch ddl"}));
    EXPECT_EQ(plan.steps[0].action, Texts{"ALTER TABLE \"public\".\"orders\" ADD CONSTRAINT \"_hotswap_not_null_note\" CHECK "
                                          "(\"note\" IS NOT NULL) NOT VALID"});
    EXPECT_EQ(plan.steps[0].undo,
              Texts{"ALTER TABLE \"public\".\"orders\" DROP CONSTRAINT IF EXISTS \"_hotswap_not_null_note\""});
    EXPECT_EQ(plan.steps[0].lock_mode, "ACCESS EXCLUSIVE");
    EXPECT_EQ(plan.steps[1].action, Texts{"ALTER TABLE \"public\".\"orders\" VALIDATE CONSTRAINT \"_hotswap_not_null_note\""});
    EXPECT_EQ(plan.steps[1].lock_mode, "SHARE UPDATE EXCLUSIVE");
    EXPECT_EQ(plan.steps[2].action,
              (Texts{"ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"note\" SET NOT NULL",
                     "ALTER TABLE \"public\".\"orders\" DROP CONSTRAINT IF EXISTS \"_hotswap_not_null_note\""}));
    EXPECT_EQ(plan.steps[2].undo, Texts{"ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"note\" DROP NOT NULL"});
}

TEST(PlanNotNull, a_column_that_is_not_null_already_needs_nothing)
{
    EXPECT_TRUE(plan_of(orders(), {not_null("id")}).steps.empty());
    EXPECT_TRUE(plan_of(orders(), {not_null("id")}, "direct").steps.empty());
    EXPECT_TRUE(plan_of(orders(), {not_null("id")}, "online_constraint").steps.empty());
}

TEST(PlanNotNull, a_valid_check_of_the_user_is_proof_enough)
{
    TableFacts table = orders();
    Check check;
    check.name = "note_given";
    check.expression = "(note IS NOT NULL)";
    check.columns = {2};
    table.checks = {check};
    Plan plan = plan_of(table, {not_null("note")});
    EXPECT_EQ(shape(plan), Texts{"switch ddl"});
    EXPECT_EQ(plan.steps[0].action, Texts{"ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"note\" SET NOT NULL"});

    table.checks[0].validated = false;
    EXPECT_EQ(plan_of(table, {not_null("note")}).steps.size(), 3u);
    table.checks[0].validated = true;
    table.checks[0].expression = "(note IS NOT NULL OR total > 0)";
    EXPECT_EQ(plan_of(table, {not_null("note")}).steps.size(), 3u);
}

TEST(PlanNotNull, two_columns_share_the_short_transactions_and_are_validated_one_by_one)
{
    Plan plan = plan_of(orders(), {not_null("note"), not_null("total")});
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "migrate validate", "migrate validate", "switch ddl"}));
    EXPECT_EQ(plan.steps[3].undo, (Texts{"ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"total\" DROP NOT NULL",
                                         "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"note\" DROP NOT NULL"}));
}

TEST(PlanNotNull, run_directly_it_warns_of_the_scan)
{
    Plan plan = plan_of(orders(), {not_null("note")}, "direct");
    EXPECT_EQ(plan.strategy, "direct");
    EXPECT_EQ(plan.steps.at(0).action, Texts{"ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"note\" SET NOT NULL"});
    EXPECT_TRUE(mentions(plan.warnings, "scans the whole table"));
}

TEST(PlanNotNull, a_cheap_change_beside_it_is_done_first)
{
    Plan plan = plan_of(orders(), {not_null("note"), make_change(ChangeKind::drop_default, "total")});
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "expand ddl", "migrate validate", "switch ddl"}));
    EXPECT_EQ(plan.strategy, "online_constraint");
}

}  // namespace hotswap::core
