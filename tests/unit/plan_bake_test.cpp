// Which plans end with a watch, and how long it is.
// SPDX-License-Identifier: PostgreSQL
#include "core/bake.hpp"

#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

// "10 minutes", with ", unasked" behind it; empty: none.
std::string watched(const TableFacts &table, const Options &options, const std::string &column_type = "bigint")
{
    const Change change = column_type.empty() ? add_column("extra", "integer") : change_type("total", column_type);
    for (const Step &step : plan_of(table, {change}, column_type.empty() ? "auto" : "dual_write", options).steps)
        if (step.phase == Phase::bake)
            return step.wait_for + (step.unasked ? ", unasked" : "");
    return "";
}

TableFacts of_size(std::int64_t blocks)
{
    TableFacts table = orders();
    table.blocks = blocks;
    return table;
}

}  // namespace

TEST(PlanBake, nobody_who_has_not_asked_waits_unless_the_server_says_so)
{
    Options options;
    EXPECT_EQ(watched(of_size(1000), options), "");
    options.usual_bake.unasked_after_switch = true;
    EXPECT_EQ(watched(of_size(1000), options), "10 minutes, unasked");
    EXPECT_EQ(watched(of_size(1000), options, ""), "");
    options.usual_bake.unasked_direct = true;
    EXPECT_EQ(watched(of_size(1000), options, ""), "2 minutes, unasked");
}

TEST(PlanBake, unasked_it_is_for_tables_of_some_size_with_their_partitions)
{
    Options options;
    options.usual_bake.unasked_after_switch = options.usual_bake.unasked_direct = true;
    EXPECT_EQ(watched(of_size(127), options), "");
    EXPECT_EQ(watched(of_size(128), options), "10 minutes, unasked");
    TableFacts table = of_size(0);
    table.descendants = {of_size(100), of_size(100)};
    EXPECT_EQ(watched(table, options, ""), "2 minutes, unasked");
}

TEST(PlanBake, whoever_asks_gets_what_was_asked_for)
{
    Options options;
    options.bake_wish = BakeWish::usual;
    EXPECT_EQ(watched(of_size(1), options), "10 minutes");
    EXPECT_EQ(watched(of_size(1), options, ""), "2 minutes");
    options.bake_wish = BakeWish::given;
    options.bake = "1 hour";
    EXPECT_EQ(watched(of_size(1), options), "1 hour");
    options.bake_wish = BakeWish::none;
    options.bake = "";
    options.usual_bake.unasked_after_switch = true;
    EXPECT_EQ(watched(of_size(1000), options), "");
}

TEST(PlanBake, intervals_read_well)
{
    EXPECT_EQ(interval_text(600000), "10 minutes");
    EXPECT_EQ(interval_text(60000), "1 minute");
    EXPECT_EQ(interval_text(90000), "90 seconds");
    EXPECT_EQ(interval_text(1500), "1500 milliseconds");
}

}  // namespace hotswap::core
