// From changes and facts to steps. Pure: same input, same plan, so every rule has a unit test without a server.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/change.hpp"
#include "core/facts.hpp"
#include "core/options.hpp"
#include "core/plan.hpp"

namespace hotswap::core {

// Chooses the strategy ("auto") or checks that the wanted one fits, and writes the steps.
// Throws Error 0A000 for what cannot be done or carried over, naming it; 22023 where up or down is missing.
Plan make_plan(const Statement &statement, const TableFacts &table, const std::string &strategy, const Options &options);

// A rewrite without a statement: no value changes, only where the rows are.
struct Compaction {
    std::string order_by;            // qualified ORDER BY list over a row of the table, empty: as they lie
    std::optional<int> fillfactor;
};
Plan make_compaction(const Statement &statement, const TableFacts &table, const Compaction &wanted, const Options &options);

// Option flag: the steps that raise it, put where the new shape is there and nothing has been removed yet.
void add_flag_steps(Plan *plan, const Options &options);

// Type changes that make PostgreSQL read the whole table count as rewriting from then on.
void note_readings(Statement *statement, const TableFacts &table);

// Whether the statement may become an online rewrite: then more has to be known (see the end of TableFacts).
bool may_rewrite(const Statement &statement, const std::string &strategy);

// Which column gets a copy of what name if the statement is carried out as a dual write: a type change a hidden one,
// a rename the new name. Whoever fills TableFacts::renamed deparses the table's expressions with these names.
std::map<std::string, std::string> copy_names(const Statement &statement);

}  // namespace hotswap::core
