// Catalog-only changes: one statement and its exact inverse.
// SPDX-License-Identifier: PostgreSQL
#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

using Texts = std::vector<std::string>;

const Step &only_step(const Plan &plan)
{
    EXPECT_EQ(plan.steps.size(), 1u);
    return plan.steps.at(0);
}

Change default_of(const std::string &column, const std::string &text)
{
    Change change = make_change(ChangeKind::set_default, column);
    change.default_text = text;
    return change;
}

}  // namespace

TEST(PlanDirect, set_default_goes_back_to_the_default_it_found)
{
    Plan plan = plan_of(orders(), {default_of("total", "5")});
    const Step &step = only_step(plan);
    EXPECT_EQ(step.action, Texts{"ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"total\" SET DEFAULT 5"});
    EXPECT_EQ(step.undo, Texts{"ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"total\" SET DEFAULT 0"});
    EXPECT_FALSE(step.irreversible);
    EXPECT_FALSE(step.caller_path);
}

TEST(PlanDirect, a_column_that_had_no_default_has_none_again_after_the_undo)
{
    Plan plan = plan_of(orders(), {default_of("note", "'x'::text")});
    EXPECT_EQ(only_step(plan).undo, Texts{"ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"note\" DROP DEFAULT"});
}

TEST(PlanDirect, several_changes_are_one_statement_and_the_undo_runs_backwards)
{
    Change added = add_column("We\"ird", "integer");
    added.default_text = "1";
    added.not_null = true;
    Plan plan =
        plan_of(orders(), {added, make_change(ChangeKind::drop_not_null, "id"), make_change(ChangeKind::drop_default, "total")});
    EXPECT_EQ(only_step(plan).action,
              Texts{"ALTER TABLE \"public\".\"orders\" ADD COLUMN \"We\"\"ird\" integer DEFAULT 1 NOT NULL, ALTER COLUMN "
                    "\"id\" DROP NOT NULL, ALTER COLUMN \"total\" DROP DEFAULT"});
    EXPECT_EQ(only_step(plan).undo,
              Texts{"ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"total\" SET DEFAULT 0, ALTER COLUMN \"id\" SET NOT "
                    "NULL, DROP COLUMN IF EXISTS \"We\"\"ird\""});
    EXPECT_TRUE(mentions(plan.warnings, "undoing DROP NOT NULL"));
}

TEST(PlanDirect, a_change_of_a_column_that_the_statement_adds_needs_no_undo_of_its_own)
{
    Plan plan = plan_of(orders(), {add_column("fresh", "text"), default_of("fresh", "'a'::text")});
    EXPECT_EQ(only_step(plan).undo, Texts{"ALTER TABLE \"public\".\"orders\" DROP COLUMN IF EXISTS \"fresh\""});
}

TEST(PlanDirect, dropping_not_null_where_there_is_none_has_nothing_to_undo)
{
    Plan plan = plan_of(orders(), {make_change(ChangeKind::drop_not_null, "note")});
    EXPECT_TRUE(only_step(plan).undo.empty());
}

TEST(PlanDirect, a_default_computed_for_each_row_is_refused_with_the_way_round)
{
    Change added = add_column("token", "uuid");
    added.default_text = "gen_random_uuid()";
    added.volatile_default = true;
    Error error = error_of([&] { plan_of(orders(), {added}, "direct"); });
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_EQ(error.position(), 7);
    EXPECT_TRUE(contains(error.hint(), "without the default"));
}

TEST(PlanDirect, a_type_change_without_a_rewrite_goes_back_by_the_assignment_cast)
{
    Change change = change_type("note", "character varying(20)", false);
    change.collation = "pg_catalog.\"C\"";
    Plan plan = plan_of(orders(), {change});
    EXPECT_EQ(plan.strategy, "direct");
    EXPECT_EQ(
        only_step(plan).action,
        Texts{"ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"note\" TYPE character varying(20) COLLATE pg_catalog.\"C\""});
    EXPECT_EQ(only_step(plan).undo, Texts{"ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"note\" TYPE text"});
}

TEST(PlanDirect, a_type_change_without_a_cast_back_is_irreversible_and_says_so)
{
    Change change = change_type("note", "citext", false);
    change.new_to_old_assignable = false;
    Plan plan = plan_of(orders(), {change});
    EXPECT_TRUE(only_step(plan).irreversible);
    EXPECT_TRUE(only_step(plan).undo.empty());
    EXPECT_TRUE(mentions(plan.warnings, "cannot be undone"));
}

}  // namespace hotswap::core
