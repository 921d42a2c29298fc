// Online rewrite: views on altered columns go away and come back with all they had.
// SPDX-License-Identifier: PostgreSQL
#include "core/planner.hpp"

#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

View make_view(unsigned oid, const std::string &name, const std::vector<ViewRead> &reads)
{
    View view;
    view.oid = oid;
    view.schema = "public";
    view.name = name;
    view.owner = "me";
    view.definition = "SELECT 1 AS one";
    view.columns = {{"one", "", "", -1, {}}};
    view.reads = reads;
    return view;
}

TableFacts viewed()
{
    TableFacts table = orders();
    table.indexes = {make_primary_key("orders_pkey", {1})};
    // Listed in an order in which they cannot be made: top reads middle reads base reads total.
    table.views = {make_view(30, "top", {{20, 1}}), make_view(20, "middle", {{10, 1}, {16384, 2}}),
                   make_view(10, "base", {{16384, 0}, {16384, 3}}), make_view(40, "other", {{16384, 2}})};
    return table;
}

const Step &switch_of(const Plan &plan)
{
    return step_in(plan, Phase::switch_, StepKind::switch_storage);
}

}  // namespace

TEST(RewriteViews, they_are_dropped_from_the_top_and_made_from_the_bottom)
{
    const Plan plan = rewrite_of(viewed(), {change_type("total", "bigint")});
    const Step &step = switch_of(plan);
    const std::vector<std::string> drops = {R"(DROP VIEW "public"."top")", R"(DROP VIEW "public"."middle")",
                                            R"(DROP VIEW "public"."base")"};
    EXPECT_EQ(step.action, drops);
    EXPECT_LT(position_of(step.after, R"(CREATE VIEW "public"."base" ("one") AS SELECT 1 AS one)"),
              position_of(step.after, R"(CREATE VIEW "public"."middle" ("one") AS SELECT 1 AS one)"));
    EXPECT_FALSE(mentions(step.after, "other"));
    EXPECT_EQ(std::vector<std::string>(step.undo.begin(), step.undo.begin() + 3), drops);
    EXPECT_EQ(step.undo.back(), R"(ALTER VIEW "public"."top" OWNER TO "me")");
    EXPECT_TRUE(has(step.locks, R"("public"."middle")"));
    EXPECT_TRUE(has(plan.steps[0].locks, R"("public"."middle")"));
}

TEST(RewriteViews, nothing_happens_to_them_when_their_columns_stay)
{
    EXPECT_TRUE(switch_of(rewrite_of(viewed(), {change_type("id", "bigint")})).action.empty());
}

TEST(RewriteViews, everything_of_a_view_comes_back)
{
    TableFacts table = viewed();
    View &view = table.views[2];
    table.views = {view};
    table.default_grantees = {"", "me", "them"};
    View &kept = table.views[0];
    kept.options = "\"security_barrier\" = 'true'";
    kept.comment = "it's";
    kept.columns = {{"One", "42", "first", -1, {{"SELECT", "", false}}}};
    kept.grants = {{"SELECT", "you", true}, {"UPDATE", "you", true}, {"SELECT", "", false}};
    kept.rules = {"CREATE RULE r AS ON DELETE TO public.base DO INSTEAD NOTHING"};
    kept.triggers = {"CREATE TRIGGER t INSTEAD OF INSERT ON public.base FOR EACH ROW EXECUTE FUNCTION public.f()"};
    kept.remarks = {"COMMENT ON RULE r ON public.base IS 'x'"};
    const std::vector<std::string> expected = {
        R"(CREATE VIEW "public"."base" ("One") WITH ("security_barrier" = 'true') AS SELECT 1 AS one)",
        kept.rules[0],
        kept.triggers[0],
        kept.remarks[0],
        R"(ALTER VIEW "public"."base" OWNER TO "me")",
        R"(REVOKE ALL ON "public"."base" FROM PUBLIC)",
        R"(REVOKE ALL ON "public"."base" FROM "them")",
        R"(GRANT SELECT ON "public"."base" TO PUBLIC)",
        R"(GRANT SELECT, UPDATE ON "public"."base" TO "you" WITH GRANT OPTION)",
        R"(ALTER VIEW "public"."base" ALTER COLUMN "One" SET DEFAULT 42)",
        R"(COMMENT ON COLUMN "public"."base"."One" IS 'first')",
        R"(GRANT SELECT ("One") ON "public"."base" TO PUBLIC)",
        R"(COMMENT ON VIEW "public"."base" IS 'it''s')"};
    EXPECT_EQ(switch_of(rewrite_of(table, {change_type("total", "bigint")})).after, expected);
    kept.owner_limited = true;
    EXPECT_TRUE(
        has(switch_of(rewrite_of(table, {change_type("total", "bigint")})).after, R"(REVOKE ALL ON "public"."base" FROM "me")"));
}

TEST(RewriteViews, a_materialized_view_is_made_empty_and_filled_when_the_rows_are_back)
{
    TableFacts table = viewed();
    table.views = {make_view(10, "sums", {{16384, 3}})};
    View &view = table.views[0];
    view.materialized = true;
    view.access_method = "heap";
    view.tablespace = "fast";
    view.indexes = {{"sums_one", "CREATE UNIQUE INDEX sums_one ON public.sums USING btree (one)", "", "c", true}};
    const Plan plan = rewrite_of(table, {change_type("total", "bigint")});
    const Step &step = switch_of(plan);
    EXPECT_EQ(
        step.after[0],
        R"(CREATE MATERIALIZED VIEW "public"."sums" ("one") USING "heap" TABLESPACE "fast" AS SELECT 1 AS one WITH NO DATA)");
    EXPECT_TRUE(has(step.after, view.indexes[0].definition));
    EXPECT_TRUE(has(step.after, R"(ALTER MATERIALIZED VIEW "public"."sums" CLUSTER ON "sums_one")"));
    const std::vector<std::string> populate = {R"(REFRESH MATERIALIZED VIEW "public"."sums")"};
    EXPECT_EQ(step.populate, populate);
    EXPECT_EQ(step.undo_populate, populate);
    EXPECT_TRUE(mentions(plan.warnings, "is filled again"));
    view.populated = false;
    EXPECT_TRUE(switch_of(rewrite_of(table, {change_type("total", "bigint")})).populate.empty());
}

TEST(RewriteViews, one_that_others_need_is_refused_with_their_names)
{
    TableFacts table = viewed();
    table.views[0].obstacles = {"function f()"};
    const Error error = error_of([&] { rewrite_of(table, {change_type("total", "bigint")}); });
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_EQ(error.detail(), "Depending on it: function f().");
}

}  // namespace hotswap::core
