// Online rewrite: what has expressions over altered columns comes back with the text it had.
// SPDX-License-Identifier: PostgreSQL
#include "core/planner.hpp"

#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

Check make_check(const std::string &name, int column)
{
    Check check;
    check.name = name;
    check.columns = {column};
    check.definition = "CHECK ((total > 0))";
    return check;
}

TableFacts checked()
{
    TableFacts table = orders();
    table.indexes = {make_primary_key("orders_pkey", {1}), make_index("plain", {3}), make_index("part", {2})};
    table.indexes[2].predicate = "(total > 5)";
    table.indexes[2].predicate_columns = {3};
    table.indexes[2].definition = "CREATE INDEX part ON public.orders USING btree (note) WHERE (total > 5)";
    table.indexes[2].comment = "c";
    table.indexes[2].clustered = true;
    table.checks = {make_check("positive", 3), make_check("other", 2)};
    table.checks[0].comment = "why";
    table.statistics = {{"public", "st", "CREATE STATISTICS public.st ON (total + 1) FROM public.orders", {3}, 9, "me", "s"}};
    return table;
}

const std::vector<std::string> &undo_of(const Plan &plan)
{
    return step_in(plan, Phase::switch_, StepKind::switch_storage).undo;
}

}  // namespace

TEST(RewriteExpressions, they_go_before_the_type_and_come_back_after_it)
{
    const Plan plan = rewrite_of(checked(), {change_type("total", "bigint")});
    const std::vector<std::string> expected = {
        R"(ALTER TABLE "public"."orders" DROP CONSTRAINT "positive")",
        R"(DROP INDEX "public"."part")",
        R"(DROP STATISTICS "public"."st")",
        R"(ALTER TABLE "public"."orders" ALTER COLUMN "total" DROP DEFAULT)",
        R"(ALTER TABLE "public"."orders" ALTER COLUMN "total" TYPE integer USING NULL::integer)",
        R"(ALTER TABLE ONLY "public"."orders" ALTER COLUMN "total" SET DEFAULT 0)",
        R"(ALTER TABLE "public"."orders" ADD CONSTRAINT "positive" CHECK ((total > 0)))",
        R"(COMMENT ON CONSTRAINT "positive" ON "public"."orders" IS 'why')",
        R"(CREATE INDEX part ON public.orders USING btree (note) WHERE (total > 5))",
        R"(ALTER TABLE "public"."orders" CLUSTER ON "part")",
        R"(COMMENT ON INDEX "public"."part" IS 'c')",
        R"(CREATE STATISTICS public.st ON (total + 1) FROM public.orders)",
        R"(ALTER STATISTICS "public"."st" SET STATISTICS 9)",
        R"(ALTER STATISTICS "public"."st" OWNER TO "me")",
        R"(COMMENT ON STATISTICS "public"."st" IS 's')"};
    EXPECT_EQ(undo_of(plan), expected);
    EXPECT_TRUE(step_in(plan, Phase::switch_, StepKind::switch_storage).action.empty());
}

TEST(RewriteExpressions, those_of_other_columns_stay)
{
    EXPECT_EQ(undo_of(rewrite_of(checked(), {change_type("id", "bigint")})).size(), 1U);
}

TEST(RewriteExpressions, an_attached_index_goes_with_its_parent_and_is_attached_again)
{
    TableFacts root = checked();
    root.kind = 'p';
    TableFacts leaf = checked();
    leaf.oid = 200;
    leaf.name = "leaf";
    leaf.checks[0].local = false;
    leaf.statistics.clear();
    leaf.indexes[2].name = "leaf_part";
    leaf.indexes[2].parent = R"("public"."part")";
    root.descendants = {leaf};
    const Plan plan = rewrite_of(root, {change_type("total", "bigint")});
    EXPECT_FALSE(mentions(undo_of(plan), R"(DROP INDEX "public"."leaf_part")"));
    EXPECT_TRUE(has(undo_of(plan), R"(ALTER INDEX "public"."part" ATTACH PARTITION "public"."leaf_part")"));
    EXPECT_FALSE(mentions(undo_of(plan), R"("leaf" ADD CONSTRAINT "positive")"));
}

TEST(RewriteExpressions, an_exclusion_constraint_comes_back_as_one)
{
    TableFacts table = checked();
    Index &index = table.indexes[2];
    index.exclusion = true;
    index.constraint = "part";
    index.constraint_comment = "x";
    index.definition = "EXCLUDE USING btree (note WITH =) WHERE ((total > 5))";
    const Plan plan = rewrite_of(table, {change_type("total", "bigint")});
    EXPECT_TRUE(has(undo_of(plan), R"(ALTER TABLE "public"."orders" DROP CONSTRAINT "part")"));
    EXPECT_TRUE(
        has(undo_of(plan),
            R"(ALTER TABLE "public"."orders" ADD CONSTRAINT "part" EXCLUDE USING btree (note WITH =) WHERE ((total > 5)))"));
    EXPECT_TRUE(has(undo_of(plan), R"(COMMENT ON CONSTRAINT "part" ON "public"."orders" IS 'x')"));
}

}  // namespace hotswap::core
