// UPDATE and DELETE in chunks.
// SPDX-License-Identifier: PostgreSQL
#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

using Texts = std::vector<std::string>;

Change rows(Repetition repetition, RowsChange given = {})
{
    Change change = make_change(ChangeKind::change_rows, "");
    given.alias = "o";
    given.set_text = " note = 'x'";
    given.condition = " note IS NULL";
    given.repetition = repetition;
    given.differs = "pg_catalog.record_image_ne(ROW(note), ROW('x'))";
    given.is_delete = repetition == Repetition::forbidden;
    given.statement = "UPDATE orders AS o SET note = 'x' WHERE note IS NULL";
    if (given.targets.empty())
        given.targets = {"\"public\".\"orders\""};
    change.rows = std::make_shared<RowsChange>(given);
    return change;
}

TableFacts big_orders()
{
    TableFacts table = orders();
    table.blocks = 10000;
    return table;
}

}  // namespace

TEST(PlanRows, a_small_table_takes_the_statement_as_written)
{
    TableFacts table = orders();
    table.blocks = 10;
    Plan plan = plan_of(table, {rows(Repetition::harmless)});
    EXPECT_EQ(plan.strategy, "direct");
    EXPECT_EQ(plan.steps.at(0).action, Texts{"UPDATE orders AS o SET note = 'x' WHERE note IS NULL"});
    EXPECT_TRUE(plan.steps.at(0).irreversible);
}

TEST(PlanRows, chunks_select_lock_and_change_by_place)
{
    Plan plan = plan_of(big_orders(), {rows(Repetition::harmless)});
    EXPECT_EQ(plan.strategy, "batched");
    EXPECT_EQ(shape(plan), Texts{"migrate rows"});
    const Step &step = plan.steps.at(0);
    EXPECT_EQ(step.repetition, "harmless");
    ASSERT_EQ(step.action.size(), 5U);
    EXPECT_TRUE(contains(step.action[3], "AND (pg_catalog.record_image_ne(ROW(note), ROW('x')))"));
    EXPECT_TRUE(contains(step.action[0], "WHERE \"o\".ctid >= $1::pg_catalog.tid AND \"o\".ctid < $2::pg_catalog.tid AND ( note IS NULL\n)"));
    EXPECT_TRUE(contains(step.action[1], "FOR NO KEY UPDATE OF \"o\" SKIP LOCKED"));
    EXPECT_TRUE(contains(step.action[2], "UPDATE ONLY \"public\".\"orders\" AS \"o\" SET  note = 'x'\n WHERE \"o\".ctid = ANY"));
    EXPECT_TRUE(contains(step.action[4], "ROW('x'))) ORDER BY \"o\".ctid LIMIT 1001 FOR NO KEY UPDATE OF \"o\""));
    EXPECT_TRUE(step.undo.empty());
    EXPECT_TRUE(step.irreversible);
}

TEST(PlanRows, what_would_be_done_twice_is_marked)
{
    Plan plan = plan_of(big_orders(), {rows(Repetition::harmful)});
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "migrate rows", "contract ddl"}));
    EXPECT_TRUE(mentions(plan.steps[0].action, "SET DEFAULT true"));
    EXPECT_TRUE(mentions(plan.steps[0].undo, "DROP COLUMN IF EXISTS \"_hotswap_done_orders\""));
    EXPECT_TRUE(contains(plan.steps[1].action[0], "\"o\".\"_hotswap_done_orders\" IS NULL"));
    EXPECT_TRUE(contains(plan.steps[1].action[2], ", \"_hotswap_done_orders\" = true"));
    EXPECT_EQ(plan.steps[1].repetition, "impossible");
}

TEST(PlanRows, a_marker_would_break_subscribers)
{
    RowsChange given;
    given.published = {"all_tables"};
    Error error = error_of([&] { plan_of(big_orders(), {rows(Repetition::harmful, given)}); });
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_TRUE(contains(error.detail(), "\"all_tables\""));
    EXPECT_NO_THROW(plan_of(big_orders(), {rows(Repetition::harmless, given)}));
}

TEST(PlanRows, a_delete_locks_fully_and_leaves_new_rows_alone)
{
    Plan plan = plan_of(big_orders(), {rows(Repetition::forbidden)});
    EXPECT_TRUE(contains(plan.steps.at(0).action[1], " FOR UPDATE OF \"o\""));
    EXPECT_TRUE(contains(plan.steps[0].action[2], "DELETE FROM ONLY \"public\".\"orders\" AS \"o\" WHERE"));
    EXPECT_TRUE(mentions(plan.warnings, "left alone"));
}

TEST(PlanRows, the_last_look_at_a_delete_locks_nothing_because_young_versions_stay)
{
    Plan plan = plan_of(big_orders(), {rows(Repetition::forbidden)});
    EXPECT_EQ(plan.steps.at(0).action.at(4), plan.steps[0].action[0]);
}

TEST(PlanRows, a_volatile_condition_is_asked_once)
{
    RowsChange given;
    given.volatile_condition = true;
    Plan plan = plan_of(big_orders(), {rows(Repetition::forbidden, given)});
    EXPECT_EQ(plan.steps.at(0).action.size(), 4U);
    EXPECT_TRUE(mentions(plan.warnings, "is asked once of each row"));
}

TEST(PlanRows, every_partition_has_a_step_and_the_last_is_final)
{
    RowsChange given;
    given.targets = {"\"public\".\"a\"", "\"public\".\"b\""};
    Plan plan = plan_of(orders(), {rows(Repetition::impossible, given)});
    EXPECT_EQ(shape(plan), (Texts{"migrate rows", "migrate rows"}));
    EXPECT_FALSE(plan.steps[0].irreversible);
    EXPECT_TRUE(plan.steps[1].irreversible);
    EXPECT_EQ(plan.steps[1].relation, "\"public\".\"b\"");
}

}  // namespace hotswap::core
