// Online rewrite: the order of the steps, what happens to values, and DDL that takes the statement back.
// SPDX-License-Identifier: PostgreSQL
#include "core/planner.hpp"

#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

// public.orders with a primary key.
TableFacts keyed()
{
    TableFacts table = orders();
    table.blocks = 10;
    table.tablespace = "pg_default";
    table.indexes = {make_primary_key("orders_pkey", {1})};
    return table;
}

Error refusal(const TableFacts &table, const std::vector<Change> &changes, const Options &options = {})
{
    return error_of([&] { rewrite_of(table, changes, options); });
}

const Step &switch_of(const Plan &plan)
{
    return step_in(plan, Phase::switch_, StepKind::switch_storage);
}

Change volatile_column(const std::string &name)
{
    Change change = add_column(name, "uuid");
    change.default_text = change.fill_text = "gen_random_uuid()";
    change.volatile_default = change.unstable = true;
    return change;
}

TableFacts leaf(unsigned oid, const std::string &name)
{
    TableFacts table = keyed();
    table.oid = oid;
    table.name = name;
    table.has_parents = true;
    table.depth = 1;
    for (Column &column : table.columns)
        column.inherited = true;
    return table;
}

}  // namespace

TEST(PlanRewrite, auto_takes_it_for_every_statement_that_rewrites)
{
    EXPECT_EQ(plan_of(keyed(), {change_type("total", "bigint")}).strategy, "online_rewrite");
    EXPECT_EQ(plan_of(keyed(), {volatile_column("token")}).strategy, "online_rewrite");
    Change unlogged = make_change(ChangeKind::set_persistence);
    unlogged.new_name = "UNLOGGED";
    EXPECT_EQ(plan_of(keyed(), {unlogged}).strategy, "online_rewrite");
    EXPECT_EQ(plan_of(keyed(), {change_type("note", "character varying", false)}).strategy, "direct");
    EXPECT_EQ(plan_of(keyed(), {change_type("total", "bigint")}, "dual_write").strategy, "dual_write");
}

TEST(PlanRewrite, what_is_already_so_needs_no_step)
{
    Change logged = make_change(ChangeKind::set_persistence), moved = make_change(ChangeKind::set_tablespace);
    logged.new_name = "LOGGED";
    moved.new_name = "pg_default";
    EXPECT_TRUE(plan_of(keyed(), {logged, moved}).steps.empty());
}

TEST(PlanRewrite, the_steps_come_in_this_order)
{
    Options options;
    options.auto_switch = false;
    options.bake = "1 hour";
    const Plan plan = rewrite_of(keyed(), {change_type("total", "bigint")}, options);
    const std::vector<std::string> expected = {"expand twin_create", "migrate copy",          "migrate twin_index",
                                               "migrate catch_up",   "verify twin_verify",    "verify validate",
                                               "switch await",       "switch switch_storage", "switch validate",
                                               "bake await",         "contract await",        "contract twin_drop"};
    EXPECT_EQ(shape(plan), expected);
    EXPECT_TRUE(plan.steps.back().irreversible);
    for (std::size_t i = 0; i + 1 < plan.steps.size(); ++i)
        EXPECT_FALSE(plan.steps[i].irreversible) << i;
    EXPECT_EQ(plan.steps[1].member, 1);
    EXPECT_EQ(plan.steps[10].wait_for, "24 hours");
    options.auto_contract = true;
    EXPECT_FALSE(mentions(shape(rewrite_of(keyed(), {change_type("total", "bigint")}, options)), "contract await"));
}

TEST(PlanRewrite, the_statement_runs_as_written_and_goes_back_on_empty_tables)
{
    Statement statement;
    statement.schema = "public";
    statement.relation = "orders";
    statement.relation_oid = 16384;
    statement.text = "ALTER TABLE orders ALTER total TYPE bigint";
    statement.changes = {change_type("total", "bigint")};
    const Plan plan = make_plan(statement, keyed(), "auto", {});
    EXPECT_EQ(switch_of(plan).statement, statement.text);
    EXPECT_TRUE(switch_of(plan).caller_path);
    const std::vector<std::string> undo = {
        R"(ALTER TABLE "public"."orders" ALTER COLUMN "total" DROP DEFAULT)",
        R"(ALTER TABLE "public"."orders" ALTER COLUMN "total" TYPE integer USING NULL::integer)",
        R"(ALTER TABLE ONLY "public"."orders" ALTER COLUMN "total" SET DEFAULT 0)"};
    EXPECT_EQ(switch_of(plan).undo, undo);
    ASSERT_EQ(plan.twins.size(), 1U);
    ASSERT_EQ(plan.twins[0].columns.size(), 1U);
    EXPECT_EQ(plan.twins[0].columns[0].up, "\"total\"");
    EXPECT_EQ(plan.twins[0].columns[0].down, "\"total\"");
}

TEST(PlanRewrite, an_expression_needs_its_way_back_unless_the_cast_is_known)
{
    Change change = change_type("note", "integer");
    change.using_text = "length(note)";
    change.reads = {"note"};
    EXPECT_EQ(refusal(keyed(), {change}).sqlstate(), "22023");
    Options options;
    options.down = {{"", "note::text"}};
    EXPECT_EQ(rewrite_of(keyed(), {change}, options).twins[0].columns[0].up, "length(note)");
    options.up = {{"elsewhere", "1"}};
    EXPECT_EQ(refusal(keyed(), {change}, options).sqlstate(), "22023");
}

TEST(PlanRewrite, added_columns_get_their_value_and_say_when_it_cannot_be_computed_twice)
{
    Change generated = add_column("twice", "integer");
    generated.generated = true;
    generated.fill_text = "(total * 2)";
    generated.reads = {"total"};
    const Plan plan = rewrite_of(keyed(), {volatile_column("token"), generated, add_column("plain", "text")});
    const std::vector<TwinColumn> &columns = plan.twins[0].columns;
    ASSERT_EQ(columns.size(), 3U);
    EXPECT_TRUE(columns[0].added && columns[0].unstable && columns[0].down.empty());
    EXPECT_EQ(columns[1].up, "(total * 2)");
    EXPECT_FALSE(columns[1].unstable);
    EXPECT_EQ(columns[2].up, "NULL::text");
    EXPECT_TRUE(has(switch_of(plan).undo, R"(ALTER TABLE "public"."orders" DROP COLUMN "token")"));
}

TEST(PlanRewrite, a_generated_column_cannot_read_what_changes_at_the_same_time)
{
    Change generated = add_column("twice", "integer");
    generated.generated = true;
    generated.fill_text = "(total * 2)";
    generated.reads = {"total"};
    EXPECT_EQ(refusal(keyed(), {generated, change_type("total", "bigint")}).sqlstate(), "0A000");
}

TEST(PlanRewrite, a_new_column_that_must_not_be_null_needs_a_value_for_the_rows_there_are)
{
    Change added = add_column("must", "integer");
    added.not_null = true;
    EXPECT_EQ(refusal(keyed(), {added, volatile_column("token")}).sqlstate(), "0A000");
    Options options;
    options.up = {{"must", "total"}};
    EXPECT_EQ(rewrite_of(keyed(), {added, volatile_column("token")}, options).twins[0].columns[0].up, "total");
    TableFacts empty = keyed();
    empty.blocks = 0;
    EXPECT_NO_THROW(rewrite_of(empty, {added, volatile_column("token")}));
}

TEST(PlanRewrite, what_has_no_exact_way_back_is_refused_by_name)
{
    Change other = make_change(ChangeKind::metadata_only);
    other.statement = "ALTER TABLE orders ALTER total TYPE bigint, OWNER TO somebody";
    other.part = "OWNER TO";
    EXPECT_STREQ(refusal(keyed(), {change_type("total", "bigint"), other}).what(),
                 "cannot carry out OWNER TO together with an online rewrite");
    EXPECT_STREQ(refusal(keyed(), {change_type("total", "bigint"), make_change(ChangeKind::drop_column, "note")}).what(),
                 "cannot carry out DROP COLUMN \"note\" together with an online rewrite");
    EXPECT_EQ(refusal(keyed(), {change_type("total", "bigint"), other}).hint(), "Give it as a migration of its own.");
    EXPECT_EQ(refusal(keyed(), {change_type("total", "bigint"), make_change(ChangeKind::add_check)}).sqlstate(), "0A000");
}

TEST(PlanRewrite, settings_go_back_to_what_facts_say)
{
    TableFacts table = keyed();
    table.storage_options = {{"fillfactor", "70"}};
    table.columns[1].stored_as = 'e';
    table.columns[1].options = "\"n_distinct\" = '5'";
    Change options = make_change(ChangeKind::set_table_options), storage = make_change(ChangeKind::set_storage, "note"),
           distinct = make_change(ChangeKind::set_column_options, "note"), unlogged = make_change(ChangeKind::set_persistence),
           nullable = make_change(ChangeKind::drop_not_null, "id"), primary = make_change(ChangeKind::add_unique);
    options.names = {"fillfactor", "toast.autovacuum_enabled"};
    distinct.names = {"n_distinct"};
    unlogged.new_name = "UNLOGGED";
    primary.new_name = "more";
    primary.primary = true;
    primary.names = {"note"};
    table.indexes = {make_unique_key("by_total", {3})};
    table.columns[2].not_null = true;
    const Plan plan = rewrite_of(table, {options, storage, distinct, unlogged, nullable, primary});
    const std::vector<std::string> &undo = switch_of(plan).undo;
    EXPECT_EQ(undo.front(), R"(ALTER TABLE "public"."orders" DROP CONSTRAINT "more")");
    EXPECT_TRUE(has(undo, R"(ALTER TABLE "public"."orders" SET ("fillfactor" = '70'))"));
    EXPECT_TRUE(has(undo, R"(ALTER TABLE "public"."orders" RESET ("toast"."autovacuum_enabled"))"));
    EXPECT_TRUE(has(undo, R"(ALTER TABLE ONLY "public"."orders" ALTER COLUMN "note" SET STORAGE EXTERNAL)"));
    EXPECT_TRUE(has(undo, R"(ALTER TABLE ONLY "public"."orders" ALTER COLUMN "note" RESET ("n_distinct"))"));
    EXPECT_TRUE(has(undo, R"(ALTER TABLE ONLY "public"."orders" ALTER COLUMN "note" SET ("n_distinct" = '5'))"));
    EXPECT_TRUE(has(undo, R"(ALTER TABLE "public"."orders" SET LOGGED)"));
    EXPECT_TRUE(has(undo, R"(ALTER TABLE ONLY "public"."orders" ALTER COLUMN "id" SET NOT NULL)"));
    EXPECT_TRUE(has(undo, R"(ALTER TABLE "public"."orders" ALTER COLUMN "note" DROP NOT NULL)"));
}

TEST(PlanRewrite, storage_chosen_by_hand_comes_back_with_the_type)
{
    TableFacts table = keyed();
    table.columns[1].storage = 'e';
    table.columns[1].compression = "lz4";
    Options options;
    options.down = {{"note", "note"}};
    const Plan plan = rewrite_of(table, {change_type("note", "character varying(9)")}, options);
    EXPECT_TRUE(has(switch_of(plan).undo, R"(ALTER TABLE ONLY "public"."orders" ALTER COLUMN "note" SET STORAGE EXTERNAL)"));
    EXPECT_TRUE(has(switch_of(plan).undo, R"(ALTER TABLE ONLY "public"."orders" ALTER COLUMN "note" SET COMPRESSION lz4)"));
}

TEST(PlanRewrite, every_leaf_is_copied_and_keeps_its_own_default)
{
    TableFacts root = keyed();
    root.kind = 'p';
    root.has_children = true;
    TableFacts second = leaf(300, "b"), first = leaf(200, "a");
    first.columns[2].default_text = "7";
    root.descendants = {second, first};
    const Plan plan = plan_of(root, {change_type("total", "bigint")});
    ASSERT_EQ(plan.twins.size(), 2U);
    EXPECT_EQ(plan.twins[0].oid, 200U);
    EXPECT_EQ(plan.steps[2].member, 2);
    EXPECT_EQ(plan.steps[2].relation, R"("public"."b")");
    EXPECT_TRUE(has(switch_of(plan).locks, R"("public"."a")"));
    EXPECT_TRUE(has(switch_of(plan).undo, R"(ALTER TABLE ONLY "public"."a" ALTER COLUMN "total" SET DEFAULT 7)"));
    EXPECT_EQ(refusal(first, {change_type("total", "bigint")}).hint(), "Start the migration on the parent table.");
    root.descendants[0].kind = 'f';
    EXPECT_EQ(refusal(root, {change_type("total", "bigint")}).sqlstate(), "0A000");
}

TEST(PlanRewrite, what_is_not_passed_on_concerns_one_table)
{
    TableFacts parent = keyed();
    parent.has_children = true;
    parent.descendants = {leaf(200, "a")};
    Change unlogged = make_change(ChangeKind::set_persistence);
    unlogged.new_name = "UNLOGGED";
    EXPECT_EQ(rewrite_of(parent, {unlogged}).twins.size(), 1U);
    EXPECT_EQ(rewrite_of(parent, {unlogged, change_type("total", "bigint")}).twins.size(), 2U);
    parent.kind = 'p';
    EXPECT_EQ(refusal(parent, {unlogged}).sqlstate(), "0A000");
}

TEST(PlanRewrite, tables_that_cannot_be_copied_are_refused_with_the_reason)
{
    TableFacts temporary = keyed(), forced = keyed(), foreign = keyed(), other = keyed(), invalid = keyed(), typed = keyed();
    temporary.temporary = true;
    forced.forced_row_security = true;
    foreign.kind = 'f';
    other.access_method = "columnar";
    invalid.indexes.push_back(make_index("half", {2}));
    invalid.indexes.back().valid = false;
    typed.row_type_users = {"column o of table public.boxes"};
    for (const TableFacts &table : {temporary, forced, foreign, other, invalid, typed}) {
        const Error error = refusal(table, {change_type("total", "bigint")});
        EXPECT_EQ(error.sqlstate(), "0A000");
        EXPECT_FALSE(error.detail().empty());
        EXPECT_FALSE(error.hint().empty());
    }
}

TEST(PlanRewrite, a_column_that_other_objects_read_is_refused_by_their_names)
{
    TableFacts table = keyed();
    table.dependents = {{3, "policy p on table public.orders"}, {3, "statistics object s", DependentKind::statistics}};
    EXPECT_EQ(refusal(table, {change_type("total", "bigint")}).detail(), "Depending on it: policy p on table public.orders.");
    table.dependents = {{3, "default value for column g of table public.orders", DependentKind::generated_column}};
    EXPECT_STREQ(refusal(table, {change_type("total", "bigint")}).what(),
                 "cannot alter type of a column used by a generated column");
    table.dependents = {{3, "statistics object s", DependentKind::statistics}};
    EXPECT_NO_THROW(rewrite_of(table, {change_type("total", "bigint")}));
}

TEST(PlanRewrite, without_a_statement_only_the_rows_move)
{
    TableFacts table = keyed();
    Statement statement;
    statement.schema = "public";
    statement.relation = "orders";
    const Plan plan = make_compaction(statement, table, {"(total) DESC", 50}, {});
    EXPECT_EQ(plan.strategy, "online_rewrite");
    EXPECT_TRUE(plan.twins[0].columns.empty());
    EXPECT_EQ(plan.twins[0].order_by, "(total) DESC");
    EXPECT_TRUE(switch_of(plan).statement.empty());
    EXPECT_TRUE(has(switch_of(plan).after, R"(ALTER TABLE "public"."orders" SET (fillfactor = 50))"));
    EXPECT_TRUE(has(switch_of(plan).undo, R"(ALTER TABLE "public"."orders" RESET ("fillfactor"))"));
    Options options;
    options.up = {{"", "1"}};
    EXPECT_EQ(error_of([&] { make_compaction(statement, table, {}, options); }).sqlstate(), "22023");
}

}  // namespace hotswap::core
