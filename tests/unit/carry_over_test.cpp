// What a column has besides its values goes over to its copy, takes over at the switch, and comes back with the undo.
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

TEST(CarryOver, a_primary_key_is_built_over_the_copy_and_kept_for_the_way_back)
{
    Plan plan = dual_write_of(keyed_orders(), {change_type("id", "bigint")});
    EXPECT_EQ(plan.steps[2].action, Texts{"CREATE UNIQUE INDEX CONCURRENTLY \"_hotswap_idx_orders_pkey\" ON "
                                          "\"public\".\"orders\" USING \"btree\" (\"_hotswap_new_id\")"});
    EXPECT_EQ(
        plan.steps[3].action,
        Texts{
            "CREATE UNIQUE INDEX CONCURRENTLY \"_hotswap_keep_orders_pkey\" ON \"public\".\"orders\" USING \"btree\" (\"id\")"});
    const Step &step = switch_of(plan);
    EXPECT_LT(position_of(step.action, t("DROP CONSTRAINT \"orders_pkey\"")),
              position_of(step.action, t("ADD CONSTRAINT \"orders_pkey\" PRIMARY KEY USING INDEX \"_hotswap_idx_orders_pkey\"")));
    EXPECT_LT(position_of(step.undo, t("DROP CONSTRAINT \"orders_pkey\"")),
              position_of(step.undo, t("ADD CONSTRAINT \"orders_pkey\" PRIMARY KEY USING INDEX \"_hotswap_keep_orders_pkey\"")));
    EXPECT_EQ(plan.steps.back().action.back(), "DROP INDEX IF EXISTS \"public\".\"_hotswap_keep_orders_pkey\"");
}

TEST(CarryOver, T25_an_incoming_foreign_key_is_added_not_valid_validated_and_switched)
{
    Plan plan = dual_write_of(keyed_orders(), {change_type("id", "bigint")});
    const Step *add = nullptr;
    const Step *validate = nullptr;
    for (const Step &step : plan.steps) {
        if (step.title == "add foreign key items_fk over the new column")
            add = &step;
        if (step.title == "validate foreign key items_fk")
            validate = &step;
    }
    ASSERT_TRUE(add && validate);
    EXPECT_EQ(add->lock_mode, "SHARE ROW EXCLUSIVE");
    EXPECT_EQ(add->locks, Texts{"\"public\".\"items\""});
    EXPECT_EQ(
        add->action,
        Texts{"ALTER TABLE \"public\".\"items\" ADD CONSTRAINT \"_hotswap_fk_items_fk\" FOREIGN KEY (\"order_id\") REFERENCES "
              "\"public\".\"orders\" (\"_hotswap_new_id\") ON DELETE CASCADE NOT VALID"});
    EXPECT_EQ(validate->relation, "\"public\".\"items\"");
    EXPECT_EQ(validate->undo, Texts{"ALTER TABLE \"public\".\"items\" VALIDATE CONSTRAINT \"items_fk\""});

    const Step &step = switch_of(plan);
    EXPECT_EQ(step.locks, Texts{"\"public\".\"items\""});
    EXPECT_LT(position_of(step.action, "ALTER TABLE \"public\".\"items\" DROP CONSTRAINT \"items_fk\""),
              position_of(step.action, t("DROP CONSTRAINT \"orders_pkey\"")));
    EXPECT_TRUE(has(step.action, "ALTER TABLE \"public\".\"items\" RENAME CONSTRAINT \"_hotswap_fk_items_fk\" TO \"items_fk\""));
    EXPECT_LT(position_of(step.undo, "ALTER TABLE \"public\".\"items\" DROP CONSTRAINT \"items_fk\""),
              position_of(step.undo, t("DROP CONSTRAINT \"orders_pkey\"")));
    EXPECT_TRUE(has(step.undo,
                    "ALTER TABLE \"public\".\"items\" ADD CONSTRAINT \"items_fk\" FOREIGN KEY (\"order_id\") REFERENCES "
                    "\"public\".\"orders\" (\"id\") ON DELETE CASCADE NOT VALID"));
}

TEST(CarryOver, a_foreign_key_to_a_unique_constraint_is_kept_aside_and_dropped_at_the_contract)
{
    TableFacts table = orders();
    table.indexes = {make_unique_key("orders_total_key", {3})};
    table.incoming = {{"items_fk", "public", "items", "public", "orders", {"t"}, {"total"}, "", true, ""}};
    Plan plan = dual_write_of(table, {change_type("total", "bigint")});
    const Step &step = switch_of(plan);
    EXPECT_TRUE(has(step.action, "ALTER TABLE \"public\".\"items\" RENAME CONSTRAINT \"items_fk\" TO \"_hotswap_old_items_fk\""));
    EXPECT_TRUE(has(step.action, t("RENAME CONSTRAINT \"orders_total_key\" TO \"_hotswap_old_orders_total_key\"")));
    EXPECT_TRUE(has(step.action, t("ADD CONSTRAINT \"orders_total_key\" UNIQUE USING INDEX \"_hotswap_idx_orders_total_key\"")));
    EXPECT_TRUE(has(step.undo, "ALTER TABLE \"public\".\"items\" RENAME CONSTRAINT \"_hotswap_old_items_fk\" TO \"items_fk\""));
    const Step &contract = plan.steps.back();
    EXPECT_EQ(contract.locks, Texts{"\"public\".\"items\""});
    EXPECT_LT(
        position_of(contract.action, "ALTER TABLE \"public\".\"items\" DROP CONSTRAINT IF EXISTS \"_hotswap_old_items_fk\""),
        position_of(contract.action, t("DROP COLUMN \"_hotswap_old_total\"")));
}

TEST(CarryOver, a_deferrable_constraint_stays_deferrable)
{
    TableFacts table = orders();
    table.indexes = {make_unique_key("k", {3})};
    table.indexes[0].deferrable = table.indexes[0].initially_deferred = true;
    Plan plan = dual_write_of(table, {change_type("total", "bigint")});
    EXPECT_TRUE(has(switch_of(plan).action,
                    t("ADD CONSTRAINT \"k\" UNIQUE USING INDEX \"_hotswap_idx_k\" DEFERRABLE INITIALLY DEFERRED")));
    EXPECT_TRUE(mentions(plan.warnings, "deferrable constraint \"k\""));
}

TEST(CarryOver, an_outgoing_and_a_self_referencing_key_are_mapped)
{
    TableFacts table = keyed_orders();
    table.incoming.clear();
    table.outgoing = {{"self", "public", "orders", "public", "orders", {"total"}, {"id"}, "", true, ""},
                      {"out", "public", "orders", "app", "users", {"id", "note"}, {"a", "b"}, "MATCH FULL", false, ""}};
    table.incoming = {table.outgoing[0]};
    Plan plan = dual_write_of(table, {change_type("id", "bigint")});
    Texts actions;
    for (const Step &step : plan.steps)
        if (step.phase == Phase::migrate)
            actions.insert(actions.end(), step.action.begin(), step.action.end());
    EXPECT_TRUE(has(actions, t("ADD CONSTRAINT \"_hotswap_fk_self\" FOREIGN KEY (\"total\") REFERENCES \"public\".\"orders\" "
                               "(\"_hotswap_new_id\") NOT VALID")));
    EXPECT_TRUE(has(
        actions, t("ADD CONSTRAINT \"_hotswap_fk_out\" FOREIGN KEY (\"_hotswap_new_id\", \"note\") REFERENCES \"app\".\"users\" "
                   "(\"a\", \"b\") MATCH FULL NOT VALID")));
    EXPECT_FALSE(has(actions, t("VALIDATE CONSTRAINT \"_hotswap_fk_out\"")));  // it was not valid before either
    EXPECT_EQ(std::count(actions.begin(), actions.end(), t("VALIDATE CONSTRAINT \"_hotswap_fk_self\"")), 1);
    EXPECT_EQ(switch_of(plan).locks, Texts{"\"app\".\"users\""});
    EXPECT_TRUE(has(switch_of(plan).action, t("RENAME CONSTRAINT \"out\" TO \"_hotswap_old_out\"")));
    EXPECT_TRUE(has(switch_of(plan).undo, t("RENAME CONSTRAINT \"out\" TO \"_hotswap_fk_out\"")));
}

TEST(CarryOver, T12_expressions_come_deparsed_and_every_piece_of_an_index_is_kept)
{
    TableFacts table = orders();
    Index index = make_index("big", {3});
    index.schema = "We\"ird";
    index.unique = true;
    index.nulls_not_distinct = true;
    index.keys[0].opclass = "\"pg_catalog\".\"int4_ops\"";
    index.keys[0].order = "DESC NULLS LAST";
    IndexKey expression;
    expression.expression = "abs(total)";
    expression.columns = {3};
    expression.collation = "pg_catalog.\"C\"";
    index.keys.push_back(expression);
    index.include = {1};
    index.predicate = "(total > 0)";
    index.predicate_columns = {3};
    index.reloptions = "fillfactor='70'";
    index.tablespace = "fast disk";
    table.indexes = {index};
    EXPECT_EQ(refusal(table, change_type("total", "bigint")).sqlstate(), "XX000");  // never substituted in the text

    table.renames = {{"total", "_hotswap_new_total"}};
    table.renamed.indexes = {index};
    table.renamed.indexes[0].keys[1].expression = "abs(_hotswap_new_total)";
    table.renamed.indexes[0].predicate = "(_hotswap_new_total > 0)";
    Plan plan = dual_write_of(table, {change_type("total", "bigint")});
    EXPECT_EQ(plan.steps[2].action,
              Texts{"CREATE UNIQUE INDEX CONCURRENTLY \"_hotswap_idx_big\" ON \"public\".\"orders\" USING \"btree\" "
                    "(\"_hotswap_new_total\" "
                    "\"pg_catalog\".\"int4_ops\" DESC NULLS LAST, (abs(_hotswap_new_total)) COLLATE pg_catalog.\"C\") INCLUDE "
                    "(\"id\") NULLS "
                    "NOT DISTINCT WITH (fillfactor='70') TABLESPACE \"fast disk\" WHERE ((_hotswap_new_total > 0))"});
    EXPECT_EQ(plan.steps[2].undo, Texts{"DROP INDEX CONCURRENTLY IF EXISTS \"We\"\"ird\".\"_hotswap_idx_big\""});
    EXPECT_TRUE(has(switch_of(plan).action, "ALTER INDEX \"We\"\"ird\".\"big\" RENAME TO \"_hotswap_old_big\""));
    EXPECT_TRUE(has(switch_of(plan).action, "ALTER INDEX \"We\"\"ird\".\"_hotswap_idx_big\" RENAME TO \"big\""));
    EXPECT_TRUE(has(switch_of(plan).undo, "ALTER INDEX \"We\"\"ird\".\"big\" RENAME TO \"_hotswap_idx_big\""));
    EXPECT_TRUE(has(switch_of(plan).undo, "ALTER INDEX \"We\"\"ird\".\"_hotswap_old_big\" RENAME TO \"big\""));
}

TEST(CarryOver, an_index_that_reads_the_column_only_in_its_predicate_or_include_is_carried_too)
{
    TableFacts table = orders();
    table.indexes = {make_index("covering", {1}), make_index("other", {2})};
    table.indexes[0].include = {3};
    Plan plan = dual_write_of(table, {change_type("total", "bigint")});
    EXPECT_TRUE(contains(plan.steps[2].action[0], "(\"id\") INCLUDE (\"_hotswap_new_total\")"));
    EXPECT_NE(plan.steps[3].kind, StepKind::index_build);
}

TEST(CarryOver, an_invalid_index_is_skipped_aloud_and_an_exclusion_constraint_refused)
{
    TableFacts table = orders();
    table.indexes = {make_index("broken", {3})};
    table.indexes[0].valid = false;
    Plan plan = dual_write_of(table, {change_type("total", "bigint")});
    EXPECT_FALSE(has(shape(plan), "migrate index_build"));
    EXPECT_TRUE(mentions(plan.warnings, "\"broken\" is invalid"));
    table.indexes[0].valid = true;
    table.indexes[0].exclusion = true;
    table.indexes[0].constraint = "no_overlap";
    Error error = refusal(table, change_type("total", "bigint"));
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_TRUE(contains(error.what(), "\"no_overlap\""));
}

TEST(CarryOver, checks_are_carried_with_their_validity_name_and_comment)
{
    TableFacts table = orders();
    table.checks = {{"positive", "(total > 0)", {3}, true, false, "why"},
                    {"loose", "(total < 9)", {3}, false, true, ""},
                    {"other", "(id > 0)", {1}, true, false, ""}};
    table.renamed.checks = table.checks;
    table.renamed.checks[0].expression = "(_hotswap_new_total > 0)";
    table.renamed.checks[1].expression = "(_hotswap_new_total < 9)";
    Plan plan = dual_write_of(table, {change_type("total", "bigint")});
    EXPECT_TRUE(
        has(plan.steps[0].action, t("ADD CONSTRAINT \"_hotswap_check_positive\" CHECK ((_hotswap_new_total > 0)) NOT VALID")));
    EXPECT_TRUE(has(plan.steps[0].action,
                    t("ADD CONSTRAINT \"_hotswap_check_loose\" CHECK ((_hotswap_new_total < 9)) NO INHERIT NOT VALID")));
    EXPECT_FALSE(mentions(plan.steps[0].action, "other"));
    Texts validated;
    for (const Step &step : plan.steps)
        if (step.title.starts_with("validate "))
            validated.push_back(step.title);
    EXPECT_EQ(validated, Texts{"validate _hotswap_check_positive"});
    EXPECT_TRUE(has(switch_of(plan).action, t("RENAME CONSTRAINT \"positive\" TO \"_hotswap_old_positive\"")));
    EXPECT_TRUE(has(switch_of(plan).action, t("RENAME CONSTRAINT \"_hotswap_check_positive\" TO \"positive\"")));
    EXPECT_TRUE(has(switch_of(plan).action, "COMMENT ON CONSTRAINT \"positive\" ON \"public\".\"orders\" IS 'why'"));
}

TEST(CarryOver, marks_go_to_the_new_index_and_return_with_the_undo_at_last)
{
    TableFacts table = keyed_orders();
    table.incoming.clear();
    table.indexes[0].clustered = table.indexes[0].replica_identity = true;
    const Plan plan = dual_write_of(table, {change_type("id", "bigint")});
    const Step &step = switch_of(plan);
    std::string cluster = t("CLUSTER ON \"orders_pkey\""), identity = t("REPLICA IDENTITY USING INDEX \"orders_pkey\"");
    EXPECT_LT(position_of(step.action, t("ADD CONSTRAINT \"orders_pkey\" PRIMARY KEY USING INDEX \"_hotswap_idx_orders_pkey\"")),
              std::min(position_of(step.action, cluster), position_of(step.action, identity)));
    EXPECT_LT(position_of(step.undo, t("ADD CONSTRAINT \"orders_pkey\" PRIMARY KEY USING INDEX \"_hotswap_keep_orders_pkey\"")),
              std::min(position_of(step.undo, cluster), position_of(step.undo, identity)));
}

TEST(CarryOver, an_identity_goes_on_counting_on_the_new_column_without_the_bounds_of_the_old_type)
{
    TableFacts table = orders();
    Column &id = table.columns[0];
    id.identity = 'a';
    id.identity_options = "START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 CACHE 1";
    id.sequence_schema = "public";
    id.sequence_name = "orders_id_seq";
    Plan plan = dual_write_of(table, {change_type("id", "bigint")});
    Texts action = switch_of(plan).action;
    EXPECT_EQ(Texts(action.begin() + 1, action.end() - 2),
              (Texts{"ALTER SEQUENCE \"public\".\"orders_id_seq\" RENAME TO \"_hotswap_old_orders_id_seq\"",
                     t("RENAME COLUMN \"id\" TO \"_hotswap_old_id\""), t("RENAME COLUMN \"_hotswap_new_id\" TO \"id\""),
                     t("ALTER COLUMN \"id\" ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME \"public\".\"orders_id_seq\" START "
                       "WITH 1 INCREMENT "
                       "BY 1 MINVALUE 1 CACHE 1)"),
                     "SELECT pg_catalog.setval('\"public\".\"orders_id_seq\"'::pg_catalog.regclass, last_value, is_called) FROM "
                     "\"public\".\"_hotswap_old_orders_id_seq\"",
                     t("ALTER COLUMN \"_hotswap_old_id\" DROP IDENTITY")}));
    Texts undo = switch_of(plan).undo;
    EXPECT_EQ(Texts(undo.begin() + 1, undo.end() - 2),
              (Texts{"ALTER SEQUENCE \"public\".\"orders_id_seq\" RENAME TO \"_hotswap_old_orders_id_seq\"",
                     t("RENAME COLUMN \"id\" TO \"_hotswap_new_id\""), t("RENAME COLUMN \"_hotswap_old_id\" TO \"id\""),
                     t("ALTER COLUMN \"id\" ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME \"public\".\"orders_id_seq\" START "
                       "WITH 1 INCREMENT "
                       "BY 1 MINVALUE 1 MAXVALUE 2147483647 CACHE 1)"),
                     "SELECT pg_catalog.setval('\"public\".\"orders_id_seq\"'::pg_catalog.regclass, last_value, is_called) FROM "
                     "\"public\".\"_hotswap_old_orders_id_seq\"",
                     t("ALTER COLUMN \"_hotswap_new_id\" DROP IDENTITY")}));
    EXPECT_EQ(refusal(table, change_type("id", "numeric")).sqlstate(), "0A000");
}

TEST(CarryOver, T6_a_serial_sequence_stays_owned_by_the_visible_column)
{
    TableFacts table = orders();
    table.columns[2].default_text = "nextval('public.s'::regclass)";
    table.columns[2].sequence_schema = "public";
    table.columns[2].sequence_name = "s";
    Plan plan = dual_write_of(table, {change_type("total", "bigint")});
    std::string own = "ALTER SEQUENCE \"public\".\"s\" OWNED BY \"public\".\"orders\".\"total\"";
    const Step &step = switch_of(plan);
    EXPECT_GT(position_of(step.action, own), position_of(step.action, t("RENAME COLUMN \"_hotswap_new_total\" TO \"total\"")));
    EXPECT_GT(position_of(step.undo, own), position_of(step.undo, t("RENAME COLUMN \"_hotswap_old_total\" TO \"total\"")));
    EXPECT_TRUE(mentions(plan.warnings, "ALTER SEQUENCE \"public\".\"s\" AS bigint"));
}

TEST(CarryOver, the_copy_gets_statistics_comment_and_privileges_but_no_settings_of_another_make)
{
    TableFacts table = orders();
    Column &note = table.columns[1];
    note.statistics = 500;
    note.storage = 'e';
    note.comment = "it's";
    note.grants = {{"SELECT", "", false}, {"UPDATE", "clerk", true}};
    Change change = change_type("note", "jsonb");
    change.using_text = "(note)::jsonb";
    Options options;
    options.down = {{"", "note::text"}};
    Plan plan = dual_write_of(table, {change}, options);
    EXPECT_TRUE(has(plan.steps[0].action, t("ALTER COLUMN \"_hotswap_new_note\" SET STATISTICS 500")));
    EXPECT_TRUE(has(plan.steps[0].action, "COMMENT ON COLUMN \"public\".\"orders\".\"_hotswap_new_note\" IS 'it''s'"));
    EXPECT_TRUE(has(plan.steps[0].action, "GRANT SELECT (\"_hotswap_new_note\") ON \"public\".\"orders\" TO PUBLIC"));
    EXPECT_TRUE(has(plan.steps[0].action,
                    "GRANT UPDATE (\"_hotswap_new_note\") ON \"public\".\"orders\" TO \"clerk\" WITH GRANT OPTION"));
    EXPECT_FALSE(mentions(plan.steps[0].action, "SET STORAGE"));
    EXPECT_TRUE(mentions(plan.warnings, "storage and compression"));
    EXPECT_TRUE(has(dual_write_of(table, {change_type("note", "character varying(9)")}).steps[0].action,
                    t("ALTER COLUMN \"_hotswap_new_note\" SET STORAGE EXTERNAL")));
}

TEST(CarryOver, a_type_change_and_a_rename_that_share_an_index_are_refused)
{
    TableFacts table = orders();
    table.indexes = {make_index("both", {1, 3})};
    EXPECT_EQ(error_of([&] {
                  dual_write_of(table, {change_type("id", "bigint"), rename_to("total", "sum")});
              }).sqlstate(),
              "0A000");
    table.indexes.clear();
    Plan plan = dual_write_of(table, {change_type("id", "bigint"), rename_to("total", "sum")});
    EXPECT_EQ(plan.dual_writes.size(), 2u);
    EXPECT_TRUE(has(plan.steps.back().action, t("RENAME COLUMN \"total\" TO \"sum\"")));
    EXPECT_TRUE(has(plan.steps.back().action, t("DROP COLUMN \"_hotswap_old_id\"")));
}

}  // namespace hotswap::core
