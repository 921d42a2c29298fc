// Constraints that a statement drops and adds beside a rewriting change.
// SPDX-License-Identifier: PostgreSQL
#include "core/identifier.hpp"
#include "core/planner.hpp"

#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

TableFacts keyed()
{
    TableFacts table = orders();
    table.blocks = 10;
    table.indexes = {make_primary_key("orders_pkey", {1})};
    table.indexes[0].definition = "PRIMARY KEY (id)";
    return table;
}

Change named(ChangeKind kind, const std::string &name)
{
    Change change = make_change(kind);
    change.new_name = name;
    return change;
}

Change add_key(const std::vector<std::string> &columns)
{
    Change change = named(ChangeKind::add_unique, "orders_pkey");
    change.names = columns;
    change.primary = true;
    return change;
}

Change add_foreign_key()
{
    Change change = named(ChangeKind::add_foreign_key, "f");
    change.names = {"total"};
    change.referenced_schema = "public";
    change.referenced_table = "sums";
    change.definition = "FOREIGN KEY (total) REFERENCES public.sums (id)";
    return change;
}

bool alters_by(const std::vector<std::string> &statements, const std::string &text)
{
    for (const std::string &statement : statements)
        if (statement == "ALTER TABLE \"public\".\"orders\" " + text)
            return true;
    return false;
}

const Step &switch_of(const Plan &plan)
{
    return step_in(plan, Phase::switch_, StepKind::switch_storage);
}

}  // namespace

TEST(RewriteConstraints, a_key_that_comes_back_on_the_same_columns_is_one_on_both_sides)
{
    const Change drop = named(ChangeKind::drop_constraint, "orders_pkey");
    const Plan plan = rewrite_of(keyed(), {drop, change_type("id", "bigint"), add_key({"id"})});
    EXPECT_EQ(plan.twins[0].key, std::vector<std::string>{"id"});
    EXPECT_TRUE(alters_by(switch_of(plan).undo, "ADD CONSTRAINT \"orders_pkey\" PRIMARY KEY (id)"));
    const Error error = error_of([&] { rewrite_of(keyed(), {drop, change_type("id", "bigint"), add_key({"id", "total"})}); });
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_TRUE(contains(error.detail(), "the statement drops constraint \"orders_pkey\" and adds none on the same columns"));
}

TEST(RewriteConstraints, a_key_of_a_partition_goes_with_that_of_its_root)
{
    TableFacts root = keyed(), leaf = keyed();
    root.kind = 'p';
    leaf.oid = 2;
    leaf.name = "part";
    leaf.has_parents = true;
    leaf.depth = 1;
    leaf.parent = root.oid;
    leaf.indexes[0].name = leaf.indexes[0].constraint = "part_pkey";
    leaf.indexes[0].parent = qualified("public", "orders_pkey");
    root.descendants = {leaf};
    Options options;
    options.one_way = true;
    const Change drop = named(ChangeKind::drop_constraint, "orders_pkey");
    const Error error = error_of([&] { rewrite_of(root, {drop, change_type("total", "bigint")}, options); });
    EXPECT_TRUE(contains(error.detail(), "the statement drops constraint \"orders_pkey\""));
    EXPECT_NO_THROW(rewrite_of(root, {drop, change_type("total", "bigint"), add_key({"id"})}, options));
}

TEST(RewriteConstraints, a_key_that_others_rest_on_is_not_dropped)
{
    TableFacts table = keyed();
    ForeignKey key;
    key.name = "child_fkey";
    key.schema = "public";
    key.table = "child";
    key.index = "orders_pkey";
    key.referenced_columns = {"id"};
    table.incoming = {key};
    const Error error =
        error_of([&] { rewrite_of(table, {named(ChangeKind::drop_constraint, "orders_pkey"), change_type("id", "bigint"), add_key({"id"})}); });
    EXPECT_EQ(error.sqlstate(), "2BP01");
    EXPECT_TRUE(contains(error.detail(), "child_fkey"));
}

TEST(RewriteConstraints, an_added_foreign_key_is_looked_at_after_the_switch)
{
    const Plan plan = rewrite_of(keyed(), {change_type("id", "bigint"), add_foreign_key()});
    EXPECT_TRUE(alters_by(switch_of(plan).after, "DROP CONSTRAINT \"f\""));
    EXPECT_TRUE(alters_by(switch_of(plan).after, "ADD CONSTRAINT \"f\" FOREIGN KEY (total) REFERENCES public.sums (id) NOT VALID"));
    EXPECT_TRUE(alters_by(switch_of(plan).undo, "DROP CONSTRAINT \"f\""));
    EXPECT_FALSE(alters_by(switch_of(plan).action, "DROP CONSTRAINT \"f\""));
    EXPECT_TRUE(alters_by(step_in(plan, Phase::switch_, StepKind::validate).action, "VALIDATE CONSTRAINT \"f\""));
    Change later = add_foreign_key();
    later.not_valid = true;
    EXPECT_FALSE(alters_by(switch_of(rewrite_of(keyed(), {change_type("id", "bigint"), later})).after, "DROP CONSTRAINT \"f\""));
    TableFacts table = keyed();
    table.kind = 'p';
    EXPECT_EQ(error_of([&] { rewrite_of(table, {change_type("id", "bigint"), add_foreign_key()}); }).sqlstate(), "0A000");
}

TEST(RewriteConstraints, a_dropped_foreign_key_comes_back_for_rows_to_be_looked_at)
{
    TableFacts table = keyed();
    ForeignKey key;
    key.name = "f";
    key.schema = "public";
    key.table = "orders";
    key.referenced_schema = "public";
    key.referenced_table = "sums";
    key.columns = {"total"};
    key.definition = "FOREIGN KEY (total) REFERENCES public.sums(id)";
    table.outgoing = {key};
    // It stands on the altered column, too: the statement drops it, and nothing else does.
    const Plan plan = rewrite_of(table, {named(ChangeKind::drop_constraint, "f"), change_type("total", "bigint")});
    EXPECT_FALSE(alters_by(switch_of(plan).action, "DROP CONSTRAINT \"f\""));
    EXPECT_TRUE(switch_of(plan).after.empty());
    EXPECT_TRUE(alters_by(switch_of(plan).undo, "ADD CONSTRAINT \"f\" FOREIGN KEY (total) REFERENCES public.sums(id) NOT VALID"));
    EXPECT_TRUE(alters_by(plan.steps[6].undo, "VALIDATE CONSTRAINT \"f\""));
}

TEST(RewriteConstraints, checks_come_back_once)
{
    TableFacts table = keyed();
    Check check;
    check.name = "c";
    check.columns = {3};
    check.definition = "CHECK ((total > 0))";
    table.checks = {check};
    for (const char *column : {"total", "id"}) {
        const Plan plan = rewrite_of(table, {named(ChangeKind::drop_constraint, "c"), change_type(column, "bigint")});
        EXPECT_FALSE(alters_by(switch_of(plan).undo, "DROP CONSTRAINT \"c\""));
        int count = 0;
        for (const std::string &statement : switch_of(plan).undo)
            count += contains(statement, "ADD CONSTRAINT \"c\" CHECK ((total > 0))") ? 1 : 0;
        EXPECT_EQ(count, 1);
    }
}

TEST(RewriteConstraints, settings_with_a_known_way_back_go_along)
{
    Change cluster = make_change(ChangeKind::metadata_only);
    cluster.part = "CLUSTER ON";
    cluster.undo = {"ALTER TABLE \"public\".\"orders\" SET WITHOUT CLUSTER"};
    EXPECT_TRUE(alters_by(switch_of(rewrite_of(keyed(), {change_type("id", "bigint"), cluster})).undo, "SET WITHOUT CLUSTER"));
    Change validate = named(ChangeKind::validate_constraint, "c");
    validate.part = "VALIDATE CONSTRAINT";
    EXPECT_TRUE(contains(error_of([&] { rewrite_of(keyed(), {change_type("id", "bigint"), validate}); }).detail(), "without a look at the rows"));
}

}  // namespace hotswap::core
