// Online rewrite: foreign keys step aside, and with option cascade their columns follow.
// SPDX-License-Identifier: PostgreSQL
#include "core/planner.hpp"

#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

ForeignKey make_key(const std::string &name, const std::string &child, const std::string &column, const std::string &parent,
                    const std::string &referenced)
{
    ForeignKey key;
    key.name = name;
    key.schema = key.referenced_schema = "public";
    key.table = child;
    key.columns = {column};
    key.referenced_table = parent;
    key.referenced_columns = {referenced};
    key.definition = "FOREIGN KEY (" + column + ") REFERENCES public." + parent + "(" + referenced + ")";
    key.index = parent + "_pkey";
    return key;
}

TableFacts make_table(unsigned oid, const std::string &name)
{
    TableFacts table = orders();
    table.oid = oid;
    table.name = name;
    table.columns = {make_column(1, "id", "integer", true), make_column(2, "ref", "integer")};
    table.indexes = {make_primary_key(name + "_pkey", {1})};
    return table;
}

// items.ref -> orders.id, parts.ref -> items.ref
TableFacts chain()
{
    TableFacts table = orders();
    table.indexes = {make_primary_key("orders_pkey", {1})};
    table.incoming = {make_key("items_fk", "items", "ref", "orders", "id")};
    TableFacts items = make_table(200, "items"), parts = make_table(100, "parts");
    items.outgoing = table.incoming;
    items.incoming = parts.outgoing = {make_key("parts_fk", "parts", "ref", "items", "ref")};
    table.referencing = {items, parts};
    return table;
}

const Step &switch_of(const Plan &plan)
{
    return step_in(plan, Phase::switch_, StepKind::switch_storage);
}

Options cascading()
{
    Options options;
    options.cascade = true;
    return options;
}

}  // namespace

TEST(RewriteCascade, without_it_keys_are_made_again_and_the_columns_that_stay_behind_are_named)
{
    TableFacts table = chain();
    table.incoming[0].comment = "why";
    const Plan plan = rewrite_of(table, {change_type("id", "bigint")});
    const Step &step = switch_of(plan);
    EXPECT_EQ(step.action, std::vector<std::string>{R"(ALTER TABLE "public"."items" DROP CONSTRAINT "items_fk")"});
    const std::vector<std::string> after = {
        R"(ALTER TABLE "public"."items" ADD CONSTRAINT "items_fk" FOREIGN KEY (ref) REFERENCES public.orders(id) NOT VALID)",
        R"(COMMENT ON CONSTRAINT "items_fk" ON "public"."items" IS 'why')"};
    EXPECT_EQ(step.after, after);
    EXPECT_EQ(step.undo.front(), step.action.front());
    EXPECT_EQ(step.undo.back(), after.back());
    EXPECT_EQ(step.locks, std::vector<std::string>{R"("public"."items")"});
    EXPECT_EQ(plan.twins.size(), 1U);
    EXPECT_TRUE(mentions(plan.warnings, "keeps its type"));
}

TEST(RewriteCascade, a_key_is_validated_after_the_switch_and_after_its_undo)
{
    const std::string validate = R"(ALTER TABLE "public"."items" VALIDATE CONSTRAINT "items_fk")";
    TableFacts table = chain();
    const Plan plan = rewrite_of(table, {change_type("id", "bigint")});
    std::size_t at = 0, back = 0, forth = 0;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        if (plan.steps[i].kind == StepKind::switch_storage)
            at = i;
        if (plan.steps[i].undo == std::vector<std::string>{validate} && plan.steps[i].action.empty())
            back = i;
        if (plan.steps[i].action == std::vector<std::string>{validate} && plan.steps[i].undo.empty())
            forth = i;
    }
    EXPECT_TRUE(0 < back && back < at && at < forth);
    table.incoming[0].validated = false;
    EXPECT_FALSE(mentions(shape(rewrite_of(table, {change_type("id", "bigint")})), "VALIDATE"));
}

TEST(RewriteCascade, with_it_all_tables_of_the_chain_are_copied_in_the_order_of_their_oids)
{
    const Plan plan = rewrite_of(chain(), {change_type("id", "bigint")}, cascading());
    ASSERT_EQ(plan.twins.size(), 3U);
    EXPECT_EQ(plan.twins[0].name, "parts");
    EXPECT_EQ(plan.twins[1].name, "items");
    EXPECT_EQ(plan.twins[0].columns[0].up, "\"ref\"");
    const Step &step = switch_of(plan);
    EXPECT_EQ(step.action.size(), 2U);
    EXPECT_EQ(step.after[0], R"(ALTER TABLE "public"."items" ALTER COLUMN "ref" TYPE bigint)");
    EXPECT_EQ(step.after[1], R"(ALTER TABLE "public"."parts" ALTER COLUMN "ref" TYPE bigint)");
    EXPECT_LT(position_of(step.undo, R"(ALTER TABLE "public"."parts" ALTER COLUMN "ref" TYPE integer USING NULL::integer)"),
              position_of(step.undo, R"(ALTER TABLE "public"."items" ALTER COLUMN "ref" TYPE integer USING NULL::integer)"));
    EXPECT_TRUE(mentions(plan.warnings, R"("public"."items" ("ref"), "public"."parts" ("ref"))"));
}

TEST(RewriteCascade, a_table_that_references_itself_follows_in_itself)
{
    TableFacts table = make_table(16384, "orders");
    table.incoming = table.outgoing = {make_key("self", "orders", "ref", "orders", "id")};
    const Plan plan = rewrite_of(table, {change_type("id", "bigint")}, cascading());
    ASSERT_EQ(plan.twins.size(), 1U);
    EXPECT_EQ(plan.twins[0].columns.size(), 2U);
    EXPECT_EQ(switch_of(plan).action.size(), 1U);
}

TEST(RewriteCascade, the_sequence_of_a_serial_follows_and_goes_back)
{
    TableFacts table = chain();
    table.columns[0].sequence_schema = "public";
    table.columns[0].sequence_name = "orders_id_seq";
    table.columns[0].sequence_type = "integer";
    EXPECT_TRUE(mentions(rewrite_of(table, {change_type("id", "bigint")}).warnings, "keeps its own type"));
    const Plan plan = rewrite_of(table, {change_type("id", "bigint")}, cascading());
    EXPECT_TRUE(has(switch_of(plan).after, R"(ALTER SEQUENCE "public"."orders_id_seq" AS bigint)"));
    EXPECT_TRUE(has(switch_of(plan).undo, R"(ALTER SEQUENCE "public"."orders_id_seq" AS integer)"));
}

TEST(RewriteCascade, an_expression_of_its_own_cannot_be_handed_on)
{
    Change change = change_type("id", "bigint");
    change.using_text = "id * 2";
    change.reads = {"id"};
    Options options = cascading();
    options.down = {{"", "id / 2"}};
    EXPECT_EQ(error_of([&] { rewrite_of(chain(), {change}, options); }).sqlstate(), "0A000");
}

TEST(RewriteCascade, it_is_refused_where_nothing_can_follow)
{
    EXPECT_EQ(
        error_of([&] { plan_of(orders(), {make_change(ChangeKind::drop_default, "total")}, "auto", cascading()); }).sqlstate(),
        "22023");
    EXPECT_EQ(error_of([&] { plan_of(chain(), {change_type("id", "bigint")}, "dual_write", cascading()); }).sqlstate(), "22023");
}

TEST(RewriteCascade, a_key_of_a_partitioned_table_comes_back_only_with_its_table)
{
    TableFacts table = chain();
    table.incoming[0].on_partitioned = true;
    EXPECT_EQ(error_of([&] { rewrite_of(table, {change_type("id", "bigint")}); }).sqlstate(), "0A000");
    const Plan plan = rewrite_of(table, {change_type("id", "bigint")}, cascading());
    EXPECT_TRUE(has(switch_of(plan).after,
                    R"(ALTER TABLE "public"."items" ADD CONSTRAINT "items_fk" FOREIGN KEY (ref) REFERENCES public.orders(id))"));
}

}  // namespace hotswap::core
