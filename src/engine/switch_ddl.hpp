// The SQL of a switch, run while the tables are empty: by the rehearsal and by the switch itself.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <vector>

#include "engine/twin_flow.hpp"

namespace hotswap::engine {

// The switch step of this migration. REQUIRES: a transaction with store authority. ERRORS: XX000 when the plan has none.
core::Step switch_of(bridge::Sql &sql, const StepContext &context);

void run_between(const StepContext &context, const core::Step &step, bool undo);    // tables empty
void run_populate(const StepContext &context, const core::Step &step, bool undo);   // rows back

// Exchanges a table's storage with its previous (old shape) or its twin (new shape).
void swap_previous(const StepContext &context, const store::TwinRow &row);
void swap_twin(const StepContext &context, const store::TwinRow &row);
std::vector<unsigned> indexes_of(unsigned table, const std::vector<std::string> &names);
std::vector<unsigned> own_indexes_of(unsigned heap, const std::string &heap_name, std::size_t count);

}  // namespace hotswap::engine
