// Split and merge.
// SPDX-License-Identifier: PostgreSQL
#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

using Texts = std::vector<std::string>;

std::vector<Change> split()
{
    Change first = add_column("first", "text"), last = add_column("last", "text");
    first.not_null = true;
    last.default_text = "''::text";
    return {first, last, make_change(ChangeKind::drop_column, "note")};
}

Options both_ways()
{
    Options options;
    options.up = {{"first", "split_part(note, ' ', 1)"}, {"last", "split_part(note, ' ', 2)"}};
    options.down = {{"note", "first || ' ' || last"}};
    return options;
}

}  // namespace

TEST(PlanReshape, a_split_is_one_group_with_both_sides)
{
    TableFacts table = orders();
    table.columns[1].default_text = "'a b'::text";
    Plan plan = plan_of(table, split(), "auto", both_ways());
    EXPECT_EQ(plan.strategy, "dual_write");
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "migrate backfill", "migrate validate", "migrate ddl", "migrate validate",
                                  "verify verify", "contract await", "contract ddl"}));
    ASSERT_EQ(plan.dual_writes.size(), 1u);
    EXPECT_EQ(plan.dual_writes[0].new_side.size(), 2u);
    EXPECT_EQ(plan.dual_writes[0].old_side[0].fill, "first || ' ' || last");
    EXPECT_EQ(plan.dual_writes[0].old_side[0].default_text, "'a b'::text");
    EXPECT_EQ(plan.steps[0].undo,
              (Texts{"DROP TRIGGER IF EXISTS \"~hotswap_dual_write\" ON \"public\".\"orders\"",
                     "ALTER TABLE \"public\".\"orders\" DROP CONSTRAINT IF EXISTS \"_hotswap_not_null_first\"",
                     "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"note\" SET DEFAULT 'a b'::text",
                     "ALTER TABLE \"public\".\"orders\" DROP COLUMN IF EXISTS \"last\"",
                     "ALTER TABLE \"public\".\"orders\" DROP COLUMN IF EXISTS \"first\""}));
    EXPECT_EQ(plan.steps[3].action,
              (Texts{"ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"first\" SET NOT NULL",
                     "ALTER TABLE \"public\".\"orders\" DROP CONSTRAINT IF EXISTS \"_hotswap_not_null_first\""}));
    EXPECT_EQ(plan.steps[6].deployment, "every client uses \"first\", \"last\" instead of \"note\"");
    EXPECT_EQ(plan.steps[7].action, (Texts{"DROP TRIGGER IF EXISTS \"~hotswap_dual_write\" ON \"public\".\"orders\"",
                                           "ALTER TABLE \"public\".\"orders\" DROP COLUMN \"note\"",
                                           "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"last\" SET DEFAULT ''::text"}));
}

TEST(PlanReshape, a_merge_takes_plain_strings_where_there_is_only_one_column)
{
    Options options;
    options.up = {{"", "note || total"}};
    options.down = {{"note", "a"}, {"total", "b"}};
    Plan plan = plan_of(
        orders(),
        {add_column("both", "text"), make_change(ChangeKind::drop_column, "note"), make_change(ChangeKind::drop_column, "total")},
        "auto", options);
    ASSERT_EQ(plan.dual_writes.size(), 1u);
    EXPECT_EQ(plan.dual_writes[0].new_side[0].fill, "note || total");
    EXPECT_EQ(plan.steps.back().action.at(1), "ALTER TABLE \"public\".\"orders\" DROP COLUMN \"note\", DROP COLUMN \"total\"");
}

TEST(PlanReshape, a_missing_expression_is_named_and_the_hint_shows_what_to_type)
{
    Options options = both_ways();
    options.up.erase("last");
    Error error = error_of([&] { plan_of(orders(), split(), "auto", options); });
    EXPECT_EQ(error.sqlstate(), "22023");
    EXPECT_STREQ(error.what(), "option \"up\" has no expression for column \"last\"");
    EXPECT_EQ(error.hint(),
              "Give options => '{\"up\": {\"first\": \"...\", \"last\": \"...\"}, \"down\": {\"note\": \"...\"}}'.");
    options = both_ways();
    options.down.clear();
    EXPECT_STREQ(error_of([&] { plan_of(orders(), split(), "auto", options); }).what(),
                 "option \"down\" has no expression for column \"note\"");
    EXPECT_EQ(error_of([&] { plan_of(orders(), split(), "dual_write"); }).sqlstate(), "22023");
}

TEST(PlanReshape, what_depends_on_a_dropped_column_is_named)
{
    TableFacts table = orders();
    table.dependents = {{2, "view public.notes"}};
    EXPECT_EQ(error_of([&] { plan_of(table, split(), "auto", both_ways()); }).detail(), "Depending on it: view public.notes.");
}

TEST(PlanReshape, without_expressions_adding_and_dropping_are_separate_and_it_says_so)
{
    Plan plan = plan_of(orders(), split());
    EXPECT_EQ(plan.strategy, "direct");
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "expand ddl", "contract await", "contract ddl"}));
    EXPECT_TRUE(mentions(plan.warnings, "no value goes from the dropped columns"));
}

}  // namespace hotswap::core
