// hotswap._migration_metrics, _migration_thresholds and _migration_verdicts: what was seen of the application's health, and what
// was said of it.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "bridge/sql.hpp"
#include "core/health.hpp"
#include "core/health_sample.hpp"

namespace hotswap::store {

void add_sample(bridge::Sql &sql, const core::Sample &sample);
void forget_samples(bridge::Sql &sql, double older_than_ms);   // but for those a migration still compares with

// The baseline of a migration: the samples of the last so many milliseconds, and not older than since its begin when asked so.
// Returns how many samples there are.
std::int64_t set_baseline(bridge::Sql &sql, const std::string &migration, double ms);
std::int64_t samples_with_traffic(bridge::Sql &sql, double ms);   // of the last so many milliseconds
std::int64_t baseline_with_traffic(bridge::Sql &sql, const std::string &migration);   // its samples that have some; 0 without a baseline
bool has_baseline(bridge::Sql &sql, const std::string &migration);

// Each metric that is to be judged and was seen: its baseline against what came since the bake began, but for its warm-up, at most a quarter.
std::vector<core::MetricVerdict> judge_bake(bridge::Sql &sql, const std::string &migration, int step_no, double warm_up_ms);
void add_verdicts(bridge::Sql &sql, const std::string &migration, const std::vector<core::MetricVerdict> &verdicts);

}  // namespace hotswap::store
