// How a script is cut into parts.
// SPDX-License-Identifier: PostgreSQL
#include "core/script_parts.hpp"

#include <gtest/gtest.h>

namespace hotswap::core {
namespace {

PartStatement create(const std::string &table, std::vector<std::string> needs = {})
{
    PartStatement statement;
    statement.text = "CREATE TABLE " + table + " ()";
    statement.tag = "CREATE TABLE";
    statement.may_join = true;
    statement.makes = {table};
    statement.needs = std::move(needs);
    statement.undo = "DROP TABLE " + table;
    return statement;
}

PartStatement on(const std::string &table, const std::string &text)
{
    PartStatement statement;
    statement.text = text;
    statement.tag = "ALTER TABLE";
    statement.may_join = true;
    statement.needs = {table};
    return statement;
}

TEST(ScriptParts, NewTablesAndTheirNeighboursShareATransaction)
{
    const auto parts = cut_script({create("a"), create("b"), on("a", "CREATE INDEX ON a"), on("b", "INSERT INTO b")});
    ASSERT_EQ(parts.size(), 1u);
    EXPECT_TRUE(parts[0].is_new_only);
    EXPECT_EQ(parts[0].statements.size(), 4u);
    EXPECT_EQ(parts[0].title, "CREATE TABLE and 3 more statements");
    EXPECT_EQ(parts[0].undo, (std::vector<std::string>{"DROP TABLE b", "DROP TABLE a"}));
}

TEST(ScriptParts, AStatementOnAnExistingTableIsAPartByItself)
{
    const auto parts = cut_script({create("a"), on("old", "ALTER TABLE old"), on("a", "ALTER TABLE a"), create("b")});
    ASSERT_EQ(parts.size(), 3u);
    EXPECT_FALSE(parts[1].is_new_only);
    EXPECT_EQ(parts[1].statements, std::vector<std::string>{"ALTER TABLE old"});
    EXPECT_TRUE(parts[2].is_new_only);
    EXPECT_EQ(parts[2].statements, (std::vector<std::string>{"ALTER TABLE a", "CREATE TABLE b ()"}));
}

PartStatement quick(std::vector<std::string> makes, std::vector<std::string> needs, const std::string &text)
{
    PartStatement statement;
    statement.text = text;
    statement.may_join = statement.is_quick = true;
    statement.makes = std::move(makes);
    statement.needs = std::move(needs);
    return statement;
}

TEST(ScriptParts, ASequenceThatIsMadeAgainGoesTogetherWithWhatMakesIt)
{
    PartStatement drop;
    drop.text = "DROP SEQUENCE s CASCADE";
    drop.tag = "DROP SEQUENCE";
    drop.remakes = {"s", "t"};
    const auto parts = cut_script({drop, quick({"s"}, {}, "CREATE SEQUENCE s"), quick({}, {"t"}, "ALTER TABLE t ALTER id SET DEFAULT"),
                                   quick({}, {}, "SELECT setval"), quick({}, {"s", "t"}, "ALTER SEQUENCE s OWNED BY t.id"),
                                   on("t", "ALTER TABLE t ALTER id TYPE bigint"), quick({}, {"t"}, "ALTER TABLE t ALTER b SET DEFAULT")});
    ASSERT_EQ(parts.size(), 3u);
    EXPECT_FALSE(parts[0].is_new_only);
    EXPECT_EQ(parts[0].title, "DROP SEQUENCE and 4 more statements");
    EXPECT_EQ(parts[1].statements.size(), 1u);
    EXPECT_EQ(parts[2].statements.size(), 1u) << "something else came between";
}

TEST(ScriptParts, WhatIsAboutAnotherTableDoesNotGoAlong)
{
    PartStatement drop;
    drop.text = "DROP SEQUENCE s CASCADE";
    drop.remakes = {"s", "t"};
    const auto parts = cut_script({drop, quick({}, {"u"}, "ALTER TABLE u ALTER id SET DEFAULT"), quick({"s"}, {}, "CREATE SEQUENCE s")});
    EXPECT_EQ(parts.size(), 3u);
}

TEST(ScriptParts, AReferenceToAnExistingTableNeedsAPlan)
{
    const auto parts = cut_script({create("a", {"old"}), on("a", "CREATE INDEX ON a")});
    ASSERT_EQ(parts.size(), 2u);
    EXPECT_FALSE(parts[0].is_new_only);
    EXPECT_TRUE(parts[1].is_new_only) << "what a statement with a plan of its own makes is new all the same";
}

TEST(ScriptParts, TransactionsAreLeftOutAndASearchPathHoldsForWhatFollows)
{
    PartStatement begin, path;
    begin.is_ignored = true;
    path.search_path = "shop";
    const auto parts = cut_script({begin, create("a"), path, create("b"), begin});
    ASSERT_EQ(parts.size(), 2u);
    EXPECT_EQ(parts[0].search_path, "");
    EXPECT_EQ(parts[1].search_path, "shop");
}

TEST(ScriptParts, WhatAPersonHasToAgreeToIsKeptApart)
{
    PartStatement b = create("b");
    b.is_contract = b.in_contract = true;
    const auto parts = cut_script({create("a"), b, create("c")});
    ASSERT_EQ(parts.size(), 3u);
    EXPECT_TRUE(parts[1].is_contract);
    EXPECT_FALSE(parts[2].is_contract);
}

TEST(ScriptParts, AStretchOfTheContractPhaseIsThatToItsEnd)
{
    PartStatement b = create("b"), c = create("c"), d = create("d");
    b.is_contract = true;
    b.in_contract = c.in_contract = d.in_contract = true;
    const auto parts = cut_script({create("a"), b, c, d, create("e")});
    ASSERT_EQ(parts.size(), 4u);
    EXPECT_FALSE(parts[0].in_contract);
    EXPECT_TRUE(parts[1].in_contract);
    EXPECT_TRUE(parts[2].in_contract);
    EXPECT_EQ(parts[2].statements.size(), 2u);
    EXPECT_FALSE(parts[3].in_contract);
}

TEST(ScriptParts, AnEmptyScriptHasNone) { EXPECT_TRUE(cut_script({}).empty()); }

}  // namespace
}  // namespace hotswap::core
