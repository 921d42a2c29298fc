// One copied table with its relations and the statements between them, as the catalogs have it now.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "core/twin_sql.hpp"
#include "engine/step_context.hpp"
#include "store/twins.hpp"

namespace hotswap::engine {

enum class Direction { forward, back };   // to the twin before the switch; to previous after it

struct TwinFlow {
    store::TwinRow row;
    core::Flow flow;
    unsigned source = 0, target = 0, log = 0, owner = 0;
    std::string target_name, log_name;    // plain, in schema hotswap
};

// A message of the server about the copy, as one about the table: nobody knows hotswap._twin_12_1.
std::string about_table(const TwinFlow &flow, std::string message);

// REQUIRES: a transaction, store authority. ERRORS: 55000 when a relation of it is gone.
TwinFlow load_flow(bridge::Sql &sql, const StepContext &context, const store::TwinRow &row, Direction direction);
std::vector<TwinFlow> load_flows(bridge::Sql &sql, const StepContext &context, Direction direction);

}  // namespace hotswap::engine
