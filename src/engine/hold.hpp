// The schema and the table that keep what a rollback point is about: hotswap_held_<point>, one schema for each point, so that
// everything in it can have the name it had, and nobody but the owner of what is kept gets in.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/step_context.hpp"
#include "store/rollback_points.hpp"

namespace hotswap::engine {

// All REQUIRE: a transaction, store authority.
// The row and the empty schema. ERRORS: 42501 when the migration's owner does not own the table any more.
void open_point(bridge::Sql &sql, const StepContext &context, unsigned relation, store::RollbackPoint *point);
// An empty table of these columns; with a key, unique in it.
void create_hold(bridge::Sql &sql, unsigned relation, store::RollbackPoint *point);
// ERRORS: 2BP01 when somebody has made something that depends on what is kept.
void drop_hold(bridge::Sql &sql, const store::RollbackPoint &point);
// Those of the hold that are not computed.
std::vector<std::string> hold_columns(bridge::Sql &sql, const store::RollbackPoint &point);
// What looks at rows of a hold or empties it runs as the migration's owner: the hold is his, and whatever he puts on it, a trigger or a
// rule, must not run with the rights of hotswap's own tables.
bool has_rows(const StepContext &context, const store::RollbackPoint &point);
void empty_hold(const StepContext &context, const store::RollbackPoint &point);
// Rows there are, and how large it is.
enum class RowsBy { statistics, hold };
void measure_and_keep(bridge::Sql &sql, const StepContext &context, const store::RollbackPoint &point, RowsBy rows);

// What a statement that deletes rows runs as: with its rows going into the hold. REQUIRES: a transaction.
std::string keeping_rows(const StepContext &context, const std::string &deletion);

// A reason to wait: too little room for what is to be copied. REQUIRES: outside a transaction.
std::optional<std::string> lacks_room_for_hold(const StepContext &context, unsigned relation, const std::vector<std::string> &columns);

}  // namespace hotswap::engine
