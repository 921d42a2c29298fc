// Type changes without a rewrite, of columns that views read.
// SPDX-License-Identifier: PostgreSQL
#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

// A view on note, a materialized view on that, and a view on another column.
TableFacts viewed()
{
    TableFacts table = orders();
    for (const auto &[oid, name, read] : {std::tuple{10u, "notes", ViewRead{16384, 2}}, {20u, "counted", {10, 1}}, {30u, "totals", {16384, 3}}}) {
        View view;
        view.oid = oid;
        view.schema = "public";
        view.name = name;
        view.owner = "me";
        view.definition = "SELECT 1 AS one";
        view.columns = {{"one", "", "", -1, {}}};
        view.reads = {read};
        view.materialized = oid == 20;
        table.views.push_back(view);
    }
    return table;
}

Change longer()
{
    return change_type("note", "character varying(20)", false);
}

}  // namespace

TEST(PlanTypeInPlace, views_go_before_it_and_come_back_after_it_on_both_ways)
{
    const Plan plan = plan_of(viewed(), {longer()});
    EXPECT_EQ(plan.strategy, "direct");
    ASSERT_EQ(plan.steps.size(), 1u);
    const Step &step = plan.steps[0];
    for (const std::vector<std::string> *way : {&step.action, &step.undo}) {
        EXPECT_EQ((*way)[0], R"(DROP MATERIALIZED VIEW "public"."counted")");
        EXPECT_EQ((*way)[1], R"(DROP VIEW "public"."notes")");
        EXPECT_TRUE(contains((*way)[2], "ALTER TABLE"));
        EXPECT_EQ((*way)[3], R"(CREATE VIEW "public"."notes" ("one") AS SELECT 1 AS one)");
        EXPECT_EQ(way->back(), R"(REFRESH MATERIALIZED VIEW "public"."counted")");
        EXPECT_FALSE(mentions(*way, "totals"));
    }
    EXPECT_EQ(step.locks, (std::vector<std::string>{R"("public"."notes")", R"("public"."counted")"}));
    EXPECT_TRUE(mentions(plan.warnings, "dropped and made again"));
    EXPECT_TRUE(mentions(plan.warnings, "filled again"));
}

TEST(PlanTypeInPlace, without_a_cast_back_there_is_no_undo_for_the_views_either)
{
    Change change = longer();
    change.new_to_old_assignable = false;
    const Plan plan = plan_of(viewed(), {change});
    EXPECT_TRUE(plan.steps[0].irreversible);
    EXPECT_TRUE(plan.steps[0].undo.empty());
}

TEST(PlanTypeInPlace, beside_changes_that_run_as_written_it_is_refused_with_the_views_named)
{
    Change other = make_change(ChangeKind::metadata_only);
    other.statement = "ALTER TABLE orders ALTER note TYPE varchar(20), OWNER TO me";
    const Error error = error_of([&] { (void)plan_of(viewed(), {longer(), other}); });
    EXPECT_EQ(error.sqlstate(), sqlstate::kFeatureNotSupported);
    EXPECT_TRUE(contains(error.detail(), R"("public"."notes")"));
}

TEST(PlanTypeInPlace, what_the_server_would_refuse_is_refused_by_name)
{
    TableFacts table = viewed();
    table.dependents = {{2, "policy p on table orders", DependentKind::other, 0}};
    EXPECT_TRUE(contains(error_of([&] { (void)plan_of(table, {longer()}); }).detail(), "policy p"));
    table = viewed();
    table.row_type_users = {"column o of table archive"};
    EXPECT_TRUE(contains(error_of([&] { (void)plan_of(table, {longer()}); }).detail(), "column o of table archive"));
}

}  // namespace hotswap::core
