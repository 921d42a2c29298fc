// hotswap._migrations: one row a migration, and the only place where a state changes.
// REQUIRES everywhere in this folder: inside a transaction, with bridge::Authority::of_store() in force.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/sql.hpp"
#include "core/lifecycle.hpp"
#include "core/options.hpp"

namespace hotswap::store {

struct Migration {
    std::string id;
    int number = 0;
    std::string name, ddl, strategy, options_json, owner, search_path, time_zone, relation;
    unsigned relation_oid = 0;
    std::string fingerprint;
    core::State state = core::State::planned;
    std::string phase;
    core::Direction direction = core::Direction::forward;
    core::Event undo_asked_by = core::Event::rollback;
    std::string reason;
    double running_ms = 0;
    std::vector<std::string> warnings;
    std::string script;    // the script it is a part of; empty: none
    int part = 0;          // the script's step that stands for it
    std::string reverts;   // the completed migration whose way down it is; empty: none
};

inline bool is_script(const Migration &migration)
{
    return migration.strategy == "script";
}

// Gives id and number. Raises 55006 when the relation is in an unfinished migration already.
void insert_migration(bridge::Sql &sql, Migration *migration);

std::optional<Migration> find_migration(bridge::Sql &sql, const std::string &id);
std::optional<Migration> find_migration(bridge::Sql &sql, int number);
// With the row locked until the end of the transaction. 42704 when there is none.
Migration lock_migration(bridge::Sql &sql, const std::string &id);
// Unfinished, and given that name by its caller.
std::optional<Migration> find_under_way(bridge::Sql &sql, const std::string &name);
double running_time_ms(bridge::Sql &sql, const std::string &id);   // since it was begun
std::vector<Migration> unfinished_migrations(bridge::Sql &sql);   // oldest first
// Of a script: the migrations of its parts so far, in order.
std::vector<Migration> parts_of(bridge::Sql &sql, const std::string &script);
void plan_part_again(bridge::Sql &sql, const Migration &part);   // one that was taken back by itself

// Takes the event: new state by core's table, written with reason to the migration, its progress row and the audit.
// False when the state does not allow the event (somebody else was faster); nothing is written then.
bool take_event(bridge::Sql &sql, Migration *migration, core::Event event, const std::string &reason);

// A DROP COLUMN that waits is announced in _migration_deprecations until the migration is over.
void announce_removal(bridge::Sql &sql, const Migration &migration, const std::string &table, const std::string &column, const std::string &after);

void set_reason(bridge::Sql &sql, const std::string &id, const std::string &reason);   // only when it differs
void set_phase(bridge::Sql &sql, const std::string &id, const std::string &phase);
void set_fingerprint(bridge::Sql &sql, const std::string &id, const std::string &fingerprint);
void add_running_ms(bridge::Sql &sql, const std::string &id, double ms);
void reset_running_ms(bridge::Sql &sql, const std::string &id);

// The options as the server takes them apart.
core::Options load_options(bridge::Sql &sql, const std::string &options_json);

}  // namespace hotswap::store
