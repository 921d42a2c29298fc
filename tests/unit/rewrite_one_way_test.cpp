// Rewrites without a way back after the switch: who gets one, and what its plan leaves out.
// SPDX-License-Identifier: PostgreSQL
#include "core/planner.hpp"

#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

TableFacts keyed()
{
    TableFacts table = orders();
    table.blocks = 10;
    table.indexes = {make_primary_key("orders_pkey", {1})};
    return table;
}

Change computed()
{
    Change change = change_type("note", "integer");
    change.using_text = "length(note)";
    change.reads = {"note"};
    return change;
}

bool is_switch_final(const Plan &plan)
{
    return step_in(plan, Phase::switch_, StepKind::switch_storage).irreversible;
}

}  // namespace

TEST(RewriteOneWay, a_statement_has_to_ask_for_it_and_a_script_does_not)
{
    const Error error = error_of([] { rewrite_of(keyed(), {computed()}); });
    EXPECT_EQ(error.sqlstate(), "22023");
    EXPECT_TRUE(contains(error.hint(), "\"down\""));
    EXPECT_TRUE(contains(error.hint(), "'{\"one_way\": true}'"));
    Options asked, script;
    asked.one_way = true;
    script.one_way_if_needed = true;
    EXPECT_TRUE(is_switch_final(rewrite_of(keyed(), {computed()}, asked)));
    EXPECT_TRUE(is_switch_final(rewrite_of(keyed(), {computed()}, script)));
    EXPECT_TRUE(is_switch_final(rewrite_of(keyed(), {change_type("total", "bigint")}, asked)));
    EXPECT_FALSE(is_switch_final(rewrite_of(keyed(), {change_type("total", "bigint")}, script)));
    script.down = {{"note", "'x'"}};
    EXPECT_FALSE(is_switch_final(rewrite_of(keyed(), {computed()}, script)));
    EXPECT_EQ(error_of([&] { plan_of(keyed(), {make_change(ChangeKind::drop_default, "total")}, "auto", asked); }).sqlstate(), "22023");
    EXPECT_EQ(error_of([&] { dual_write_of(keyed(), {change_type("total", "bigint")}, asked); }).sqlstate(), "22023");
}

TEST(RewriteOneWay, nothing_after_the_switch_promises_a_way_back)
{
    Options options;
    options.one_way = true;
    options.bake = "1 hour";
    const Plan plan = rewrite_of(keyed(), {computed()}, options);
    const std::vector<std::string> expected = {"expand twin_create",  "migrate copy",          "migrate twin_index", "migrate catch_up",
                                               "verify twin_verify", "switch switch_storage", "switch validate",    "contract twin_drop"};
    EXPECT_EQ(shape(plan), expected);
    EXPECT_TRUE(step_in(plan, Phase::switch_, StepKind::switch_storage).undo.empty());
    EXPECT_EQ(plan.warnings[0], "no way back after the switch: column \"note\" cannot go back from integer to text; before the switch it can be "
                                "taken back as ever");
}

TEST(RewriteOneWay, a_cast_that_loses_something_has_a_way_back_but_makes_no_key)
{
    TableFacts table = keyed();
    table.columns[0].type = "timestamp with time zone";
    const Error error = error_of([&] { rewrite_of(table, {change_type("id", "date")}); });
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_TRUE(contains(error.detail(), "cannot be told from the new one"));
    table.columns.push_back(make_column(4, "other", "integer", true));
    table.indexes.push_back(make_unique_key("u", {4}));
    const Plan plan = rewrite_of(table, {change_type("id", "date")});
    EXPECT_FALSE(is_switch_final(plan));
    EXPECT_EQ(plan.twins[0].key, std::vector<std::string>{"other"});
    EXPECT_EQ(plan.twins[0].columns[0].up, "pg_catalog.timezone('UTC'::text, \"id\")::date");
}

TEST(RewriteOneWay, labels_go_through_text_and_no_type_is_named)
{
    TableFacts table = keyed();
    table.columns[1].type = "app.old";
    Change change = change_type("note", "app.new");
    change.from_enum = change.to_enum = true;
    change.new_to_old_assignable = false;
    change.using_text = "((note)::text)::app.new";
    const Plan plan = rewrite_of(table, {change});
    EXPECT_EQ(plan.twins[0].columns[0].up, "\"note\"::text");
    EXPECT_EQ(plan.twins[0].columns[0].down, "\"note\"::text");
    EXPECT_FALSE(is_switch_final(plan));
}

TEST(RewriteOneWay, a_column_that_goes_along_takes_the_way_back_with_it)
{
    const Change drop = make_change(ChangeKind::drop_column, "note");
    const Error error = error_of([&] { rewrite_of(keyed(), {change_type("total", "bigint"), drop}); });
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_TRUE(contains(error.hint(), "one_way"));
    Options options;
    options.one_way = true;
    EXPECT_TRUE(is_switch_final(rewrite_of(keyed(), {change_type("total", "bigint"), drop}, options)));
    TableFacts table = keyed();
    table.indexes = {make_unique_key("u", {1, 3})};
    table.columns[2].not_null = true;
    EXPECT_EQ(error_of([&] { rewrite_of(table, {change_type("id", "bigint"), make_change(ChangeKind::drop_column, "total")}, options); }).sqlstate(),
              "0A000");
}

}  // namespace hotswap::core
