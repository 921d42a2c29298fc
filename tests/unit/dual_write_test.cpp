// The direction of a write, line by line, and the texts made from a description.
// SPDX-License-Identifier: PostgreSQL
#include "core/dual_write.hpp"

#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

constexpr auto kAgree = [] { return true; };
constexpr auto kDiffer = [] { return false; };
constexpr auto kNotAsked = []() -> bool {
    ADD_FAILURE() << "agreement was asked for without need";
    return false;
};

std::vector<DualWrite> id_to_bigint()
{
    DualWrite write;
    write.old_side = {{"id", "id", "integer", "\"id\"", "", true}};
    write.new_side = {{"_hotswap_new_id", "id", "bigint", "\"id\"", "", false}};
    return {write};
}

std::vector<DualWrite> two_groups()
{
    std::vector<DualWrite> writes = id_to_bigint();
    DualWrite split;
    split.on_conflict = Conflict::new_wins;
    split.old_side = {{"na'me", "na'me", "text", "first || ' ' || last", "'\\'::text", false}};
    split.new_side = {{"first", "first", "text", "f(\"na'me\")", "", false}, {"last", "last", "json", "g(\"na'me\")", "", false}};
    writes.push_back(split);
    return writes;
}

}  // namespace

TEST(DirectionOfInsert, neither_side_given_takes_the_defaults)
{
    EXPECT_EQ(direction_of_insert({false, false, false}, Conflict::error, kNotAsked), Fill::defaults);
    EXPECT_EQ(direction_of_insert({false, false, true}, Conflict::new_wins, kNotAsked), Fill::defaults);
}

TEST(DirectionOfInsert, one_side_given_fills_the_other)
{
    EXPECT_EQ(direction_of_insert({true, false, true}, Conflict::error, kNotAsked), Fill::new_side);
    EXPECT_EQ(direction_of_insert({false, true, false}, Conflict::error, kNotAsked), Fill::old_side);
}

TEST(DirectionOfInsert, both_sides_that_agree_stay)
{
    EXPECT_EQ(direction_of_insert({true, true, false}, Conflict::error, kAgree), Fill::nothing);
    EXPECT_EQ(direction_of_insert({true, true, true}, Conflict::new_wins, kAgree), Fill::nothing);
}

TEST(DirectionOfInsert, both_sides_that_differ_are_a_conflict_unless_the_old_value_may_be_the_servers_or_new_wins)
{
    EXPECT_EQ(direction_of_insert({true, true, false}, Conflict::error, kDiffer), Fill::conflict);
    EXPECT_EQ(direction_of_insert({true, true, true}, Conflict::error, kDiffer), Fill::old_side);
    EXPECT_EQ(direction_of_insert({true, true, false}, Conflict::new_wins, kDiffer), Fill::old_side);
}

TEST(DirectionOfUpdate, a_change_of_the_old_side_alone_fills_the_new)
{
    EXPECT_EQ(direction_of_update({true, false, false}, Conflict::error, kNotAsked), Fill::new_side);
    EXPECT_EQ(direction_of_update({true, false, true}, Conflict::error, kNotAsked), Fill::new_side);
}

TEST(DirectionOfUpdate, a_change_of_neither_fills_only_a_row_the_backfill_has_not_reached)
{
    EXPECT_EQ(direction_of_update({false, false, true}, Conflict::error, kNotAsked), Fill::new_side);
    EXPECT_EQ(direction_of_update({false, false, false}, Conflict::error, kNotAsked), Fill::nothing);
}

TEST(DirectionOfUpdate, a_change_of_the_new_side_alone_fills_the_old_unless_they_agree)
{
    EXPECT_EQ(direction_of_update({false, true, false}, Conflict::error, kDiffer), Fill::old_side);
    EXPECT_EQ(direction_of_update({false, true, false}, Conflict::error, kAgree), Fill::nothing);
}

TEST(DirectionOfUpdate, a_new_side_set_to_null_clears_the_old_side)
{
    EXPECT_EQ(direction_of_update({false, true, true}, Conflict::error, kDiffer), Fill::old_side);
}

TEST(DirectionOfUpdate, a_change_of_both_that_differ_is_a_conflict_unless_new_wins)
{
    EXPECT_EQ(direction_of_update({true, true, false}, Conflict::error, kAgree), Fill::nothing);
    EXPECT_EQ(direction_of_update({true, true, false}, Conflict::error, kDiffer), Fill::conflict);
    EXPECT_EQ(direction_of_update({true, true, false}, Conflict::new_wins, kDiffer), Fill::old_side);
}

TEST(TriggerArguments, they_are_a_flat_list_of_pairs)
{
    EXPECT_EQ(trigger_arguments(id_to_bigint()),
              (std::vector<std::string>{"group",   "error", "old",    "id",        "as",   "id",    "type",
                                        "integer", "fill",  "\"id\"", "generated", "yes",  "new",   "_hotswap_new_id",
                                        "as",      "id",    "type",   "bigint",    "fill", "\"id\""}));
}

TEST(TriggerArguments, what_is_written_reads_back)
{
    std::vector<DualWrite> writes = parse_trigger_arguments(trigger_arguments(two_groups()));
    ASSERT_EQ(writes.size(), 2u);
    EXPECT_TRUE(writes[0].old_side[0].generated_by_server);
    EXPECT_EQ(writes[0].on_conflict, Conflict::error);
    EXPECT_EQ(writes[1].on_conflict, Conflict::new_wins);
    EXPECT_EQ(writes[1].old_side[0].default_text, "'\\'::text");
    EXPECT_EQ(writes[1].new_side[1].type, "json");
    EXPECT_EQ(trigger_arguments(writes), trigger_arguments(two_groups()));
}

TEST(TriggerArguments, what_was_changed_by_hand_is_refused)
{
    using Arguments = std::vector<std::string>;
    for (const Arguments &arguments : {Arguments{}, Arguments{"group"}, Arguments{"old", "id"}, Arguments{"group", "perhaps"},
                                       Arguments{"group", "error", "type", "text"}, Arguments{"group", "error", "old", "id"},
                                       Arguments{"group", "error", "old", "a", "as", "a", "type", "t", "fill", "x", "size", "1"}})
        EXPECT_EQ(error_of([&] { parse_trigger_arguments(arguments); }).sqlstate(), "XX000");
}

TEST(TriggerSql, T5_the_trigger_is_enabled_always)
{
    std::vector<std::string> sql = create_trigger_sql("\"public\".\"orders\"", id_to_bigint());
    ASSERT_EQ(sql.size(), 2u);
    EXPECT_EQ(
        sql[0],
        "CREATE TRIGGER \"~hotswap_dual_write\" BEFORE INSERT OR UPDATE ON \"public\".\"orders\" FOR EACH ROW EXECUTE FUNCTION "
        "hotswap.dual_write('group', 'error', 'old', 'id', 'as', 'id', 'type', 'integer', 'fill', '\"id\"', 'generated', "
        "'yes', 'new', '_hotswap_new_id', 'as', 'id', 'type', 'bigint', 'fill', '\"id\"')");
    EXPECT_EQ(sql[1], "ALTER TABLE \"public\".\"orders\" ENABLE ALWAYS TRIGGER \"~hotswap_dual_write\"");
    EXPECT_EQ(drop_trigger_sql("\"public\".\"orders\""),
              "DROP TRIGGER IF EXISTS \"~hotswap_dual_write\" ON \"public\".\"orders\"");
}

TEST(TriggerSql, arguments_are_literals_whatever_they_hold)
{
    std::string sql = create_trigger_sql("t", two_groups())[0];
    EXPECT_TRUE(contains(sql, "'old', 'na''me'"));
    EXPECT_TRUE(contains(sql, "'default', E'''\\\\''::text'"));
}

TEST(TriggerSql, T2_the_trigger_sorts_after_every_ascii_name)
{
    EXPECT_GT(std::string(kTriggerName), std::string("zzz_last"));
    EXPECT_GT(std::string(kTriggerName), std::string("}"));
}

TEST(VerifySql, it_counts_rows_of_a_block_range_that_do_not_agree)
{
    EXPECT_EQ(verify_sql("\"public\".\"orders\"", id_to_bigint()),
              "SELECT count(*) FROM \"public\".\"orders\" AS t WHERE t.ctid >= $1::tid AND t.ctid < $2::tid AND (NOT ("
              "(pg_catalog.record_image_eq(ROW(t.\"_hotswap_new_id\"), ROW(CAST((SELECT (\"id\") FROM (SELECT t.\"id\" AS \"id\") AS "
              "hotswap_row) AS bigint)))) "
              "OR ((t.\"_hotswap_new_id\" IS NOT NULL) AND "
              "(pg_catalog.record_image_eq(ROW(t.\"id\"), ROW(CAST((SELECT (\"id\") FROM (SELECT t.\"_hotswap_new_id\" AS \"id\") AS "
              "hotswap_row) AS integer)))))))");
}

TEST(VerifySql, it_asks_for_the_same_image_so_that_a_type_needs_no_equality)
{
    std::string sql = verify_sql("t", two_groups());
    EXPECT_TRUE(contains(sql, "pg_catalog.record_image_eq(ROW(t.\"last\"), ROW(CAST("));
    EXPECT_TRUE(contains(sql, " AS json)))"));
    EXPECT_TRUE(contains(sql, "(t.\"first\" IS NOT NULL OR t.\"last\" IS NOT NULL)"));
    EXPECT_FALSE(contains(sql, "DISTINCT FROM"));
}

TEST(PlpgsqlText, it_holds_the_function_and_the_trigger)
{
    std::string text =
        plpgsql_text("\"public\".\"orders\"", "\"public\".\"orders_dual\"", {"id", "note", "_hotswap_new_id"}, id_to_bigint());
    EXPECT_TRUE(text.starts_with("CREATE FUNCTION \"public\".\"orders_dual\"() RETURNS trigger\n"));
    EXPECT_TRUE(contains(text, "SET search_path = pg_catalog, pg_temp"));
    EXPECT_TRUE(contains(text, "EXECUTE FUNCTION \"public\".\"orders_dual\"()"));
    EXPECT_TRUE(contains(text, "ENABLE ALWAYS TRIGGER \"~hotswap_dual_write\""));
    EXPECT_TRUE(contains(text, "NEW.\"_hotswap_new_id\" := (SELECT (\"id\") FROM (SELECT NEW.\"id\" AS \"id\", NEW.\"note\" AS "
                               "\"note\") AS hotswap_row);"));
    EXPECT_TRUE(contains(text, "NEW.\"id\" := (SELECT (\"id\") FROM (SELECT NEW.\"_hotswap_new_id\" AS \"id\", NEW.\"note\" AS "
                               "\"note\") AS hotswap_row);"));
    EXPECT_TRUE(contains(text, "hotswap_loses := 'old_side';"));  // an identity: the new side wins on INSERT
    EXPECT_TRUE(contains(text, "ERRCODE = '23000'"));
}

TEST(PlpgsqlText, a_body_with_the_dollar_quote_inside_gets_another_one)
{
    std::vector<DualWrite> writes = id_to_bigint();
    writes[0].new_side[0].fill = "length('$hotswap$')";
    std::string text = plpgsql_text("t", "f", {"id"}, writes);
    EXPECT_TRUE(contains(text, "AS $hotswap1$\n"));
}

TEST(PlpgsqlText, a_moved_default_is_set_before_the_new_side_is_filled)
{
    std::string text = plpgsql_text("t", "f", {"na'me", "first", "last"}, two_groups());
    std::size_t set = text.find("NEW.\"na'me\" := ('\\'::text);");
    ASSERT_NE(set, std::string::npos);
    EXPECT_LT(set, text.find("NEW.\"first\" := "));
}

}  // namespace hotswap::core
