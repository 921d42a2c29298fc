// DROP TABLE: deprecate, wait, hold, drop.
// SPDX-License-Identifier: PostgreSQL
#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

using Texts = std::vector<std::string>;

Change drop(const TableDrop &given)
{
    Change change = make_change(ChangeKind::drop_table, "");
    change.drops = std::make_shared<TableDrop>(given);
    return change;
}

TableDrop orders_only()
{
    TableDrop drop;
    drop.tables = {{"public", "orders", "the orders", false}};
    drop.locks = {"\"public\".\"customers\""};
    return drop;
}

}  // namespace

TEST(PlanDropTable, nothing_is_lost_before_the_last_step)
{
    Options options;
    options.deprecation = "7 days";
    Plan plan = plan_of(orders(), {drop(orders_only())}, "auto", options);
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "switch await", "switch ddl", "contract await", "contract ddl"}));
    EXPECT_EQ(plan.steps[0].undo, Texts{"COMMENT ON TABLE \"public\".\"orders\" IS 'the orders'"});
    EXPECT_EQ(plan.steps[1].wait_for, "7 days");
    EXPECT_EQ(plan.steps[2].action, Texts{"ALTER TABLE \"public\".\"orders\" RENAME TO \"_hotswap_held_orders\""});
    EXPECT_EQ(plan.steps[2].undo, Texts{"ALTER TABLE \"public\".\"_hotswap_held_orders\" RENAME TO \"orders\""});
    EXPECT_EQ(plan.steps[3].wait_for, "24 hours");
    EXPECT_EQ(plan.steps[4].action, Texts{"DROP TABLE \"public\".\"_hotswap_held_orders\""});
    EXPECT_EQ(plan.steps[4].locks, Texts{"\"public\".\"customers\""});
    for (std::size_t i = 0; i + 1 < plan.steps.size(); ++i)
        EXPECT_FALSE(plan.steps[i].irreversible);
    EXPECT_TRUE(plan.steps[4].irreversible);
}

TEST(PlanDropTable, auto_contract_drops_at_once)
{
    Options options;
    options.auto_contract = true;
    Plan plan = plan_of(orders(), {drop(orders_only())}, "auto", options);
    EXPECT_EQ(shape(plan), Texts{"contract ddl"});
    EXPECT_EQ(plan.steps[0].action, Texts{"DROP TABLE \"public\".\"orders\""});
}

TEST(PlanDropTable, cascade_names_what_goes_along)
{
    TableDrop given = orders_only();
    given.cascade = true;
    given.dependents = {"view seen"};
    Plan plan = plan_of(orders(), {drop(given)});
    EXPECT_TRUE(mentions(plan.warnings, "also drops view seen"));
    EXPECT_TRUE(contains(plan.steps.back().action[0], " CASCADE"));
}

}  // namespace hotswap::core
