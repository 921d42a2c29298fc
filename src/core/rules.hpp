// The rules: what PostgreSQL does with an operation, from what is known without trying it.
// A rehearsal knows better where there is one; see merge_rehearsed.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/operation.hpp"

namespace hotswap::core {

// One row of hotswap.analyze.
struct Verdict {
    int statement_no = 0;
    std::string operation;
    std::string relation;          // empty: none
    std::string object;
    LockMode lock = LockMode::none;
    std::string blocks;
    bool rewrites = false, scans = false;
    std::string risk, migration_type, strategy;
    std::optional<double> duration_ms, lock_ms;
    bool requires_zero_downtime = false;
    std::vector<std::string> warnings;
};

// What the server got done in a second here.
struct Rates {
    double scan_bytes = 200e6;
    double rewrite_bytes = 50e6;
};

// What the rule says of one party: lock, rewrites, scans.
Touch touch_of(const Operation &operation, const Party &party);

// The verdicts on one statement: all its operations together, because locks are held until its end.
std::vector<Verdict> judge(const std::vector<Operation> &operations, const Rates &rates);

// What a rehearsal saw wins over what the rules said: locks, rewrites and scans of the parties become those seen; relations
// that the rules did not know join the first operation; those that it did not touch stay as the rule says. Where rows matter,
// which clones do not have (validated foreign keys, queries, detached partitions), the rule's scan counts, too.
void merge_rehearsed(std::vector<Operation> *operations, const std::vector<Touch> &seen);

// Whether a rehearsal of a statement that stands alone could show nothing that the rules do not know.
bool rules_suffice(const std::vector<Operation> &operations);

// The parts of judge, in files of their own.
inline bool begins(const std::string &name, std::string_view with) { return name.compare(0, with.size(), with) == 0; }
inline bool is_one_of(const std::string &name, std::initializer_list<std::string_view> names)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}
std::string risk_of(const Operation &operation, const std::vector<Touch> &touches, const Touch &touch, const Relation &relation);
std::string migration_type_of(const Operation &operation, const std::string &risk);
std::vector<std::string> strategies_of(const std::vector<Operation> &statement);
std::vector<std::string> warnings_of(const Operation &operation, const Touch &touch, const Relation &relation, double lock_ms);

}  // namespace hotswap::core
