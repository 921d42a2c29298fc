// Indexes, concurrently.
// SPDX-License-Identifier: PostgreSQL
#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

using Texts = std::vector<std::string>;

Change index_change(ChangeKind kind, const std::string &name, const std::string &sql)
{
    Change change = make_change(kind);
    change.index_schema = "public";
    change.index_name = name;
    change.index_sql = sql;
    return change;
}

const char *kCreate = "CREATE INDEX CONCURRENTLY \"orders_note\" ON \"public\".\"orders\" USING btree (note)";

}  // namespace

TEST(PlanIndex, create_builds_concurrently_and_drops_concurrently_on_undo)
{
    Plan plan = plan_of(orders(), {index_change(ChangeKind::create_index, "orders_note", kCreate)});
    EXPECT_EQ(plan.strategy, "online_index");
    ASSERT_EQ(plan.steps.size(), 1u);
    const Step &step = plan.steps[0];
    EXPECT_EQ(step.kind, StepKind::index_build);
    EXPECT_EQ(step.phase, Phase::migrate);
    EXPECT_EQ(step.lock_mode, "SHARE UPDATE EXCLUSIVE");
    EXPECT_EQ(step.action, Texts{kCreate});
    EXPECT_EQ(step.undo, Texts{"DROP INDEX CONCURRENTLY IF EXISTS \"public\".\"orders_note\""});
    EXPECT_EQ(step.index_name, "orders_note");
    EXPECT_EQ(step.index_schema, "public");
}

TEST(PlanIndex, an_index_that_exists_is_refused_because_the_undo_drops_by_name)
{
    TableFacts table = orders();
    table.indexes = {make_index("orders_note", {2})};
    EXPECT_EQ(error_of([&] { plan_of(table, {index_change(ChangeKind::create_index, "orders_note", kCreate)}); }).sqlstate(),
              "42P07");
}

TEST(PlanIndex, drop_is_undone_by_the_definition)
{
    Plan plan = plan_of(orders(), {index_change(ChangeKind::drop_index, "orders_note", kCreate)});
    const Step &step = plan.steps.at(0);
    EXPECT_EQ(step.kind, StepKind::index_drop);
    EXPECT_EQ(step.action, Texts{"DROP INDEX CONCURRENTLY IF EXISTS \"public\".\"orders_note\""});
    EXPECT_EQ(step.undo, Texts{kCreate});
    EXPECT_FALSE(step.irreversible);
}

TEST(PlanIndex, drop_without_a_definition_is_irreversible)
{
    Plan plan = plan_of(orders(), {index_change(ChangeKind::drop_index, "orders_note", "")});
    EXPECT_TRUE(plan.steps.at(0).irreversible);
    EXPECT_TRUE(mentions(plan.warnings, "cannot be undone"));
}

TEST(PlanIndex, the_index_of_a_constraint_is_refused_by_name)
{
    TableFacts table = orders();
    table.indexes = {make_primary_key("orders_pkey", {1})};
    Error error = error_of([&] { plan_of(table, {index_change(ChangeKind::drop_index, "orders_pkey", kCreate)}); });
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_EQ(error.hint(), "Use ALTER TABLE \"public\".\"orders\" DROP CONSTRAINT \"orders_pkey\".");
}

TEST(PlanIndex, an_index_of_a_partition_is_dropped_with_the_whole)
{
    TableFacts table = orders();
    table.indexes = {make_index("part", {2})};
    table.indexes[0].parent = "public.whole";
    Error error = error_of([&] { plan_of(table, {index_change(ChangeKind::drop_index, "part", kCreate)}); });
    EXPECT_EQ(error.sqlstate(), "2BP01");
    EXPECT_TRUE(contains(error.hint(), "public.whole"));
}

TEST(PlanIndex, reindex_of_a_partitioned_table_goes_by_partition)
{
    TableFacts table = orders();
    EXPECT_EQ(plan_of(table, {make_change(ChangeKind::reindex)}).steps.at(0).action,
              Texts{"REINDEX TABLE CONCURRENTLY \"public\".\"orders\""});
    table.kind = 'p';
    table.descendants = {orders(), orders()};
    EXPECT_EQ(shape(plan_of(table, {make_change(ChangeKind::reindex)})), (Texts{"migrate reindex", "migrate reindex"}));
}

TEST(PlanIndex, the_marks_of_a_dropped_index_come_back_with_it)
{
    TableFacts table = orders();
    table.indexes = {make_index("orders_note", {2})};
    table.indexes[0].comment = "why";
    Plan plan = plan_of(table, {index_change(ChangeKind::drop_index, "orders_note", kCreate)});
    ASSERT_EQ(plan.steps.size(), 2u);
    EXPECT_TRUE(plan.steps[0].action.empty());
    EXPECT_TRUE(mentions(plan.steps[0].undo, "COMMENT ON INDEX"));
}

TEST(PlanIndex, an_index_is_not_built_directly)
{
    EXPECT_EQ(error_of([&] { plan_of(orders(), {index_change(ChangeKind::create_index, "i", kCreate)}, "direct"); }).sqlstate(),
              "22023");
}

}  // namespace hotswap::core
