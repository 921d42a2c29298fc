// CASCADE: what depends on a column or a key is dropped by name, each with its way back.
// SPDX-License-Identifier: PostgreSQL
#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

using Texts = std::vector<std::string>;

Fallen view(const std::string &name)
{
    Fallen fallen;
    fallen.words = "view " + name;
    fallen.drop = "DROP VIEW " + name;
    fallen.again = {"CREATE VIEW " + name};
    fallen.locks = {name};
    fallen.is_view = true;
    return fallen;
}

Fallen foreign_key()
{
    Fallen fallen;
    fallen.words = "constraint k on table other";
    fallen.drop = "ALTER TABLE other DROP CONSTRAINT k";
    fallen.again = {"ALTER TABLE other ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES orders NOT VALID", "COMMENT ON CONSTRAINT k ON other IS 'x'"};
    fallen.validation = "ALTER TABLE other VALIDATE CONSTRAINT k";
    fallen.locks = {"other", "orders"};
    return fallen;
}

Change with_cascade(Change change, std::vector<Fallen> fallen)
{
    change.cascade = std::make_shared<const std::vector<Fallen>>(std::move(fallen));
    return change;
}

}  // namespace

TEST(PlanCascade, what_rests_on_others_goes_first_and_comes_back_last)
{
    Plan plan = plan_of(orders(), {with_cascade(make_change(ChangeKind::drop_column, "note"), {view("v"), view("w")})});
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "contract await", "contract ddl", "contract ddl", "contract ddl"}));
    EXPECT_EQ(plan.steps[2].action, Texts{"DROP VIEW w"});
    EXPECT_EQ(plan.steps[2].undo, Texts{"CREATE VIEW w"});
    EXPECT_EQ(plan.steps[2].title, "drop view w");
    EXPECT_EQ(plan.steps[2].locks, Texts{"w"});
    EXPECT_EQ(plan.steps[3].action, Texts{"DROP VIEW v"});
    EXPECT_EQ(plan.steps[4].action, Texts{"ALTER TABLE \"public\".\"orders\" DROP COLUMN \"note\""}) << "never with CASCADE: what comes later is not dropped unasked";
    EXPECT_TRUE(mentions(plan.warnings, "CASCADE also drops view v, view w"));
    EXPECT_TRUE(mentions(plan.warnings, "clients that read view v, view w fail"));
}

TEST(PlanCascade, a_foreign_key_comes_back_not_valid_and_is_proved_beside_the_writers)
{
    TableFacts table = orders();
    table.indexes = {make_primary_key("orders_pkey", {1})};
    Change drop = make_change(ChangeKind::drop_constraint, "");
    drop.new_name = "orders_pkey";
    Plan plan = plan_of(table, {with_cascade(drop, {foreign_key()})});
    ASSERT_GE(plan.steps.size(), 4u);
    EXPECT_EQ(plan.steps[0].kind, StepKind::validate);
    EXPECT_TRUE(plan.steps[0].action.empty());
    EXPECT_EQ(plan.steps[0].undo, Texts{"ALTER TABLE other VALIDATE CONSTRAINT k"});
    EXPECT_EQ(plan.steps[0].locks, Texts{"other"});
    EXPECT_EQ(plan.steps[1].action, Texts{"ALTER TABLE other DROP CONSTRAINT k"});
    EXPECT_EQ(plan.steps[1].locks, (Texts{"other", "orders"}));
    EXPECT_EQ(plan.steps[1].relation, "other");
    EXPECT_FALSE(plan.steps[1].irreversible);
}

TEST(PlanCascade, what_cannot_be_made_again_is_named)
{
    Fallen lost = view("m");
    lost.again.clear();
    Plan plan = plan_of(orders(), {with_cascade(make_change(ChangeKind::drop_column, "note"), {lost})});
    EXPECT_TRUE(plan.steps[2].irreversible);
    EXPECT_TRUE(mentions(plan.warnings, "nothing brings back view m"));
}

TEST(PlanCascade, what_several_columns_have_in_common_goes_once)
{
    Fallen generated;
    generated.words = "column total of table public.orders";
    generated.drop = "ALTER TABLE public.orders DROP COLUMN total";
    generated.table = orders().oid;
    generated.column = "total";
    Plan plan = plan_of(orders(), {with_cascade(make_change(ChangeKind::drop_column, "note"), {view("v"), generated}),
                                   with_cascade(make_change(ChangeKind::drop_column, "total"), {view("v")})});
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "contract await", "contract ddl", "contract ddl"}));
}

TEST(PlanCascade, beside_a_dual_write_it_is_refused)
{
    Change rename = make_change(ChangeKind::rename_column, "note");
    rename.new_name = "remark";
    Error error = error_of([&] { plan_of(orders(), {rename, with_cascade(make_change(ChangeKind::drop_column, "total"), {view("v")})}); });
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_EQ(error.detail(), "It would also drop view v.");
}

TEST(PlanCascade, what_has_no_drop_of_its_own_is_refused)
{
    Fallen odd = view("v");
    odd.drop.clear();
    Error error = error_of([&] { plan_of(orders(), {with_cascade(make_change(ChangeKind::drop_column, "note"), {odd})}); });
    EXPECT_EQ(error.sqlstate(), "0A000");
}

}  // namespace hotswap::core
