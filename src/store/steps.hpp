// hotswap._migration_steps: the plan as rows.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/sql.hpp"
#include "core/plan.hpp"

namespace hotswap::store {

struct StepRow {
    int number = 0;
    core::Step step;
    std::string state;        // pending, running, done, undoing, undone
    int attempts = 0;
    std::string confirmed;    // await: what hotswap.advance was told; backfill: that a look was taken
    std::int64_t most_blocks = 0;   // of a chunk, since a retry; 0: no limit
    double age_ms = 0;        // since started_at
};

void insert_steps(bridge::Sql &sql, const std::string &migration, const std::vector<core::Step> &steps);
std::vector<StepRow> load_steps(bridge::Sql &sql, const std::string &migration);
std::optional<StepRow> load_step(bridge::Sql &sql, const std::string &migration, int number, bool lock);

// The intent, committed before the act: state running (or undoing) and one more attempt.
void step_begins(bridge::Sql &sql, const std::string &migration, int number, bool undo);
void step_done(bridge::Sql &sql, const std::string &migration, int number, bool undo, double lock_held_ms);
void undo_is(bridge::Sql &sql, const std::string &migration, int number, const std::vector<std::string> &undo);   // not what was planned
void step_left_orderly(bridge::Sql &sql, const std::string &migration, int number);   // an executor ended by its own will
void step_failed(bridge::Sql &sql, const std::string &migration, int number, const std::string &error);
void forget_attempts(bridge::Sql &sql, const std::string &migration);   // of all steps that are to be done
void step_pending(bridge::Sql &sql, const std::string &migration, int number);   // to be done (again)
void step_confirmed(bridge::Sql &sql, const std::string &migration, int number, const std::string &by);
void step_need_not_wait(bridge::Sql &sql, const std::string &migration, int number, const std::string &by);   // for a window, when it comes
void step_undo_noted(bridge::Sql &sql, const std::string &migration, int number, const std::vector<std::string> &undo);   // known only when it ran
bool wait_is_over_within(bridge::Sql &sql, const std::string &migration, int number, double ms);   // it will be, by then
bool wait_is_over(bridge::Sql &sql, const std::string &migration, int number);  // await: wait_for has passed since started_at

}  // namespace hotswap::store
