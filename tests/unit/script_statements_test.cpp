// Transactions and metadata between the statements of a script.
// SPDX-License-Identifier: PostgreSQL
#include "facts_builder.hpp"

#include "core/script.hpp"
#include "core/script_metadata.hpp"

namespace hotswap::core {

namespace {

// As the server would cut a text without literals and comments behind statements.
std::vector<ScriptStatement> split(const std::string &sql)
{
    std::vector<ScriptStatement> statements;
    for (std::size_t begin = 0; begin < sql.size();) {
        const std::size_t semicolon = std::min(sql.find(';', begin), sql.size());
        std::size_t first = begin;
        while (first < semicolon) {
            if (sql.compare(first, 2, "--") == 0)
                first = sql.find('\n', first);
            else if (sql[first] == ' ' || sql[first] == '\n')
                ++first;
            else
                break;
        }
        if (first < semicolon) {
            const std::string text = sql.substr(first, semicolon - first);
            const int line = 1 + static_cast<int>(std::count(sql.begin(), sql.begin() + static_cast<std::ptrdiff_t>(first), '\n'));
            statements.push_back({text, static_cast<int>(first), line, text.substr(0, text.find(" x"))});
        }
        begin = semicolon + 1;
    }
    return statements;
}

// For each statement the JSON of what is in force, joined by +.
std::vector<std::string> in_force(const std::string &text, ScriptPart part, std::vector<std::string> *notes)
{
    const Script script = read_script(text);
    std::vector<std::string> result;
    for (const auto &numbers : metadata_in_force(script, part, split(part == ScriptPart::down ? script.down : script.up), notes)) {
        std::string line;
        for (const std::size_t number : numbers)
            line += (line.empty() ? "" : "+") + script.metadata[number].json;
        result.push_back(line);
    }
    return result;
}

using Texts = std::vector<std::string>;

MetadataValue value(const std::string &key, const std::string &type, const std::string &text)
{
    return {{key, type, text, {}}, type == "string" ? "\"" + text + "\"" : text};
}

MetadataComment at_line(int line)
{
    MetadataComment comment;
    comment.line = line;
    return comment;
}

}  // namespace

TEST(ScriptStatements, transactions_around_statements_are_left_out_with_a_note)
{
    Texts notes;
    const auto left = without_transactions(split("BEGIN;\nALTER TABLE x;\nCOMMIT;\nSTART TRANSACTION;\nDROP TABLE x;\nCOMMIT"), &notes);
    ASSERT_EQ(left.size(), 2u);
    EXPECT_EQ(left[1].text, "DROP TABLE x");
    ASSERT_EQ(notes.size(), 1u);
    EXPECT_EQ(notes[0], "BEGIN and COMMIT were left out (lines 1, 3, 4, 6): each statement of a script runs in transactions of its own");
}

TEST(ScriptStatements, one_line_is_not_called_lines)
{
    Texts notes;
    (void)without_transactions(split("BEGIN; ALTER TABLE x; COMMIT"), &notes);
    ASSERT_EQ(notes.size(), 1u);
    EXPECT_EQ(notes[0], "BEGIN and COMMIT were left out (line 1): each statement of a script runs in transactions of its own");
}

TEST(ScriptStatements, without_transactions_there_is_no_note)
{
    Texts notes;
    EXPECT_EQ(without_transactions(split("DROP TABLE x"), &notes).size(), 1u);
    EXPECT_TRUE(notes.empty());
}

TEST(ScriptStatements, a_way_back_in_the_middle_is_refused)
{
    for (const char *tag : {"ROLLBACK", "SAVEPOINT", "RELEASE", "PREPARE TRANSACTION"}) {
        Texts notes;
        const Error error = error_of([&] { without_transactions(split(std::string("BEGIN;\n") + tag + " x;"), &notes); });
        EXPECT_EQ(error.sqlstate(), "0A000");
        EXPECT_EQ(error.position(), 8);
        EXPECT_NE(error.detail().find("line 2"), std::string::npos);
    }
}

TEST(ScriptMetadata, a_comment_holds_until_the_next_one)
{
    Texts notes;
    EXPECT_EQ(in_force("-- @metadata {1}\nA;\nB;\n-- @metadata {2}\nC;\nD;", ScriptPart::up, &notes), (Texts{"{1}", "{1}", "{2}", "{2}"}));
    EXPECT_TRUE(notes.empty());
}

TEST(ScriptMetadata, comments_with_no_statement_between_add_up)
{
    Texts notes;
    EXPECT_EQ(in_force("-- @metadata {1}\n-- text\n/* @metadata {2} */\nA;\n-- @metadata {3}\nB;", ScriptPart::up, &notes),
              (Texts{"{1}+{2}", "{3}"}));
}

TEST(ScriptMetadata, the_head_holds_for_both_parts_and_a_part_only_for_itself)
{
    const std::string text = "-- @metadata {0}\n-- migrate:up\n-- @metadata {1}\nA;\n-- @metadata {2}\nB;\n-- migrate:down\nC;\n-- @metadata {3}\nD;";
    Texts notes;
    EXPECT_EQ(in_force(text, ScriptPart::up, &notes), (Texts{"{0}+{1}", "{2}"}));
    EXPECT_EQ(in_force(text, ScriptPart::down, &notes), (Texts{"{0}", "{3}"}));
    EXPECT_TRUE(notes.empty());
}

TEST(ScriptMetadata, a_comment_behind_the_last_statement_is_noted)
{
    Texts notes;
    in_force("A;\n-- @metadata {1}\n", ScriptPart::up, &notes);
    EXPECT_EQ(notes, (Texts{"line 2: no statement follows this metadata comment"}));
}

TEST(ScriptMetadata, the_json_is_found_where_it_stands)
{
    const std::string text = "\nA;  --@metadata: {\"a\": 1} \r\n-- @metadatas {}\n/* @metadata\n{} */ B;";
    const Script script = read_script(text);
    ASSERT_EQ(script.metadata.size(), 2u);
    EXPECT_EQ(script.metadata[0].json, "{\"a\": 1}");
    EXPECT_EQ(script.metadata[0].offset, text.find("{\"a\""));
    EXPECT_EQ(script.metadata[0].line, 2);
    EXPECT_EQ(script.metadata[1].json, "{}");
    EXPECT_EQ(script.metadata[1].offset, text.rfind("{}"));
    EXPECT_EQ(error_of([] { read_script("\n-- @metadata\n"); }).detail(), "Found in line 2: -- @metadata");
}

TEST(ScriptMetadata, keys_become_what_they_stand_for)
{
    const StatementMetadata found = parse_metadata({value("zeroDowntime", "boolean", "true"), value("phase", "string", "contract"),
                                                    value("progressive", "boolean", "true"), value("batchSize", "number", "10000"),
                                                    value("max_duration", "number", "60000"), value("delayMs", "null", "null")},
                                                   at_line(1));
    EXPECT_EQ(found.zero_downtime, true);
    EXPECT_EQ(found.progressive, true);
    EXPECT_EQ(found.strategy(), "");
    EXPECT_TRUE(found.waits_for_advance());
    EXPECT_EQ(found.shown_phase(), Phase::contract);
    EXPECT_EQ(found.options_json(), "{\"batch_size\": 10000, \"max_duration\": 60000}");
}

TEST(ScriptMetadata, nothing_said_is_nothing_changed)
{
    const StatementMetadata nothing = parse_metadata({}, at_line(1));
    EXPECT_EQ(nothing.strategy(), "");
    EXPECT_FALSE(nothing.waits_for_advance());
    EXPECT_EQ(nothing.shown_phase(), std::nullopt);
    EXPECT_EQ(nothing.options_json(), "{}");
}

TEST(ScriptMetadata, downtime_allowed_is_strategy_direct)
{
    EXPECT_EQ(parse_metadata({value("zeroDowntime", "boolean", "false")}, at_line(1)).strategy(), "direct");
}

TEST(ScriptMetadata, only_what_takes_something_away_waits)
{
    for (const char *phase : {"expand", "dual-write-setup"})
        EXPECT_FALSE(parse_metadata({value("phase", "string", phase)}, at_line(1)).waits_for_advance());
    for (const char *phase : {"contract", "dual-write-cleanup"})
        EXPECT_TRUE(parse_metadata({value("phase", "string", phase)}, at_line(1)).waits_for_advance());
}

TEST(ScriptMetadata, later_comments_win_key_by_key)
{
    StatementMetadata first = parse_metadata({value("phase", "string", "expand"), value("batchSize", "number", "10")}, at_line(1));
    first.add(parse_metadata({value("batchSize", "number", "20"), value("zeroDowntime", "boolean", "false")}, at_line(2)));
    EXPECT_EQ(first.phase, "expand");
    EXPECT_EQ(first.strategy(), "direct");
    EXPECT_EQ(first.options_json(), "{\"batch_size\": 20}");
}

TEST(ScriptMetadata, wrong_metadata_is_an_error_that_tells_the_line_and_what_is_known)
{
    const Error key = error_of([] { parse_metadata({value("zeroDownTime", "boolean", "true")}, at_line(7)); });
    EXPECT_EQ(key.sqlstate(), "22023");
    EXPECT_STREQ(key.what(), "unknown metadata \"zeroDownTime\"");
    EXPECT_NE(key.detail().find("line 7"), std::string::npos);
    for (const char *known : {"zeroDowntime", "phase", "progressive", "batchSize", "maxDuration", "lockTimeout"})
        EXPECT_NE(key.hint().find(known), std::string::npos) << known;

    const Error phase = error_of([] { parse_metadata({value("phase", "string", "pupate")}, at_line(7)); });
    EXPECT_STREQ(phase.what(), "unknown phase \"pupate\"");
    EXPECT_NE(phase.hint().find("\"dual-write-cleanup\""), std::string::npos);

    const Error option = error_of([] { parse_metadata({value("batchSize", "number", "0")}, at_line(7)); });
    EXPECT_EQ(option.sqlstate(), "22023");
    EXPECT_NE(option.detail().find("line 7"), std::string::npos);

    EXPECT_EQ(error_of([] { parse_metadata({value("progressive", "string", "yes")}, at_line(7)); }).sqlstate(), "22023");
    EXPECT_EQ(error_of([] { parse_metadata({value("batchSize", "number", "5"), value("batch_size", "number", "5")}, at_line(7)); }).sqlstate(), "22023");
    EXPECT_EQ(error_of([] { parse_metadata({value("batchSize", "number", "5"), value("progressive", "boolean", "false")}, at_line(7)); }).sqlstate(),
              "22023");
}

TEST(ScriptMetadata, phases_of_blue_green_are_known_and_refused)
{
    for (const char *phase : {"blue-green-create", "blue-green-sync", "blue-green-switch"}) {
        const Error error = error_of([&] { parse_metadata({value("phase", "string", phase)}, at_line(3)); });
        EXPECT_EQ(error.sqlstate(), "0A000");
        EXPECT_NE(error.hint(), "");
    }
}

}  // namespace hotswap::core
