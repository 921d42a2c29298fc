// The choice of a strategy and what is refused before any step is made.
// SPDX-License-Identifier: PostgreSQL
#include "core/planner.hpp"

#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

Change metadata(const std::string &statement)
{
    Change change = make_change(ChangeKind::metadata_only);
    change.statement = statement;
    change.lock_mode = "SHARE UPDATE EXCLUSIVE";
    change.title = "SET STATISTICS of orders.id";
    return change;
}

Error refusal(const TableFacts &table, const std::vector<Change> &changes, const std::string &strategy = "auto",
              const Options &options = {})
{
    return error_of([&] { plan_of(table, changes, strategy, options); });
}

}  // namespace

TEST(Planner, a_strategy_of_a_later_version_is_refused_with_the_available_ones)
{
    Error error = refusal(orders(), {change_type("id", "bigint")}, "blue_green");
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_STREQ(error.what(), "strategy \"blue_green\" is not available in this version");
    EXPECT_EQ(error.hint(), "Available strategies: auto, direct, online_index, online_constraint, dual_write, online_rewrite, batched.");
}

TEST(Planner, an_unknown_strategy_is_an_invalid_parameter)
{
    EXPECT_EQ(refusal(orders(), {}, "fast").sqlstate(), "22023");
}

TEST(Planner, a_strategy_that_does_not_fit_says_which_one_auto_takes)
{
    Error error = refusal(orders(), {make_change(ChangeKind::set_not_null, "note")}, "online_index");
    EXPECT_EQ(error.sqlstate(), "22023");
    EXPECT_EQ(error.hint(), "Use strategy => 'auto', which takes \"online_constraint\".");
    EXPECT_EQ(refusal(orders(), {make_change(ChangeKind::drop_default, "total")}, "dual_write").sqlstate(), "22023");
}

TEST(Planner, a_statement_of_no_ops_is_an_empty_plan)
{
    Change change = add_column("note", "text");
    change.is_noop = true;
    Plan plan = plan_of(orders(), {change});
    EXPECT_EQ(plan.strategy, "direct");
    EXPECT_TRUE(plan.steps.empty());
}

TEST(Planner, an_unknown_column_is_reported_at_its_position)
{
    Error error = refusal(orders(), {change_type("nope", "bigint")});
    EXPECT_EQ(error.sqlstate(), "42703");
    EXPECT_EQ(error.position(), 7);
    EXPECT_STREQ(error.what(), "column \"nope\" of table \"orders\" does not exist");
}

TEST(Planner, an_existing_column_cannot_be_added_or_renamed_to)
{
    EXPECT_EQ(refusal(orders(), {add_column("note", "text")}).sqlstate(), "42701");
    EXPECT_EQ(refusal(orders(), {rename_to("note", "total")}).sqlstate(), "42701");
    EXPECT_EQ(refusal(orders(), {rename_to("note", "total")}, "direct").sqlstate(), "42701");
}

TEST(Planner, a_metadata_statement_runs_once_as_written_under_the_callers_path)
{
    Plan plan = plan_of(orders(), {metadata("ALTER TABLE orders ALTER id SET STATISTICS 5"),
                                   metadata("ALTER TABLE orders ALTER id SET STATISTICS 5")});
    ASSERT_EQ(plan.steps.size(), 1u);
    const Step &step = plan.steps[0];
    EXPECT_EQ(plan.strategy, "direct");
    EXPECT_EQ(step.action, std::vector<std::string>{"ALTER TABLE orders ALTER id SET STATISTICS 5"});
    EXPECT_TRUE(step.undo.empty());
    EXPECT_TRUE(step.caller_path);
    EXPECT_TRUE(step.irreversible);
    EXPECT_EQ(step.lock_mode, "SHARE UPDATE EXCLUSIVE");
    EXPECT_TRUE(mentions(plan.warnings, "cannot compose its undo"));
}

TEST(Planner, metadata_beside_a_cheap_change_is_run_as_written_under_the_stronger_lock)
{
    Plan plan = plan_of(orders(), {metadata("ALTER TABLE orders ..."), make_change(ChangeKind::drop_default, "total")});
    ASSERT_EQ(plan.steps.size(), 1u);
    EXPECT_EQ(plan.steps[0].lock_mode, "ACCESS EXCLUSIVE");
}

TEST(Planner, metadata_beside_a_structured_change_is_refused_at_its_position)
{
    for (const Change &other : {change_type("id", "bigint"), make_change(ChangeKind::set_not_null, "note")}) {
        Error error = refusal(orders(), {metadata("ALTER TABLE orders ..."), other});
        EXPECT_EQ(error.sqlstate(), "0A000");
        EXPECT_EQ(error.hint(), "Give it as a migration of its own.");
        EXPECT_EQ(error.position(), 7);
    }
}

TEST(Planner, a_metadata_statement_without_a_table_locks_none)
{
    Statement statement;
    statement.changes = {metadata("CREATE TABLE fresh (id int)")};
    Plan plan = make_plan(statement, TableFacts(), "auto", {});
    EXPECT_EQ(plan.steps.at(0).relation, "");
}

TEST(Planner, a_rewriting_type_change_is_refused_directly_and_points_to_the_ways_there_are)
{
    Error error = refusal(orders(), {change_type("id", "bigint")}, "direct");
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_EQ(error.hint(), "Use strategy => 'online_rewrite' or 'dual_write'.");
}

TEST(Planner, the_kinds_of_table_that_cannot_be_dual_written_are_refused_with_the_reason)
{
    TableFacts partitioned = orders(), child = orders(), parent = orders(), foreign = orders();
    partitioned.kind = 'p';
    child.has_parents = true;
    parent.has_children = true;
    foreign.kind = 'f';
    for (const TableFacts &table : {partitioned, child, parent, foreign}) {
        Error error = refusal(table, {change_type("id", "bigint")}, "dual_write");
        EXPECT_EQ(error.sqlstate(), "0A000");
        EXPECT_FALSE(error.detail().empty());
        EXPECT_FALSE(error.hint().empty());
        EXPECT_NO_THROW(plan_of(table, {make_change(ChangeKind::drop_default, "total")}));
    }
}

TEST(Planner, a_temporary_table_is_another_sessions_and_refused)
{
    TableFacts temporary = orders();
    temporary.temporary = true;
    for (const Change &change : {change_type("id", "bigint"), make_change(ChangeKind::drop_default, "total"), make_change(ChangeKind::set_not_null, "total")}) {
        const Error error = refusal(temporary, {change}, "auto");
        EXPECT_EQ(error.sqlstate(), "0A000");
        EXPECT_EQ(error.detail(), "It is a temporary table.");
    }
}

TEST(Planner, T2_a_before_trigger_that_would_fire_after_ours_is_named)
{
    TableFacts table = orders();
    table.late_triggers = {"~~mine"};
    Error error = refusal(table, {change_type("id", "bigint")}, "dual_write");
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_TRUE(contains(error.detail(), "\"~~mine\""));
}

TEST(Planner, two_changes_of_one_column_do_not_fit_one_dual_write)
{
    Error error = refusal(orders(), {change_type("id", "bigint"), rename_to("id", "key")});
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_EQ(error.position(), 7);
}

TEST(Planner, a_cheap_change_beside_a_dual_write_is_refused)
{
    EXPECT_EQ(refusal(orders(), {change_type("id", "bigint"), make_change(ChangeKind::drop_default, "total")}).sqlstate(),
              "0A000");
    EXPECT_EQ(refusal(orders(), {change_type("id", "bigint"), add_column("extra", "text")}).sqlstate(), "0A000");
    EXPECT_EQ(refusal(orders(), {change_type("id", "bigint"), make_change(ChangeKind::drop_column, "note")}).sqlstate(), "0A000");
}

TEST(Planner, an_expression_that_nothing_would_use_is_an_error)
{
    Options options;
    options.up = {{"nope", "1"}};
    EXPECT_EQ(refusal(orders(), {change_type("id", "bigint")}, "auto", options).sqlstate(), "22023");
    EXPECT_EQ(refusal(orders(), {make_change(ChangeKind::drop_default, "total")}, "auto", options).sqlstate(), "22023");
    EXPECT_EQ(refusal(orders(), {rename_to("id", "key")}, "auto", options).sqlstate(), "22023");
    options.up = {{"", "1"}};
    EXPECT_EQ(refusal(orders(), {change_type("id", "bigint"), change_type("total", "bigint")}, "auto", options).sqlstate(),
              "22023");
}

TEST(Planner, copy_names_tells_which_column_gets_which_copy)
{
    Statement statement;
    statement.changes = {change_type("id", "bigint"), rename_to("note", "remark"), add_column("x", "text"),
                         make_change(ChangeKind::drop_column, "total")};
    EXPECT_EQ(copy_names(statement), (std::map<std::string, std::string>{{"id", "_hotswap_new_id"}, {"note", "remark"}}));
}

TEST(Planner, the_words_of_a_plan_read_back)
{
    for (Phase phase : {Phase::expand, Phase::migrate, Phase::verify, Phase::switch_, Phase::bake, Phase::contract})
        EXPECT_EQ(phase_from_text(to_text(phase)), phase);
    for (StepKind kind : {StepKind::ddl, StepKind::index_build, StepKind::index_drop, StepKind::validate, StepKind::backfill,
                          StepKind::verify, StepKind::await})
        EXPECT_EQ(step_kind_from_text(to_text(kind)), kind);
    EXPECT_STREQ(to_text(Phase::switch_), "switch");
    EXPECT_EQ(error_of([] { phase_from_text("x"); }).sqlstate(), "XX000");
    EXPECT_EQ(error_of([] { step_kind_from_text("x"); }).sqlstate(), "XX000");
}

}  // namespace hotswap::core
