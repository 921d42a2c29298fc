// Constraints: added without anybody waiting, taken away with a way back.
// SPDX-License-Identifier: PostgreSQL
#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

using Texts = std::vector<std::string>;

const std::string kAlter = "ALTER TABLE \"public\".\"orders\" ";

Change constraint(ChangeKind kind, const std::string &name, const std::string &definition = "")
{
    Change change = make_change(kind);
    change.new_name = name;
    change.definition = definition;
    return change;
}

Change foreign_key()
{
    Change change = constraint(ChangeKind::add_foreign_key, "to_other", "FOREIGN KEY (\"total\") REFERENCES \"public\".\"other\"");
    change.names = {"total"};
    change.referenced_schema = "public";
    change.referenced_table = "other";
    return change;
}

Change unique(const std::string &name, const std::vector<std::string> &columns, bool primary = false)
{
    Change change = constraint(ChangeKind::add_unique, name, "USING btree (...)");
    change.names = columns;
    change.primary = primary;
    change.constraint_text = primary ? "PRIMARY KEY (...)" : "UNIQUE (...)";
    return change;
}

// Two partitions.
TableFacts parts()
{
    TableFacts table = orders();
    table.kind = 'p';
    for (const char *name : {"low", "high"}) {
        TableFacts below = orders();
        below.name = name;
        below.oid = 20000 + static_cast<unsigned>(table.descendants.size());
        below.parent = table.oid;
        below.depth = 1;
        table.descendants.push_back(below);
    }
    return table;
}

}  // namespace

TEST(PlanConstraint, a_check_is_added_not_valid_and_validated_beside_the_writers)
{
    Plan plan = plan_of(orders(), {constraint(ChangeKind::add_check, "c", "CHECK ((total > 0))")});
    EXPECT_EQ(plan.strategy, "online_constraint");
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "migrate validate"}));
    EXPECT_EQ(plan.steps[0].action, Texts{kAlter + "ADD CONSTRAINT \"c\" CHECK ((total > 0)) NOT VALID"});
    EXPECT_EQ(plan.steps[0].undo, Texts{kAlter + "DROP CONSTRAINT IF EXISTS \"c\""});
    EXPECT_EQ(plan.steps[1].action, Texts{kAlter + "VALIDATE CONSTRAINT \"c\""});
    EXPECT_EQ(plan.steps[1].lock_mode, "SHARE UPDATE EXCLUSIVE");
}

TEST(PlanConstraint, written_not_valid_it_stays_so)
{
    Change change = constraint(ChangeKind::add_check, "c", "CHECK ((total > 0))");
    change.not_valid = true;
    EXPECT_EQ(shape(plan_of(orders(), {change})), Texts{"expand ddl"});
}

TEST(PlanConstraint, a_foreign_key_locks_both_tables)
{
    Plan plan = plan_of(orders(), {foreign_key()});
    EXPECT_EQ(plan.steps[0].lock_mode, "SHARE ROW EXCLUSIVE");
    EXPECT_EQ(plan.steps[0].locks, Texts{"\"public\".\"other\""});
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "migrate validate"}));
    EXPECT_TRUE(mentions(plan.warnings, "no index begins with"));
}

TEST(PlanConstraint, a_foreign_key_of_a_partitioned_table_goes_by_partition)
{
    Plan plan = plan_of(parts(), {foreign_key()});
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "expand ddl", "migrate validate", "migrate validate", "switch ddl"}));
    EXPECT_EQ(plan.steps[0].locks, (Texts{"\"public\".\"low\"", "\"public\".\"other\""}));
    EXPECT_FALSE(contains(plan.steps[4].action[0], "NOT VALID"));
    EXPECT_EQ(plan.steps[4].locks, (Texts{"\"public\".\"low\"", "\"public\".\"high\"", "\"public\".\"other\""}));
    Change not_valid = foreign_key();
    not_valid.not_valid = true;
    EXPECT_EQ(error_of([&] { plan_of(parts(), {not_valid}); }).sqlstate(), "0A000");
}

TEST(PlanConstraint, a_unique_constraint_takes_an_index_that_is_there)
{
    Plan plan = plan_of(orders(), {unique("u", {"total"})});
    EXPECT_EQ(shape(plan), (Texts{"migrate index_build", "switch ddl"}));
    EXPECT_EQ(plan.steps[0].action, Texts{"CREATE UNIQUE INDEX CONCURRENTLY \"u\" ON \"public\".\"orders\" USING btree (...)"});
    EXPECT_EQ(plan.steps[1].action, Texts{kAlter + "ADD CONSTRAINT \"u\" UNIQUE USING INDEX \"u\""});
}

TEST(PlanConstraint, a_primary_key_proves_not_null_first)
{
    Plan plan = plan_of(orders(), {unique("orders_pkey", {"total"}, true)});
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "migrate validate", "migrate index_build", "switch ddl", "switch ddl"}));
    EXPECT_TRUE(contains(plan.steps[3].action[0], "SET NOT NULL"));
    EXPECT_TRUE(contains(plan.steps[4].action[0], "PRIMARY KEY USING INDEX"));
    EXPECT_EQ(shape(plan_of(orders(), {unique("orders_pkey", {"id"}, true)})), (Texts{"migrate index_build", "switch ddl"}));
}

TEST(PlanConstraint, a_second_primary_key_is_refused_unless_it_replaces_the_first)
{
    TableFacts table = orders();
    table.indexes = {make_primary_key("orders_pkey", {1})};
    table.indexes[0].tail = "USING btree (id)";
    const Change add = unique("orders_pkey", {"id"}, true);
    EXPECT_EQ(error_of([&] { plan_of(table, {add}); }).sqlstate(), "42P16");
    Plan plan = plan_of(table, {constraint(ChangeKind::drop_constraint, "orders_pkey"), add});
    EXPECT_TRUE(contains(step_in(plan, Phase::migrate, StepKind::index_build).action[0], "_hotswap_new_orders_pkey"));
    const Step &last = plan.steps.back();
    EXPECT_EQ(last.action[0], kAlter + "ADD CONSTRAINT \"orders_pkey\" PRIMARY KEY USING INDEX \"_hotswap_new_orders_pkey\"");
}

TEST(PlanConstraint, an_index_of_a_partitioned_table_is_built_by_partition_and_attached)
{
    Plan plan = plan_of(parts(), {unique("u", {"total"})});
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "migrate index_build", "migrate index_build", "switch ddl", "switch ddl", "switch ddl",
                                  "switch ddl", "switch ddl"}));
    EXPECT_TRUE(contains(plan.steps[0].action[0], "ALTER TABLE ONLY \"public\".\"orders\" ADD CONSTRAINT \"u\" UNIQUE (...)"));
    EXPECT_TRUE(plan.steps[5].action.empty());   // between the indexes and their attachment: only the way back
    EXPECT_TRUE(contains(plan.steps[5].undo[0], "DROP CONSTRAINT IF EXISTS \"u\""));
    EXPECT_TRUE(contains(plan.steps[6].action[0], "ATTACH PARTITION"));
}

TEST(PlanConstraint, what_is_dropped_is_added_again_by_the_undo)
{
    TableFacts table = orders();
    Check check;
    check.name = "c";
    check.definition = "CHECK ((total > 0))";
    check.comment = "why";
    table.checks = {check};
    Plan plan = plan_of(table, {constraint(ChangeKind::drop_constraint, "c")});
    EXPECT_EQ(shape(plan), (Texts{"switch validate", "switch ddl"}));
    EXPECT_TRUE(plan.steps[0].action.empty());
    EXPECT_EQ(plan.steps[0].undo, Texts{kAlter + "VALIDATE CONSTRAINT \"c\""});
    EXPECT_EQ(plan.steps[1].undo, (Texts{kAlter + "ADD CONSTRAINT \"c\" CHECK ((total > 0)) NOT VALID",
                                         "COMMENT ON CONSTRAINT \"c\" ON \"public\".\"orders\" IS 'why'"}));
}

TEST(PlanConstraint, dropping_a_foreign_key_locks_both_tables_fully)
{
    TableFacts table = orders();
    ForeignKey key;
    key.name = "to_other";
    key.referenced_schema = "public";
    key.referenced_table = "other";
    key.definition = "FOREIGN KEY (total) REFERENCES other(id)";
    table.outgoing = {key};
    Plan plan = plan_of(table, {constraint(ChangeKind::drop_constraint, "to_other")});
    const Step &drop = plan.steps.back();
    EXPECT_EQ(drop.lock_mode, "ACCESS EXCLUSIVE");
    EXPECT_EQ(drop.locks, Texts{"\"public\".\"other\""});
}

TEST(PlanConstraint, a_key_that_others_rest_on_stays)
{
    TableFacts table = orders();
    table.indexes = {make_primary_key("orders_pkey", {1})};
    ForeignKey key;
    key.name = "to_orders";
    key.schema = "public";
    key.table = "items";
    key.index = "orders_pkey";
    table.incoming = {key};
    Error error = error_of([&] { plan_of(table, {constraint(ChangeKind::drop_constraint, "orders_pkey")}); });
    EXPECT_EQ(error.sqlstate(), "2BP01");
    EXPECT_TRUE(contains(error.detail(), "to_orders"));
}

TEST(PlanConstraint, exclusion_is_refused_with_the_reason)
{
    Error error = error_of([&] { plan_of(orders(), {constraint(ChangeKind::add_exclusion, "x")}); });
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_TRUE(contains(error.detail(), "USING INDEX"));
}

TEST(PlanConstraint, a_bake_comes_at_the_end_of_what_can_be_taken_back)
{
    Options options;
    options.bake = "1 hour";
    EXPECT_EQ(shape(plan_of(orders(), {constraint(ChangeKind::add_check, "c", "CHECK (true)")}, "auto", options)).back(), "bake await");
}

TEST(PlanConstraint, subcommands_come_in_the_order_of_phases)
{
    Change settings = make_change(ChangeKind::set_table_options);
    settings.names = {"fillfactor"};
    settings.statement = "the whole";
    settings.definition = "SET (fillfactor = 70)";
    Plan plan = plan_of(orders(), {settings, unique("u", {"total"}), constraint(ChangeKind::add_check, "c", "CHECK (true)"),
                                   add_column("extra", "integer"), make_change(ChangeKind::set_not_null, "note")});
    EXPECT_TRUE(std::is_sorted(plan.steps.begin(), plan.steps.end(), [](const Step &a, const Step &b) { return a.phase < b.phase; }));
    EXPECT_TRUE(contains(plan.steps[0].action[0], "ADD COLUMN"));
    EXPECT_EQ(plan.steps[1].action, Texts{kAlter + "SET (fillfactor = 70)"});
    EXPECT_EQ(plan.steps[1].undo, Texts{kAlter + "RESET (\"fillfactor\")"});
}

TEST(PlanConstraint, what_cannot_be_taken_back_comes_last)
{
    Change owner = make_change(ChangeKind::metadata_only);
    owner.statement = "the whole";
    owner.definition = "OWNER TO somebody";
    Plan plan = plan_of(orders(), {owner, constraint(ChangeKind::add_check, "c", "CHECK (true)")});
    EXPECT_TRUE(plan.steps.back().irreversible);
    EXPECT_EQ(plan.steps.back().phase, Phase::contract);
}

}  // namespace hotswap::core
