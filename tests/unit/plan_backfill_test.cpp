// Dual write: the new columns are filled in place, or by writing the table anew.
// SPDX-License-Identifier: PostgreSQL
#include "core/planner.hpp"

#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

TableFacts keyed()
{
    TableFacts table = orders();
    table.indexes = {make_primary_key("orders_pkey", {1})};
    return table;
}

Options filled(const std::string &way)
{
    Options options;
    options.backfill = way;
    return options;
}

}  // namespace

TEST(PlanBackfill, a_rewrite_takes_the_place_of_the_backfill_and_can_be_undone)
{
    const Plan plan = dual_write_of(keyed(), {change_type("total", "bigint")}, filled("rewrite"));
    const std::vector<std::string> expected = {
        "expand ddl",       "migrate twin_create", "migrate copy",           "migrate twin_index",
        "migrate catch_up", "migrate twin_verify", "migrate switch_storage", "migrate twin_drop"};
    const std::vector<std::string> words = shape(plan);
    EXPECT_EQ(std::vector<std::string>(words.begin(), words.begin() + 8), expected);
    EXPECT_EQ(plan.strategy, "dual_write");
    EXPECT_FALSE(step_in(plan, Phase::migrate, StepKind::twin_drop).irreversible);
    EXPECT_TRUE(step_in(plan, Phase::migrate, StepKind::switch_storage).action.empty());
    ASSERT_EQ(plan.twins.size(), 1U);
    EXPECT_EQ(plan.twins[0].key, std::vector<std::string>{"id"});
    ASSERT_EQ(plan.twins[0].columns.size(), 1U);
    const TwinColumn &column = plan.twins[0].columns[0];
    EXPECT_EQ(column.up, R"(CASE WHEN "_hotswap_new_total" IS NULL THEN ("total")::bigint ELSE "_hotswap_new_total" END)");
    EXPECT_EQ(column.down, R"("_hotswap_new_total")");
    EXPECT_FALSE(column.added);
}

TEST(PlanBackfill, a_value_too_long_is_refused_by_the_assignment_not_cut_by_a_cast)
{
    Options options = filled("rewrite");
    options.down = {{"", "note"}};
    auto up_for = [&](const std::string &type) {
        return dual_write_of(keyed(), {change_type("note", type)}, options).twins[0].columns[0].up;
    };
    EXPECT_TRUE(contains(up_for("character varying(9)"), ")::character varying ELSE"));
    EXPECT_TRUE(contains(up_for("character(9)"), ")::pg_catalog.bpchar ELSE"));
    EXPECT_TRUE(contains(up_for("bit(9)[]"), ")::pg_catalog.\"bit\"[] ELSE"));
    EXPECT_TRUE(contains(up_for("timestamp(3) without time zone"), ")::timestamp without time zone ELSE"));
    EXPECT_TRUE(contains(up_for("\"odd(type)\"(3)"), ")::\"odd(type)\" ELSE"));
}

TEST(PlanBackfill, in_place_unless_it_is_asked_for_or_clearly_cheaper)
{
    EXPECT_TRUE(mentions(shape(dual_write_of(keyed(), {change_type("total", "bigint")})), "migrate backfill"));
    EXPECT_TRUE(
        mentions(shape(dual_write_of(keyed(), {change_type("total", "bigint")}, filled("in_place"))), "migrate backfill"));
    TableFacts big = keyed();
    big.rows = 1e8;
    big.blocks = 1300000;
    big.index_blocks = 2200000;
    big.free_bytes = std::int64_t{1} << 40;
    for (int i = 0; i < 7; ++i)
        big.indexes.push_back(make_index("i" + std::to_string(i), {2}));
    EXPECT_TRUE(mentions(shape(dual_write_of(big, {rename_to("total", "sum")})), "migrate copy"));
    big.indexes[0].deferrable = true;  // no key: nobody asked for a rewrite, so there is none
    EXPECT_TRUE(mentions(shape(dual_write_of(big, {rename_to("total", "sum")})), "migrate backfill"));
    EXPECT_EQ(error_of([&] { dual_write_of(big, {rename_to("total", "sum")}, filled("rewrite")); }).sqlstate(), "0A000");
}

TEST(PlanBackfill, the_option_is_for_a_dual_write_only)
{
    EXPECT_EQ(error_of([&] { rewrite_of(keyed(), {change_type("total", "bigint")}, filled("rewrite")); }).sqlstate(), "22023");
}

}  // namespace hotswap::core
