// DROP COLUMN: deprecate, wait, drop.
// SPDX-License-Identifier: PostgreSQL
#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

using Texts = std::vector<std::string>;

Change drop(const std::string &column)
{
    return make_change(ChangeKind::drop_column, column);
}

}  // namespace

TEST(PlanDropColumn, it_deprecates_waits_for_the_clients_and_drops_at_last)
{
    Options options;
    options.deprecation = "30 days";
    TableFacts table = orders();
    table.columns[0].comment = "the key's";
    Plan plan = plan_of(table, {drop("id")}, "auto", options);
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "contract await", "contract ddl"}));
    EXPECT_EQ(plan.steps[0].action,
              (Texts{"ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"id\" DROP NOT NULL",
                     "COMMENT ON COLUMN \"public\".\"orders\".\"id\" IS 'deprecated by hotswap, to be dropped; the key''s'"}));
    EXPECT_EQ(plan.steps[0].undo, (Texts{"COMMENT ON COLUMN \"public\".\"orders\".\"id\" IS 'the key''s'",
                                         "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"id\" SET NOT NULL"}));
    EXPECT_EQ(plan.steps[1].deployment, "no client reads or writes column \"id\" any more");
    EXPECT_EQ(plan.steps[1].wait_for, "30 days");
    EXPECT_EQ(plan.steps[2].action, Texts{"ALTER TABLE \"public\".\"orders\" DROP COLUMN \"id\""});
    EXPECT_TRUE(plan.steps[2].irreversible);
    EXPECT_TRUE(plan.steps[2].undo.empty());
}

TEST(PlanDropColumn, a_column_without_comment_has_none_again_after_the_undo)
{
    Plan plan = plan_of(orders(), {drop("note")});
    EXPECT_EQ(plan.steps[0].undo, Texts{"COMMENT ON COLUMN \"public\".\"orders\".\"note\" IS NULL"});
}

TEST(PlanDropColumn, a_key_column_and_one_with_a_value_of_its_own_stay_not_null)
{
    TableFacts table = orders();
    table.indexes = {make_primary_key("orders_pkey", {1})};
    EXPECT_FALSE(mentions(plan_of(table, {drop("id")}).steps[0].action, "DROP NOT NULL"));
    table.indexes.clear();
    table.columns[0].identity = 'd';
    EXPECT_FALSE(mentions(plan_of(table, {drop("id")}).steps[0].action, "DROP NOT NULL"));
    table.columns[0].identity = 0;
    table.columns[0].default_text = "1";
    EXPECT_FALSE(mentions(plan_of(table, {drop("id")}).steps[0].action, "DROP NOT NULL"));
}

TEST(PlanDropColumn, several_columns_go_in_one_statement)
{
    Plan plan = plan_of(orders(), {drop("note"), drop("total")});
    EXPECT_EQ(plan.steps.back().action, Texts{"ALTER TABLE \"public\".\"orders\" DROP COLUMN \"note\", DROP COLUMN \"total\""});
}

TEST(PlanDropColumn, what_depends_on_the_column_is_named)
{
    TableFacts table = orders();
    table.dependents = {{2, "view public.notes"}, {1, "view public.ids"}};
    Error error = error_of([&] { plan_of(table, {drop("note")}); });
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_EQ(error.detail(), "Depending on it: view public.notes.");
    EXPECT_NO_THROW(plan_of(table, {drop("total")}));
}

TEST(PlanDropColumn, a_foreign_key_that_references_the_column_is_named)
{
    TableFacts table = orders();
    table.incoming = {{"items_order_fkey", "public", "items", "public", "orders", {"order_id"}, {"id"}, "", true, ""}};
    Error error = error_of([&] { plan_of(table, {drop("id")}); });
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_TRUE(contains(error.detail(), "\"items_order_fkey\""));
}

TEST(PlanDropColumn, what_goes_away_with_the_column_is_said)
{
    TableFacts table = orders();
    table.indexes = {make_index("orders_note_total", {2, 3})};
    EXPECT_TRUE(mentions(plan_of(table, {drop("note")}).warnings, "also drops index orders_note_total"));
}

TEST(PlanDropColumn, auto_contract_drops_at_once)
{
    Options options;
    options.auto_contract = true;
    EXPECT_EQ(shape(plan_of(orders(), {drop("note")}, "auto", options)), Texts{"contract ddl"});
}

TEST(PlanDropColumn, what_is_dropped_is_renamed_copied_by_its_key_and_dropped_under_the_other_name)
{
    Options options;
    options.rollback_point = "table";
    options.auto_contract = true;
    TableFacts table = orders();
    table.indexes = {make_primary_key("orders_pkey", {1})};
    table.columns[0].not_null = true;
    Plan plan = plan_of(table, {drop("note")}, "auto", options);
    EXPECT_EQ(shape(plan), (Texts{"contract keep", "contract ddl", "contract keep", "contract keep", "contract ddl"}));
    EXPECT_EQ(plan.steps[0].keep, "hold");
    EXPECT_EQ(plan.steps[0].keeps[2], "{\"id\"}");
    EXPECT_EQ(plan.steps[1].undo, Texts{"ALTER TABLE \"public\".\"orders\" RENAME COLUMN \"_hotswap_held_note\" TO \"note\""});
    EXPECT_EQ(plan.steps[2].action[1], "t.\"_hotswap_held_note\" IS NOT NULL");
    EXPECT_EQ(plan.steps[4].action, Texts{"ALTER TABLE \"public\".\"orders\" DROP COLUMN \"_hotswap_held_note\""});
    EXPECT_TRUE(plan.steps[4].irreversible);
}

TEST(PlanDropColumn, without_a_key_that_stays_nothing_is_kept_and_a_warning_says_so)
{
    Options options;
    options.rollback_point = "table";
    TableFacts table = orders();
    table.indexes = {make_primary_key("orders_pkey", {1})};
    table.columns[0].not_null = true;
    Plan plan = plan_of(table, {drop("id")}, "auto", options);
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "contract await", "contract ddl"}));
    EXPECT_TRUE(mentions(plan.warnings, "no rollback point: the table has no unique index"));
    options.rollback_point_asked = true;
    EXPECT_THROW(plan_of(table, {drop("id")}, "auto", options), Error);
}

}  // namespace hotswap::core
