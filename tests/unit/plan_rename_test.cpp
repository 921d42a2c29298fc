// Renames: a table with a view under its former name, a column by dual write or at once.
// SPDX-License-Identifier: PostgreSQL
#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

using Texts = std::vector<std::string>;

Change rename_table(const std::string &name)
{
    Change change = make_change(ChangeKind::rename_table);
    change.new_name = name;
    return change;
}

}  // namespace

TEST(PlanRenameTable, the_former_name_stays_as_a_view_with_the_privileges_until_the_contract)
{
    TableFacts table = orders();
    table.grants = {{"SELECT", "", false}, {"INSERT", "app \"x\"", true}};
    table.columns[1].grants = {{"UPDATE", "clerk", false}};
    Plan plan = plan_of(table, {rename_table("We\"ird")});
    EXPECT_EQ(plan.strategy, "direct");
    EXPECT_EQ(shape(plan), (Texts{"switch ddl", "contract await", "contract ddl"}));
    EXPECT_EQ(
        plan.steps[0].action,
        (Texts{
            "ALTER TABLE \"public\".\"orders\" RENAME TO \"We\"\"ird\"",
            "CREATE VIEW \"public\".\"orders\" WITH (security_invoker = true) AS SELECT \"id\", \"note\", \"total\" FROM "
            "\"public\".\"We\"\"ird\"",
            "GRANT SELECT ON \"public\".\"orders\" TO PUBLIC",
            "GRANT INSERT ON \"public\".\"orders\" TO \"app \"\"x\"\"\" WITH GRANT OPTION",
            "GRANT UPDATE (\"note\") ON \"public\".\"orders\" TO \"clerk\"",
            "COMMENT ON VIEW \"public\".\"orders\" IS 'hotswap: former name of table \"public\".\"We\"\"ird\", kept until every "
            "client uses the new name'"}));
    EXPECT_EQ(plan.steps[0].undo,
              (Texts{"DROP VIEW IF EXISTS \"public\".\"orders\"", "ALTER TABLE \"public\".\"We\"\"ird\" RENAME TO \"orders\""}));
    EXPECT_EQ(plan.steps[2].action, Texts{"DROP VIEW IF EXISTS \"public\".\"orders\""});
    EXPECT_TRUE(plan.steps[2].irreversible);
    EXPECT_TRUE(mentions(plan.warnings, "COPY FROM"));
}

TEST(PlanRenameTable, what_is_no_table_is_renamed_without_a_view)
{
    TableFacts table = orders();
    table.kind = 'v';
    EXPECT_EQ(shape(plan_of(table, {rename_table("x")})), Texts{"switch ddl"});
}

TEST(PlanRenameColumn, directly_it_is_one_statement)
{
    Plan plan = plan_of(orders(), {rename_to("note", "remark")}, "direct");
    EXPECT_EQ(plan.strategy, "direct");
    EXPECT_EQ(plan.steps.at(0).action, Texts{"ALTER TABLE \"public\".\"orders\" RENAME COLUMN \"note\" TO \"remark\""});
    EXPECT_EQ(plan.steps.at(0).undo, Texts{"ALTER TABLE \"public\".\"orders\" RENAME COLUMN \"remark\" TO \"note\""});
}

TEST(PlanRenameColumn, by_dual_write_both_names_are_columns_until_the_deployment)
{
    Plan plan = plan_of(orders(), {rename_to("total", "sum")});
    EXPECT_EQ(plan.strategy, "dual_write");
    EXPECT_EQ(shape(plan),
              (Texts{"expand ddl", "migrate backfill", "migrate validate", "verify verify", "contract await", "contract ddl"}));
    EXPECT_EQ(plan.steps[0].action, (Texts{"ALTER TABLE \"public\".\"orders\" ADD COLUMN \"sum\" integer",
                                           "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"total\" DROP DEFAULT",
                                           "CREATE TRIGGER \"~hotswap_dual_write\" BEFORE INSERT OR UPDATE ON "
                                           "\"public\".\"orders\" FOR EACH ROW EXECUTE FUNCTION "
                                           "hotswap.dual_write('group', 'error', 'old', 'total', 'as', 'total', 'type', "
                                           "'integer', 'fill', '\"sum\"', 'default', "
                                           "'0', 'new', 'sum', 'as', 'sum', 'type', 'integer', 'fill', '\"total\"')",
                                           "ALTER TABLE \"public\".\"orders\" ENABLE ALWAYS TRIGGER \"~hotswap_dual_write\""}));
    EXPECT_EQ(plan.steps[0].undo, (Texts{"DROP TRIGGER IF EXISTS \"~hotswap_dual_write\" ON \"public\".\"orders\"",
                                         "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"total\" SET DEFAULT 0",
                                         "ALTER TABLE \"public\".\"orders\" DROP COLUMN IF EXISTS \"sum\""}));
    EXPECT_EQ(plan.steps[4].deployment, "every client uses \"sum\" instead of \"total\"");
    EXPECT_EQ(plan.steps[4].wait_for, "");  // time alone does not deploy an application
    EXPECT_EQ(plan.steps[5].action, (Texts{"DROP TRIGGER IF EXISTS \"~hotswap_dual_write\" ON \"public\".\"orders\"",
                                           "ALTER TABLE \"public\".\"orders\" DROP COLUMN \"sum\"",
                                           "ALTER TABLE \"public\".\"orders\" RENAME COLUMN \"total\" TO \"sum\"",
                                           "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"sum\" SET DEFAULT 0"}));
    EXPECT_TRUE(plan.steps[5].irreversible);
}

TEST(PlanRenameColumn, auto_contract_skips_the_wait)
{
    Options options;
    options.auto_contract = true;
    EXPECT_FALSE(mentions(shape(plan_of(orders(), {rename_to("total", "sum")}, "auto", options)), "await"));
}

TEST(PlanRenameColumn, the_copy_gets_the_columns_settings_and_its_indexes_but_not_its_constraints)
{
    TableFacts table = orders();
    Column &id = table.columns[0];
    id.identity = 'd';
    id.sequence_schema = "public";
    id.sequence_name = "orders_id_seq";
    table.columns[1].storage = 'e';
    table.columns[1].compression = "lz4";
    table.columns[1].collation = "pg_catalog.\"C\"";
    table.indexes = {make_primary_key("orders_pkey", {1}), make_index("orders_note", {2})};
    Plan plan = plan_of(table, {rename_to("id", "key"), rename_to("note", "remark")});
    EXPECT_TRUE(
        has(plan.steps[0].action, "ALTER TABLE \"public\".\"orders\" ADD COLUMN \"remark\" text COLLATE pg_catalog.\"C\""));
    EXPECT_TRUE(has(plan.steps[0].action, "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"remark\" SET STORAGE EXTERNAL"));
    EXPECT_TRUE(has(plan.steps[0].action, "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"remark\" SET COMPRESSION lz4"));
    EXPECT_FALSE(mentions(plan.steps[0].action, "CONSTRAINT"));
    EXPECT_EQ(
        plan.steps[2].action,
        Texts{
            "CREATE UNIQUE INDEX CONCURRENTLY \"_hotswap_idx_orders_pkey\" ON \"public\".\"orders\" USING \"btree\" (\"key\")"});
    EXPECT_EQ(
        plan.steps[3].action,
        Texts{"CREATE INDEX CONCURRENTLY \"_hotswap_idx_orders_note\" ON \"public\".\"orders\" USING \"btree\" (\"remark\")"});
    ASSERT_EQ(plan.dual_writes.size(), 2u);
    EXPECT_TRUE(plan.dual_writes[0].old_side[0].generated_by_server);
    EXPECT_EQ(plan.dual_writes[0].old_side[0].default_text, "");
}

TEST(PlanRenameColumn, the_mirror_of_a_deferrable_key_is_not_stricter_than_the_key)
{
    TableFacts table = orders();
    table.indexes = {make_unique_key("orders_total_key", {3})};
    table.indexes[0].deferrable = true;
    Plan plan = plan_of(table, {rename_to("total", "sum")});
    EXPECT_TRUE(plan.steps[2].action[0].starts_with("CREATE INDEX CONCURRENTLY"));
}

TEST(PlanRenameColumn, a_generated_column_can_only_be_renamed_directly)
{
    TableFacts table = orders();
    table.columns[2].generated = true;
    Error error = error_of([&] { plan_of(table, {rename_to("total", "sum")}); });
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_EQ(error.hint(), "Use strategy => 'direct'.");
}

}  // namespace hotswap::core
