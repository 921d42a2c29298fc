// Online rewrite: by which columns a row is known on both sides.
// SPDX-License-Identifier: PostgreSQL
#include "core/planner.hpp"

#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

using Names = std::vector<std::string>;

// a smallint, b bigint, c integer, d text: all not null
TableFacts four()
{
    TableFacts table = orders();
    table.columns = {make_column(1, "a", "smallint", true), make_column(2, "b", "bigint", true),
                     make_column(3, "c", "integer", true), make_column(4, "d", "text", true)};
    return table;
}

Names key_of(const TableFacts &table, const std::vector<Change> &changes = {})
{
    std::vector<Change> all = changes;
    Change unlogged = make_change(ChangeKind::set_persistence);
    unlogged.new_name = "UNLOGGED";
    all.push_back(unlogged);
    Options options;
    for (const Change &change : changes)
        options.down[change.column] = "1";
    if (changes.empty() || changes[0].kind != ChangeKind::alter_type)
        options.down.clear();
    return rewrite_of(table, all, options).twins[0].key;
}

std::string why_none(const TableFacts &table, const std::vector<Change> &changes = {})
{
    const Error error = error_of([&] { key_of(table, changes); });
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_TRUE(contains(error.hint(), "CREATE UNIQUE INDEX CONCURRENTLY"));
    return error.detail();
}

}  // namespace

TEST(RewriteKey, the_primary_key_then_the_replica_identity_then_the_narrowest)
{
    TableFacts table = four();
    table.indexes = {make_unique_key("u_b", {2}), make_unique_key("u_a", {1})};
    EXPECT_EQ(key_of(table), Names{"a"});
    table.indexes[0].replica_identity = true;
    EXPECT_EQ(key_of(table), Names{"b"});
    table.indexes.push_back(make_primary_key("pk", {4, 3}));
    EXPECT_EQ(key_of(table), (Names{"d", "c"}));
}

TEST(RewriteKey, one_without_an_altered_column_is_preferred)
{
    TableFacts table = four();
    table.indexes = {make_primary_key("pk", {3}), make_unique_key("u_d", {4})};
    EXPECT_EQ(key_of(table, {change_type("c", "bigint")}), Names{"d"});
    table.indexes.pop_back();
    EXPECT_EQ(key_of(table, {change_type("c", "bigint")}), Names{"c"});
}

TEST(RewriteKey, a_new_value_of_a_key_column_must_follow_from_the_key)
{
    TableFacts table = four();
    table.indexes = {make_primary_key("pk", {3, 1})};
    Change change = change_type("c", "bigint");
    change.using_text = "c + a";
    change.reads = {"c", "a"};
    EXPECT_EQ(key_of(table, {change}), (Names{"c", "a"}));
    change.reads = {"c", "b"};
    EXPECT_TRUE(contains(why_none(table, {change}), R"(the new value of column "c" of index "pk" reads column "b")"));
    change.reads = {"*"};
    EXPECT_TRUE(contains(why_none(table, {change}), "reads the row as a whole"));
    change.reads = {"c"};
    change.unstable = true;
    EXPECT_TRUE(contains(why_none(table, {change}), "another one each time"));
}

TEST(RewriteKey, what_is_no_key_is_named)
{
    TableFacts table = four();
    EXPECT_EQ(why_none(table), "It has no unique index by which its rows could be told apart.");
    Index deferrable = make_unique_key("x", {1}), partial = deferrable, expression = deferrable, nullable = deferrable,
          hash = deferrable;
    deferrable.deferrable = true;
    partial.predicate = "(a > 0)";
    expression.keys[0].column = 0;
    expression.keys[0].expression = "(a + 1)";
    hash.method = "hash";
    nullable = make_unique_key("x", {2});
    table.columns[1].not_null = false;
    const std::vector<std::pair<Index, std::string>> cases = {{deferrable, "is deferrable"},
                                                              {partial, "is partial"},
                                                              {expression, "is on an expression"},
                                                              {hash, "is no btree index"},
                                                              {nullable, "may be null"}};
    for (const auto &[index, words] : cases) {
        table.indexes = {index};
        EXPECT_TRUE(contains(why_none(table), words)) << words;
    }
}

TEST(RewriteKey, a_column_that_becomes_nullable_is_none)
{
    TableFacts table = four();
    table.indexes = {make_unique_key("u_a", {1}), make_unique_key("u_b", {2})};
    EXPECT_EQ(key_of(table, {make_change(ChangeKind::drop_not_null, "a")}), Names{"b"});
    table.indexes.pop_back();
    EXPECT_TRUE(contains(why_none(table, {make_change(ChangeKind::drop_not_null, "a")}), "would become nullable"));
}

}  // namespace hotswap::core
