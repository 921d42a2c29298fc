// Which type changes make PostgreSQL read a whole table although they leave its rows as they are.
// SPDX-License-Identifier: PostgreSQL
#include <gtest/gtest.h>

#include "core/planner.hpp"
#include "core/planning.hpp"

namespace hotswap::core {
namespace {

TableFacts table()
{
    TableFacts facts;
    Column name, amount;
    name.number = 1;
    name.name = "name";
    name.type = "character varying(40)";
    amount.number = 2;
    amount.name = "amount";
    amount.type = "numeric(8,2)";
    facts.columns = {name, amount};
    return facts;
}

bool reads_all(const TableFacts &facts, const std::string &column, const std::string &type)
{
    Statement statement;
    statement.changes.resize(1);
    statement.changes[0].kind = ChangeKind::alter_type;
    statement.changes[0].column = column;
    statement.changes[0].type = type;
    note_readings(&statement, facts);
    return statement.changes[0].rewrites;
}

Index index_on(int column)
{
    Index index;
    IndexKey key;
    key.column = column;
    key.columns = {column};
    index.keys = {key};
    return index;
}

TEST(TypeReading, APlainColumnIsFree)
{
    EXPECT_FALSE(reads_all(table(), "name", "text"));
    EXPECT_FALSE(reads_all(table(), "amount", "numeric(12,2)"));
}

TEST(TypeReading, AnIndexWithTheSameOperatorsIsKept)
{
    TableFacts facts = table();
    facts.indexes = {index_on(1), index_on(2)};
    EXPECT_FALSE(reads_all(facts, "name", "text"));
    EXPECT_FALSE(reads_all(facts, "name", "character varying(80)"));
    EXPECT_FALSE(reads_all(facts, "amount", "numeric(12,2)"));
    EXPECT_TRUE(reads_all(facts, "amount", "oid"));
}

TEST(TypeReading, AnExpressionOrAPredicateIsBuiltAgain)
{
    TableFacts facts = table();
    facts.indexes = {index_on(1)};
    facts.indexes[0].keys[0].column = 0;
    EXPECT_TRUE(reads_all(facts, "name", "text"));
    facts.indexes = {index_on(2)};
    facts.indexes[0].predicate_columns = {1};
    EXPECT_TRUE(reads_all(facts, "name", "text"));
    EXPECT_FALSE(reads_all(facts, "amount", "numeric(12,2)"));
}

TEST(TypeReading, ACheckIsCheckedAgain)
{
    TableFacts facts = table();
    Check check;
    check.columns = {2};
    facts.checks = {check};
    EXPECT_TRUE(reads_all(facts, "amount", "numeric(12,2)"));
    EXPECT_FALSE(reads_all(facts, "name", "text"));
    facts.checks[0].validated = false;
    EXPECT_FALSE(reads_all(facts, "amount", "numeric(12,2)"));
}

TEST(TypeReading, TheTypeItHasIsNoChange)
{
    TableFacts facts = table();
    Check check;
    check.columns = {2};
    facts.checks = {check};
    EXPECT_FALSE(reads_all(facts, "amount", "numeric(8,2)"));
}

}  // namespace
}  // namespace hotswap::core
