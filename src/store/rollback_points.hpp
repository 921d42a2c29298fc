// hotswap._migration_rollback_points: what destructive steps have taken away, and where it is kept.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/sql.hpp"

namespace hotswap::store {

struct RollbackPoint {
    std::int64_t id = 0;
    std::string migration, kind, relation;   // relation: qualified and quoted
    std::vector<std::string> columns, key;   // plain
    std::string hold_schema, hold;           // plain; qualified and quoted
    std::string file, state, owner;
    std::vector<std::string> again, away, keys, lost;
    std::string restored_by;
    std::int64_t rows = 0;
};

// Gives the id, with the name of a schema that nobody has. Its state is keeping until point_is_kept.
void insert_point(bridge::Sql &sql, RollbackPoint *point);
void describe_point(bridge::Sql &sql, const RollbackPoint &point);   // hold, again, away, keys, lost
void point_is_kept(bridge::Sql &sql, std::int64_t id, std::int64_t rows, std::int64_t bytes, double retention_s);
void point_file_is(bridge::Sql &sql, std::int64_t id, const std::string &file);   // empty: none
// Its end: restored, expired or dropped. The event goes to the migration it is of.
void point_ends(bridge::Sql &sql, const RollbackPoint &point, const std::string &state);
void forget_point(bridge::Sql &sql, std::int64_t id);
void postpone_expiry(bridge::Sql &sql, const RollbackPoint &point, const std::string &why);
void point_restored_by(bridge::Sql &sql, std::int64_t id, const std::string &migration);

std::optional<RollbackPoint> find_point(bridge::Sql &sql, std::int64_t id, bool lock);
// The one that a migration fills.
std::optional<RollbackPoint> point_of(bridge::Sql &sql, const std::string &migration, const std::string &kind);
// Kept too long, and no migration is at them; not those that somebody else has locked.
std::vector<RollbackPoint> expired_points(bridge::Sql &sql);
std::vector<RollbackPoint> points_with_dead_files(bridge::Sql &sql);   // their end is committed
bool is_being_restored(bridge::Sql &sql, const RollbackPoint &point);

}  // namespace hotswap::store
