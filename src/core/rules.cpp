// See rules.hpp. This file makes rows of operations; rules_locks.cpp, rules_risk.cpp and rules_warnings.cpp say what is in them.
// SPDX-License-Identifier: PostgreSQL
#include "core/rules.hpp"

#include <algorithm>

namespace hotswap::core {

namespace {

// A relation once per operation, with the strongest of what is done to it.
std::vector<std::pair<Touch, const Party *>> touches_of(const Operation &operation)
{
    std::vector<std::pair<Touch, const Party *>> result;
    for (const Party &party : operation.parties) {
        const Touch touch = touch_of(operation, party);
        const auto same = std::find_if(result.begin(), result.end(), [&](const auto &other) {
            return touch.oid != 0 ? other.first.oid == touch.oid : other.first.oid == 0 && other.first.relation == touch.relation;
        });
        if (same == result.end()) {
            result.emplace_back(touch, &party);
            continue;
        }
        same->first.lock = std::max(same->first.lock, touch.lock);
        same->first.rewrites = same->first.rewrites || touch.rewrites;
        same->first.scans = same->first.scans || touch.scans;
    }
    return result;
}

double work_ms(const Touch &touch, const Relation &relation, const Rates &rates)
{
    if (relation.fresh)
        return 0;
    if (touch.rewrites)
        return 1000.0 * static_cast<double>(relation.heap_bytes + relation.index_bytes) / rates.rewrite_bytes;
    return touch.scans ? 1000.0 * static_cast<double>(relation.heap_bytes) / rates.scan_bytes : 0;
}

}  // namespace

std::vector<Verdict> judge(const std::vector<Operation> &operations, const Rates &rates)
{
    // Locks are held until the statement ends: whoever waits, waits for all of its work.
    double whole_ms = 0;
    bool long_work = false;
    for (const Operation &operation : operations)
        for (const auto &[touch, party] : touches_of(operation)) {
            whole_ms += work_ms(touch, party->relation, rates);
            long_work = long_work || (!party->relation.fresh && (touch.rewrites || touch.scans));
        }
    std::vector<Verdict> verdicts;
    const std::vector<std::string> strategies = strategies_of(operations);
    for (std::size_t i = 0; i < operations.size(); ++i) {
        const Operation &operation = operations[i];
        const auto touches = touches_of(operation);
        std::vector<Touch> all;
        for (const auto &[touch, party] : touches)
            all.push_back(touch);
        static const Party kNobody;
        auto rows = touches;
        if (rows.empty())
            rows.emplace_back(Touch{0, "", 'r', LockMode::none, false, false}, &kNobody);
        bool first = true;
        for (const auto &[touch, party] : rows) {
            const Relation &relation = party->relation;
            Verdict verdict;
            verdict.statement_no = operation.statement_no;
            verdict.operation = operation.name;
            verdict.relation = touch.relation;
            verdict.object = operation.object;
            verdict.lock = touch.lock;
            verdict.blocks = relation.fresh ? "nothing" : blocked_by(touch.lock);
            verdict.rewrites = touch.rewrites;
            verdict.scans = touch.scans || touch.rewrites;   // what is written anew is read
            verdict.risk = risk_of(operation, all, touch, relation);
            verdict.migration_type = migration_type_of(operation, verdict.risk);
            verdict.strategy = strategies[i];
            const bool blocking = verdict.blocks != "nothing";
            if (!relation.fresh && (touch.rewrites || touch.scans))
                verdict.duration_ms = work_ms(touch, relation, rates);
            if (blocking && long_work)
                verdict.lock_ms = whole_ms;
            verdict.requires_zero_downtime = blocking && long_work;
            verdict.warnings = warnings_of(operation, touch, relation, verdict.lock_ms.value_or(0));
            if (first)
                verdict.warnings.insert(verdict.warnings.begin(), operation.warnings.begin(), operation.warnings.end());
            first = false;
            verdicts.push_back(std::move(verdict));
        }
    }
    return verdicts;
}

namespace {

// What such an operation does to rows does not depend on anything, or needs rows that a clone does not have.
bool is_certain(const Operation &operation)
{
    return operation.name == "CLUSTER" || operation.name == "VACUUM_FULL" || operation.name.starts_with("REFRESH_") ||
           operation.name.starts_with("REINDEX") || operation.name.starts_with("DETACH_PARTITION");
}

// Queries: the planner was asked about the real tables, and their rows.
bool is_planned(const Operation &operation)
{
    for (const char *name : {"SELECT", "INSERT", "INSERT_SELECT", "UPDATE", "DELETE", "MERGE", "COPY_TO", "COPY_FROM", "EXPLAIN", "CREATE_TABLE_AS",
                             "CREATE_MATERIALIZED_VIEW"})
        if (operation.name == name)
            return true;
    return false;
}

}  // namespace

void merge_rehearsed(std::vector<Operation> *operations, const std::vector<Touch> &seen)
{
    if (operations->empty())
        return;
    for (const Touch &touch : seen) {
        if (touch.lock == LockMode::none)
            continue;
        std::vector<std::pair<Party *, const Operation *>> owners;
        std::vector<std::pair<Party *, Touch>> parts;
        Touch strongest;
        for (Operation &operation : *operations)
            for (Party &party : operation.parties) {
                if (touch.oid != 0 ? party.relation.oid != touch.oid : party.relation.oid != 0 || party.relation.name != touch.relation)
                    continue;
                parts.emplace_back(&party, touch_of(operation, party));
                owners.emplace_back(&party, &operation);
                strongest.lock = std::max(strongest.lock, parts.back().second.lock);
                strongest.rewrites = strongest.rewrites || parts.back().second.rewrites;
                strongest.scans = strongest.scans || parts.back().second.scans;
            }
        // An index that no rule knows is not what the statement is about; what the statement makes itself is in nobody's way.
        if (parts.empty() && (touch.kind == 'i' || touch.kind == 'I' || touch.oid == 0))
            continue;
        if (parts.empty()) {
            Party party;
            party.relation = {.oid = touch.oid, .name = touch.relation, .kind = touch.kind};
            party.role = Role::child;
            operations->front().parties.push_back(party);
            owners.emplace_back(&operations->front().parties.back(), &operations->front());
            parts.emplace_back(&operations->front().parties.back(), Touch{});
        }
        // What was seen is the whole of the statement; the rules say which of its operations did it.
        for (std::size_t i = 0; i < parts.size(); ++i) {
            auto &[party, rule] = parts[i];
            const Operation &operation = *owners[i].second;
            const bool first = i == 0;
            party->rehearsed = true;
            party->lock = rule.lock == strongest.lock ? touch.lock : std::min(rule.lock, touch.lock);
            party->rewritten = touch.rewrites && (rule.rewrites || (first && !strongest.rewrites));
            if (is_certain(operation))
                party->rewritten = party->rewritten || rule.rewrites;
            party->scanned = (touch.scans && !is_planned(operation) && (rule.scans || (first && !strongest.scans))) || (rule.scans && (party->role == Role::referenced || is_certain(operation) || is_planned(operation)));
        }
    }
}

}  // namespace hotswap::core
