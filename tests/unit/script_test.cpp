// Scripts: parts, headers, what cannot be in one, and the normalized text.
// SPDX-License-Identifier: PostgreSQL
#include "core/script.hpp"

#include <ctime>

#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

// The SQL of a part: its lines without the blank ones and comments.
std::string sql_of(const std::string &part)
{
    return normalized(part);
}

}  // namespace

TEST(Script, without_headers_all_of_it_is_up)
{
    const std::string text = "CREATE TABLE a (id int);\n--> statement-breakpoint\nCREATE TABLE b (id int);";
    const Script script = read_script(text);
    EXPECT_EQ(script.up, text);
    EXPECT_FALSE(script.has_headers);
    EXPECT_FALSE(script.has_down);
    EXPECT_EQ(script.down, "");
    EXPECT_TRUE(script.notes.empty());
}

TEST(Script, an_empty_script_is_empty)
{
    EXPECT_EQ(read_script("").up, "");
    EXPECT_EQ(sql_of(read_script(" \n-- nothing\n").up), "");
}

TEST(Script, the_headers_of_every_tool_divide_it)
{
    for (const auto &[up, down] : std::vector<std::pair<std::string, std::string>>{{"-- migrate:up", "-- migrate:down"},
                                                                                    {"--migrate:up transaction:false", "-- migrate:down transaction:true "},
                                                                                    {"-- +goose Up", "-- +goose Down"},
                                                                                    {"-- +goose NO TRANSACTION\n-- +goose up", "  -- +GOOSE DOWN"},
                                                                                    {"-- +migrate Up", "-- +migrate Down"},
                                                                                    {"-- +migrate Up notransaction", "-- +migrate Down notransaction"},
                                                                                    {"-- rambler up", "-- rambler down"}}) {
        const Script script = read_script("-- what it does\n" + up + "\nCREATE TABLE a ();\n" + down + "\nDROP TABLE a;\n");
        EXPECT_TRUE(script.has_headers) << up;
        EXPECT_TRUE(script.has_down) << up;
        EXPECT_EQ(sql_of(script.up), "CREATE TABLE a();\n") << up;
        EXPECT_EQ(sql_of(script.down), "DROP TABLE a;\n") << down;
    }
}

TEST(Script, offsets_and_lines_of_a_part_are_those_of_the_script)
{
    const std::string text = "-- migrate:up\nA;\n-- migrate:down\nB;\n-- migrate:up\nC;";
    const Script script = read_script(text);
    ASSERT_EQ(script.up.size(), text.size());
    ASSERT_EQ(script.down.size(), text.size());
    EXPECT_EQ(script.up.find("A;"), text.find("A;"));
    EXPECT_EQ(script.up.find("C;"), text.find("C;"));
    EXPECT_EQ(script.up.find("B;"), std::string::npos);
    EXPECT_EQ(script.down.find("B;"), text.find("B;"));
    EXPECT_EQ(std::count(script.down.begin(), script.down.end(), '\n'), 5);
}

TEST(Script, a_header_within_a_literal_or_behind_sql_is_none)
{
    EXPECT_FALSE(read_script("SELECT '\n-- migrate:down\n';").has_headers);
    EXPECT_FALSE(read_script("DO $$\n-- migrate:down\n$$;").has_headers);
    EXPECT_FALSE(read_script("/*\n-- migrate:down\n*/").has_headers);
    EXPECT_FALSE(read_script("SELECT 1; -- migrate:down").has_headers);
    EXPECT_FALSE(read_script("-- rambler is a tool\nSELECT 1;").has_headers);
}

TEST(Script, windows_line_ends_and_a_byte_order_mark_do_not_matter)
{
    const Script script = read_script("\xEF\xBB\xBF-- migrate:up\r\nCREATE TABLE a (id int);\r\n-- migrate:down\r\nDROP TABLE a;\r\n");
    EXPECT_EQ(sql_of(script.up), "CREATE TABLE a(id int);\n");
    EXPECT_EQ(sql_of(script.down), "DROP TABLE a;\n");
    EXPECT_EQ(read_script("\xEF\xBB\xBFSELECT 1").up, "   SELECT 1");
}

TEST(Script, sql_before_the_first_header_would_be_lost_and_is_an_error)
{
    const Error error = error_of([] { read_script("SELECT 1;\n-- migrate:up\nSELECT 2;"); });
    EXPECT_EQ(error.sqlstate(), "22023");
    EXPECT_EQ(error.detail(), "Found in line 2: -- migrate:up, with SQL in line 1 already");
    EXPECT_EQ(error.position(), 11);
}

TEST(Script, a_way_down_without_a_way_up_is_an_error)
{
    EXPECT_EQ(error_of([] { read_script("-- migrate:down\nSELECT 1;"); }).sqlstate(), "22023");
}

TEST(Script, headers_nobody_knows_are_errors)
{
    for (const char *line : {"-- migrate:upp", "-- migrate:up transaction:no", "-- +goose Sideways", "-- +migrate Up please"}) {
        const Error error = error_of([&] { read_script(std::string("\n") + line + "\nSELECT 1;"); });
        EXPECT_EQ(error.sqlstate(), "22023") << line;
        EXPECT_EQ(error.detail(), std::string("Found in line 2: ") + line);
        EXPECT_NE(error.hint(), "");
    }
    EXPECT_EQ(error_of([] { read_script("-- +goose ENVSUB ON\n"); }).sqlstate(), "0A000");
}

TEST(Script, commands_of_psql_are_errors_with_their_line)
{
    for (const char *command : {"\\connect other", "\\i file.sql", "\\set ON_ERROR_STOP on", "\\."}) {
        const Error error = error_of([&] { read_script(std::string("SELECT 1;\n  ") + command + "\nSELECT 2;"); });
        EXPECT_EQ(error.sqlstate(), "0A000");
        EXPECT_EQ(error.detail(), std::string("Found in line 2: ") + command);
        EXPECT_EQ(error.position(), 13);
    }
    EXPECT_EQ(error_of([] { read_script("SELECT 1 \\gexec\n"); }).sqlstate(), "0A000");
    EXPECT_NO_THROW(read_script("SELECT '\\i', E'\\'', \"\\\", $$\\$$; -- \\i"));
}

TEST(Script, the_fence_of_pg_dump_is_left_out)
{
    const Script script = read_script("\\restrict abc'\nCREATE TABLE a ();\n\\unrestrict abc'\n");
    EXPECT_EQ(sql_of(script.up), "CREATE TABLE a();\n");
    ASSERT_EQ(script.notes.size(), 2u);
    EXPECT_EQ(script.notes[1], "line 3: \\unrestrict is for psql and was left out");
    EXPECT_NO_THROW(read_script("\\restrict abc\n-- migrate:up\nSELECT 1;"));
}

TEST(Script, data_of_copy_is_an_error_whatever_it_looks_like)
{
    const Error error = error_of([] { read_script("CREATE TABLE a ();\ncopy public.a (x, \"from\") from stdin;\n1\tit's\n\\.\n"); });
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_EQ(error.detail(), "Found in line 2: COPY ... FROM stdin");
    EXPECT_EQ(error_of([] { read_script("COPY a FROM /* x */ STDIN WITH (FORMAT csv);"); }).sqlstate(), "0A000");
    EXPECT_NO_THROW(read_script("COPY a FROM '/tmp/stdin'; COPY a TO stdout; SELECT copy FROM stdin;"));
}

TEST(Script, normalized_text_is_free_of_layout_and_comments)
{
    const std::string one = "CREATE TABLE a (id bigint, -- key\n  name varchar(10, 2) DEFAULT 'x  y');\n\n\nDROP TABLE b";
    const std::string two = "/* new */ CREATE TABLE a(\r\n id bigint,name varchar( 10,2 )\tDEFAULT 'x  y' ) ;; DROP TABLE b;";
    EXPECT_EQ(normalized(one), "CREATE TABLE a(id bigint,\nname varchar(10,2)DEFAULT 'x  y');\nDROP TABLE b;\n");
    EXPECT_EQ(normalized(one), normalized(two));
}

TEST(Script, normalized_text_keeps_what_matters)
{
    EXPECT_NE(normalized("SELECT 'a b'"), normalized("SELECT 'a  b'"));
    EXPECT_NE(normalized("SELECT $$a -- b$$"), normalized("SELECT $$a$$"));
    EXPECT_NE(normalized("SELECT \"a  b\""), normalized("SELECT \"a b\""));
    EXPECT_NE(normalized("SELECT 1; SELECT 2"), normalized("SELECT 2; SELECT 1"));
    EXPECT_NE(normalized("SELECT a - -b"), normalized("SELECT a --b\n"));
    EXPECT_NE(normalized("SELECT ab"), normalized("SELECT a b"));
    EXPECT_NE(normalized("SELECT E'\\' /* a */ '"), normalized("SELECT E'\\'  '"));
    EXPECT_EQ(normalized("a/**/b"), "a b;\n");
    EXPECT_EQ(normalized("SELECT $$a\r\nb$$"), normalized("SELECT $$a\nb$$"));   // a checkout changes these
    EXPECT_EQ(normalized(normalized("CREATE TABLE a (b int, c int); SELECT 1")), normalized("CREATE TABLE a (b int, c int); SELECT 1"));
}

TEST(Script, ten_thousand_statements_are_read_in_no_time)
{
    std::string text = "-- migrate:up\n";
    for (int i = 0; i < 10000; ++i)
        text += "ALTER TABLE t" + std::to_string(i) + " ADD COLUMN c" + std::to_string(i) + " text DEFAULT 'it''s' NOT NULL; -- why\n";
    const std::clock_t begin = std::clock();
    const Script script = read_script(text);
    const std::string normal = normalized(script.up);
    const double ms = 1000.0 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    EXPECT_EQ(std::count(normal.begin(), normal.end(), ';'), 10000);
#ifdef __SANITIZE_ADDRESS__
    EXPECT_LT(ms, 2000);   // ten times slower than a real build
#else
    EXPECT_LT(ms, 100);
#endif
}

}  // namespace hotswap::core
