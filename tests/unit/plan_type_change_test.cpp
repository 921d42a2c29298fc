// ALTER COLUMN TYPE by dual write: the steps, what is carried over, the switch and its exact inverse.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

using Texts = std::vector<std::string>;

const char *kT = "ALTER TABLE \"public\".\"orders\" ";

std::string t(const std::string &rest)
{
    return kT + rest;
}

Error refusal(const TableFacts &table, const Change &change, const Options &options = {})
{
    return error_of([&] { dual_write_of(table, {change}, options); });
}

const Step &switch_of(const Plan &plan)
{
    return step_in(plan, Phase::switch_, StepKind::ddl);
}

// Orders with a primary key that another table references.
TableFacts keyed_orders()
{
    TableFacts table = orders();
    table.indexes = {make_primary_key("orders_pkey", {1})};
    table.incoming = {{"items_fk", "public", "items", "public", "orders", {"order_id"}, {"id"}, "ON DELETE CASCADE", true, ""}};
    return table;
}

}  // namespace

TEST(PlanTypeChange, the_simplest_case_statement_by_statement)
{
    Plan plan = dual_write_of(orders(), {change_type("total", "bigint")});
    EXPECT_EQ(plan.strategy, "dual_write");
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "migrate backfill", "migrate validate", "verify verify", "switch ddl",
                                  "contract await", "contract ddl"}));
    EXPECT_EQ(plan.steps[0].lock_mode, "ACCESS EXCLUSIVE");
    EXPECT_EQ(plan.steps[0].relation, "\"public\".\"orders\"");
    const std::string before =
        "CREATE TRIGGER \"~hotswap_dual_write\" BEFORE INSERT OR UPDATE ON \"public\".\"orders\" FOR EACH ROW EXECUTE "
        "FUNCTION hotswap.dual_write('group', 'error', 'old', 'total', 'as', 'total', 'type', 'integer', 'fill', "
        "'\"total\"', 'new', '_hotswap_new_total', 'as', 'total', 'type', 'bigint', 'fill', '\"total\"')";
    const std::string after =
        "CREATE TRIGGER \"~hotswap_dual_write\" BEFORE INSERT OR UPDATE ON \"public\".\"orders\" FOR EACH ROW EXECUTE "
        "FUNCTION hotswap.dual_write('group', 'error', 'old', '_hotswap_old_total', 'as', 'total', 'type', 'integer', "
        "'fill', '\"total\"', 'new', 'total', 'as', 'total', 'type', 'bigint', 'fill', '\"total\"')";
    const std::string always = t("ENABLE ALWAYS TRIGGER \"~hotswap_dual_write\"");
    const std::string drop = "DROP TRIGGER IF EXISTS \"~hotswap_dual_write\" ON \"public\".\"orders\"";
    EXPECT_EQ(plan.steps[0].action,
              (Texts{t("ADD COLUMN \"_hotswap_new_total\" bigint"), t("ALTER COLUMN \"_hotswap_new_total\" SET DEFAULT 0"),
                     t("ALTER COLUMN \"_hotswap_new_total\" DROP DEFAULT"), before, always}));
    EXPECT_EQ(plan.steps[0].undo, (Texts{drop, t("DROP COLUMN IF EXISTS \"_hotswap_new_total\"")}));
    EXPECT_EQ(plan.steps[1].lock_mode, "ROW EXCLUSIVE");
    EXPECT_EQ(plan.steps[2].action, Texts{"ANALYZE \"public\".\"orders\""});
    EXPECT_EQ(plan.steps[3].verify_sql, verify_sql("\"public\".\"orders\"", plan.dual_writes));
    EXPECT_EQ(plan.steps[4].action,
              (Texts{drop, t("ALTER COLUMN \"total\" DROP DEFAULT"), t("RENAME COLUMN \"total\" TO \"_hotswap_old_total\""),
                     t("RENAME COLUMN \"_hotswap_new_total\" TO \"total\""), t("ALTER COLUMN \"total\" SET DEFAULT 0"), after,
                     always}));
    EXPECT_EQ(plan.steps[4].undo,
              (Texts{drop, t("ALTER COLUMN \"total\" DROP DEFAULT"), t("RENAME COLUMN \"total\" TO \"_hotswap_new_total\""),
                     t("RENAME COLUMN \"_hotswap_old_total\" TO \"total\""), t("ALTER COLUMN \"total\" SET DEFAULT 0"), before,
                     always}));
    EXPECT_EQ(plan.steps[5].wait_for, "24 hours");
    EXPECT_EQ(plan.steps[6].action, (Texts{drop, t("DROP COLUMN \"_hotswap_old_total\"")}));
    EXPECT_TRUE(plan.steps[6].irreversible);
}

TEST(PlanTypeChange, only_the_last_step_is_irreversible)
{
    Plan plan = dual_write_of(keyed_orders(), {change_type("id", "bigint")});
    for (std::size_t i = 0; i + 1 < plan.steps.size(); ++i)
        EXPECT_FALSE(plan.steps[i].irreversible) << plan.steps[i].title;
    EXPECT_TRUE(plan.steps.back().irreversible);
}

TEST(PlanTypeChange, a_not_null_column_is_proved_by_a_check_before_the_switch)
{
    Plan plan = dual_write_of(orders(), {change_type("id", "bigint")});
    EXPECT_TRUE(has(plan.steps[0].action,
                    t("ADD CONSTRAINT \"_hotswap_not_null_id\" CHECK (\"_hotswap_new_id\" IS NOT NULL) NOT VALID")));
    EXPECT_TRUE(has(plan.steps[2].action, t("VALIDATE CONSTRAINT \"_hotswap_not_null_id\"")));
    EXPECT_EQ(plan.steps[3].action, (Texts{t("ALTER COLUMN \"_hotswap_new_id\" SET NOT NULL"),
                                           t("DROP CONSTRAINT IF EXISTS \"_hotswap_not_null_id\"")}));
    EXPECT_FALSE(mentions(switch_of(plan).action, "DROP NOT NULL"));  // the way back must stay lossless
}

TEST(PlanTypeChange, T18_the_backfill_comes_before_the_indexes)
{
    Plan plan = dual_write_of(keyed_orders(), {change_type("id", "bigint")});
    EXPECT_EQ(plan.steps[1].kind, StepKind::backfill);
    EXPECT_EQ(plan.steps[2].kind, StepKind::index_build);
}

TEST(PlanTypeChange, the_way_back_is_found_given_or_demanded)
{
    TableFacts table = orders();
    EXPECT_EQ(dual_write_of(table, {change_type("total", "text")}).dual_writes[0].old_side[0].fill, "\"total\"::integer");

    Error error = refusal(table, change_type("total", "boolean"));
    EXPECT_EQ(error.sqlstate(), "22023");
    EXPECT_STREQ(error.what(), "cannot find the way back from boolean to integer for column \"total\"");
    EXPECT_TRUE(contains(error.hint(), "options => '{\"down\": \"...\"}'"));
    EXPECT_EQ(error.position(), 7);

    Options options;
    options.down = {{"total", "total::integer"}};
    EXPECT_EQ(dual_write_of(table, {change_type("total", "boolean")}, options).dual_writes[0].old_side[0].fill, "total::integer");
}

TEST(PlanTypeChange, an_expression_of_the_user_is_never_inverted_by_the_pair_of_casts)
{
    Change change = change_type("total", "bigint");
    change.using_text = "(total * 100)";
    EXPECT_EQ(refusal(orders(), change).sqlstate(), "22023");
    change.using_text = "(total)::bigint";
    EXPECT_EQ(dual_write_of(orders(), {change}).dual_writes[0].new_side[0].fill, "(total)::bigint");
    change.using_text.clear();
    Options options;
    options.up = {{"", "total * 100"}};
    EXPECT_EQ(refusal(orders(), change, options).sqlstate(), "22023");
    options.down = {{"", "total / 100"}};
    EXPECT_EQ(dual_write_of(orders(), {change}, options).dual_writes[0].new_side[0].fill, "total * 100");
}

TEST(PlanTypeChange, using_and_up_together_are_refused)
{
    Change change = change_type("total", "bigint");
    change.using_text = "total";
    Options options;
    options.up = {{"", "total"}};
    EXPECT_EQ(refusal(orders(), change, options).sqlstate(), "22023");
}

TEST(PlanTypeChange, a_type_without_a_cast_needs_using)
{
    Change change = change_type("note", "integer");
    change.old_to_new_implicit = false;
    Error error = refusal(orders(), change);
    EXPECT_EQ(error.sqlstate(), "22023");
    EXPECT_TRUE(contains(error.hint(), "Write USING"));
}

TEST(PlanTypeChange, a_time_zone_is_that_of_the_session_or_said_and_leads_back)
{
    TableFacts table = orders();
    table.columns[1].type = "timestamp without time zone";
    const Plan plan = dual_write_of(table, {change_type("note", "timestamp with time zone")});
    EXPECT_EQ(plan.dual_writes[0].old_side[0].fill, "pg_catalog.timezone('UTC'::text, \"note\")");
    EXPECT_EQ(plan.dual_writes[0].new_side[0].fill, "pg_catalog.timezone('UTC'::text, \"note\")");
    EXPECT_EQ(plan.warnings[0], "the values of column \"note\" are taken to be meant in time zone 'UTC', the TimeZone of this session");
    Change change = change_type("note", "timestamp with time zone");
    change.using_text = "(note AT TIME ZONE 'CET'::text)";
    EXPECT_EQ(dual_write_of(table, {change}).dual_writes[0].old_side[0].fill, "pg_catalog.timezone('CET'::text, \"note\")");
}

TEST(PlanTypeChange, labels_of_an_enum_go_through_text)
{
    Change change = change_type("note", "app.mood");
    change.to_enum = true;
    change.using_text = "(note)::app.mood";
    EXPECT_EQ(dual_write_of(orders(), {change}).dual_writes[0].old_side[0].fill, "\"note\"::text");
    TableFacts table = orders();
    table.columns[1].type = "app.old";
    change.from_enum = true;
    change.using_text = "((note)::text)::app.mood";
    EXPECT_EQ(dual_write_of(table, {change}).dual_writes[0].old_side[0].fill, "\"note\"::text::app.old");
}

TEST(PlanTypeChange, what_hotswap_does_not_carry_over_is_named)
{
    TableFacts table = orders();
    table.dependents = {{3, "view public.sums"}, {3, "policy p on table orders"}};
    Error error = refusal(table, change_type("total", "bigint"));
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_EQ(error.detail(), "Depending on it: view public.sums, policy p on table orders.");
    table.dependents.clear();
    table.columns[2].generated = true;
    EXPECT_EQ(refusal(table, change_type("total", "bigint")).sqlstate(), "0A000");
    table.columns[2].generated = false;
    table.columns.push_back(make_column(4, "_hotswap_new_total", "bigint"));
    EXPECT_EQ(refusal(table, change_type("total", "bigint")).sqlstate(), "42701");
}

TEST(PlanTypeChange, several_columns_share_one_trigger_one_backfill_and_one_switch)
{
    TableFacts table = orders();
    table.indexes = {make_index("both", {1, 3})};
    Plan plan = dual_write_of(table, {change_type("id", "bigint"), change_type("total", "bigint")});
    ASSERT_EQ(plan.dual_writes.size(), 2u);
    EXPECT_EQ(
        std::count_if(plan.steps.begin(), plan.steps.end(), [](const Step &step) { return step.kind == StepKind::backfill; }), 1);
    EXPECT_TRUE(contains(plan.steps[2].action[0], "(\"_hotswap_new_id\", \"_hotswap_new_total\")"));
    EXPECT_EQ(plan.steps.back().action[1], t("DROP COLUMN \"_hotswap_old_id\", DROP COLUMN \"_hotswap_old_total\""));
}

TEST(PlanTypeChange, options_add_and_remove_the_waits)
{
    Options options;
    options.auto_switch = false;
    options.bake = "2 hours";
    Plan plan = dual_write_of(orders(), {change_type("total", "bigint")}, options);
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "migrate backfill", "migrate validate", "verify verify", "switch await",
                                  "switch ddl", "bake await", "contract await", "contract ddl"}));
    EXPECT_EQ(plan.steps[6].wait_for, "2 hours");
    options = Options();
    options.auto_contract = true;
    EXPECT_FALSE(mentions(shape(dual_write_of(orders(), {change_type("total", "bigint")}, options)), "await"));
}

TEST(PlanTypeChange, new_wins_reaches_the_trigger)
{
    Options options;
    options.conflict = "new_wins";
    EXPECT_TRUE(mentions(dual_write_of(orders(), {change_type("total", "bigint")}, options).steps[0].action,
                         "dual_write('group', 'new_wins'"));
}

TEST(PlanTypeChange, T12_names_of_63_bytes_get_copies_that_fit_and_differ)
{
    std::string name = "x";
    while (name.size() < 63)
        name += "é";
    TableFacts table = orders();
    table.columns[2].name = name;
    Plan plan = dual_write_of(table, {change_type(name, "bigint")});
    const DualWrite &write = plan.dual_writes.at(0);
    EXPECT_EQ(write.old_side[0].name, name);
    EXPECT_LE(write.new_side[0].name.size(), 63u);
    EXPECT_EQ(write.new_side[0].alias, name);
    EXPECT_TRUE(mentions(switch_of(plan).action, "TO \"_hotswap_old_xé"));
}

TEST(PlanTypeChange, a_change_without_rewrite_can_be_dual_written_on_demand)
{
    Plan plan = plan_of(orders(), {change_type("note", "character varying(20)", false)}, "dual_write");
    EXPECT_EQ(plan.strategy, "dual_write");
    EXPECT_EQ(plan.dual_writes[0].old_side[0].fill, "\"note\"");
}

}  // namespace hotswap::core
