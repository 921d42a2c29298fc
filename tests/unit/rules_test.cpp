// The analyzer's rules: operations made by hand, and the verdicts on them.
// SPDX-License-Identifier: PostgreSQL
#include "core/rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace hotswap::core {
namespace {

Party party(const std::string &name, Role role, unsigned oid = 0, char kind = 'r')
{
    Party one;
    one.relation = {.oid = oid, .name = name, .kind = kind, .heap_bytes = 200'000'000, .index_bytes = 50'000'000};
    one.role = role;
    return one;
}

Operation operation(const std::string &name, std::vector<Party> parties)
{
    Operation one;
    one.statement_no = 1;
    one.name = name;
    one.parties = std::move(parties);
    return one;
}

bool warns(const Verdict &verdict, const std::string &of)
{
    return std::any_of(verdict.warnings.begin(), verdict.warnings.end(), [&](const std::string &w) { return w.find(of) != std::string::npos; });
}

TEST(Rules, a_new_index_blocks_writes_and_reads_the_table)
{
    const auto verdicts = judge({operation("CREATE_INDEX", {party("t", Role::target, 1)})}, {});
    ASSERT_EQ(verdicts.size(), 1u);
    EXPECT_EQ(verdicts[0].lock, LockMode::share);
    EXPECT_EQ(verdicts[0].blocks, "writes");
    EXPECT_TRUE(verdicts[0].scans);
    EXPECT_EQ(verdicts[0].risk, "HIGH");
    EXPECT_EQ(verdicts[0].migration_type, "risky");
    EXPECT_EQ(verdicts[0].strategy, "online_index");
    EXPECT_TRUE(verdicts[0].requires_zero_downtime);
}

TEST(Rules, concurrently_blocks_nobody)
{
    const auto verdicts = judge({operation("CREATE_INDEX_CONCURRENTLY", {party("t", Role::target, 1)})}, {});
    EXPECT_EQ(verdicts[0].blocks, "nothing");
    EXPECT_EQ(verdicts[0].risk, "LOW");
    EXPECT_FALSE(verdicts[0].lock_ms.has_value());
}

TEST(Rules, what_the_script_made_is_harmless)
{
    Party fresh = party("t", Role::target);
    fresh.relation.fresh = true;
    fresh.rewritten = true;
    fresh.lock = LockMode::access_exclusive;
    const auto verdicts = judge({operation("ALTER_COLUMN_TYPE", {fresh})}, {});
    EXPECT_EQ(verdicts[0].risk, "LOW");
    EXPECT_EQ(verdicts[0].blocks, "nothing");
    EXPECT_EQ(verdicts[0].strategy, "direct");
    EXPECT_FALSE(verdicts[0].rewrites);
}

TEST(Rules, the_other_side_of_a_foreign_key_waits_for_the_scan)
{
    Party child = party("child", Role::target, 1);
    child.lock = LockMode::share_row_exclusive;
    child.scanned = true;
    const auto verdicts = judge({operation("ADD_FOREIGN_KEY", {child, party("parent", Role::referenced, 2)})}, {.scan_bytes = 100e6});
    ASSERT_EQ(verdicts.size(), 2u);
    EXPECT_EQ(verdicts[1].lock, LockMode::share_row_exclusive);
    EXPECT_DOUBLE_EQ(verdicts[1].lock_ms.value(), 2000);
    EXPECT_FALSE(verdicts[1].duration_ms.has_value());
    EXPECT_EQ(verdicts[1].risk, "HIGH");
    EXPECT_TRUE(warns(verdicts[1], "other side of a foreign key"));
}

TEST(Rules, dropping_a_foreign_key_locks_both_tables)
{
    const auto verdicts = judge({operation("DROP_CONSTRAINT", {party("child", Role::target, 1), party("parent", Role::referenced, 2)})}, {});
    EXPECT_EQ(verdicts[0].lock, LockMode::access_exclusive);
    EXPECT_EQ(verdicts[1].lock, LockMode::access_exclusive);
    EXPECT_EQ(verdicts[1].risk, "MEDIUM");
}

TEST(Rules, a_relation_is_shown_once_with_its_strongest_lock)
{
    Party again = party("t", Role::read, 1);
    const auto verdicts = judge({operation("DROP_COLUMN", {again, party("t", Role::bereft, 1)})}, {});
    ASSERT_EQ(verdicts.size(), 1u);
    EXPECT_EQ(verdicts[0].lock, LockMode::access_exclusive);
}

TEST(Rules, work_is_estimated_from_size_and_rate)
{
    Party target = party("t", Role::target, 1);
    target.rewritten = true;
    const auto verdicts = judge({operation("ALTER_COLUMN_TYPE", {target})}, {.scan_bytes = 1e9, .rewrite_bytes = 25e6});
    EXPECT_DOUBLE_EQ(verdicts[0].duration_ms.value(), 10000);
    EXPECT_EQ(verdicts[0].strategy, "online_rewrite");
}

TEST(Rules, traffic_becomes_waiting_requests)
{
    Party target = party("t", Role::target, 1);
    target.rewritten = true;
    target.relation.calls_per_second = 50;
    const auto verdicts = judge({operation("ADD_COLUMN", {target})}, {.rewrite_bytes = 50e6});
    EXPECT_TRUE(warns(verdicts[0], "about 250 requests would wait up to 5 s"));
}

TEST(Rules, a_partitioned_table_has_no_rows_of_its_own)
{
    Party parent = party("p", Role::target, 1, 'p');
    parent.rewritten = true;
    Party child = party("c", Role::child, 2);
    child.rewritten = true;
    const auto verdicts = judge({operation("ADD_COLUMN", {parent, child})}, {});
    EXPECT_FALSE(verdicts[0].rewrites);
    EXPECT_EQ(verdicts[0].risk, "HIGH");
    EXPECT_TRUE(verdicts[1].rewrites);
}

TEST(Rules, if_exists_that_finds_nothing_locks_nothing)
{
    Operation drop = operation("DROP_TABLE", {party("t", Role::target)});
    drop.skipped = true;
    const auto verdicts = judge({drop}, {});
    EXPECT_EQ(verdicts[0].lock, LockMode::none);
    EXPECT_EQ(verdicts[0].risk, "LOW");
}

TEST(Rules, an_operation_without_relations_is_one_row)
{
    const auto verdicts = judge({operation("ADD_VALUE", {})}, {});
    ASSERT_EQ(verdicts.size(), 1u);
    EXPECT_EQ(verdicts[0].relation, "");
    EXPECT_EQ(verdicts[0].migration_type, "safe");
}

TEST(Rules, a_change_of_all_rows_is_batched)
{
    Operation update = operation("UPDATE", {party("t", Role::written, 1)});
    update.mass = true;
    const auto verdicts = judge({update}, {});
    EXPECT_EQ(verdicts[0].risk, "HIGH");
    EXPECT_EQ(verdicts[0].strategy, "batched");
    EXPECT_EQ(verdicts[0].lock, LockMode::row_exclusive);
}

TEST(Rehearsal, what_was_seen_wins)
{
    Party target = party("t", Role::target, 1);
    target.rewritten = true;
    std::vector<Operation> operations = {operation("ALTER_COLUMN_TYPE", {target})};
    merge_rehearsed(&operations, {{.oid = 1, .relation = "t", .lock = LockMode::access_exclusive, .rewrites = false, .scans = true}});
    const auto verdicts = judge(operations, {});
    EXPECT_FALSE(verdicts[0].rewrites);
    EXPECT_TRUE(verdicts[0].scans);
}

TEST(Rehearsal, relations_that_no_rule_knew_join)
{
    std::vector<Operation> operations = {operation("DROP_COLUMN", {party("t", Role::target, 1)})};
    merge_rehearsed(&operations, {{.oid = 1, .relation = "t", .lock = LockMode::access_exclusive},
                                  {.oid = 9, .relation = "other", .lock = LockMode::share}});
    const auto verdicts = judge(operations, {});
    ASSERT_EQ(verdicts.size(), 2u);
    EXPECT_EQ(verdicts[1].relation, "other");
    EXPECT_EQ(verdicts[1].lock, LockMode::share);
}

TEST(Rehearsal, the_operation_that_a_rule_names_did_it)
{
    Party plain = party("t", Role::target, 1), rewritten = party("t", Role::target, 1);
    plain.lock = LockMode::share_update_exclusive;
    rewritten.lock = LockMode::access_exclusive;
    rewritten.rewritten = true;
    std::vector<Operation> operations = {operation("SET_STATISTICS", {plain}), operation("ALTER_COLUMN_TYPE", {rewritten})};
    merge_rehearsed(&operations, {{.oid = 1, .relation = "t", .lock = LockMode::access_exclusive, .rewrites = true, .scans = true}});
    const auto verdicts = judge(operations, {});
    EXPECT_EQ(verdicts[0].lock, LockMode::share_update_exclusive);
    EXPECT_FALSE(verdicts[0].rewrites);
    EXPECT_TRUE(verdicts[1].rewrites);
}

TEST(Rehearsal, the_scan_of_a_referenced_table_is_believed)
{
    Party referenced = party("parent", Role::referenced, 2);
    referenced.scanned = true;
    std::vector<Operation> operations = {operation("VALIDATE_CONSTRAINT", {party("child", Role::target, 1), referenced})};
    merge_rehearsed(&operations, {{.oid = 2, .relation = "parent", .lock = LockMode::row_share}});
    EXPECT_TRUE(judge(operations, {})[1].scans);
}

}  // namespace
}  // namespace hotswap::core
