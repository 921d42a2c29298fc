// See applied.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/applied.hpp"

#include "engine/script_reading.hpp"
#include "store/history.hpp"

namespace hotswap::engine {

namespace {

using bridge::Sql;

// A rewrite without DDL, and one that nobody gave a name, are no scripts; a part is its script's business.
bool is_named_script(const store::Migration &migration)
{
    return migration.name != migration.id && migration.script.empty() && migration.reverts.empty() && migration.ddl.compare(0, 8, "rewrite ") != 0;
}

void mark_reverted(Sql &sql, const std::string &name, const std::string &applied_as, const store::Migration &by)
{
    const auto applied = store::find_applied(sql, name);
    if (applied && !applied->is_baseline() && applied->migration_id == applied_as)
        store::mark_reverted(sql, applied->history_id, by.id, by.owner, store::running_time_ms(sql, by.id));
}

}  // namespace

void record_completed(Sql &sql, const store::Migration &migration)
{
    if (!migration.reverts.empty()) {
        if (const auto reverted = store::find_migration(sql, migration.reverts))
            mark_reverted(sql, reverted->name, reverted->id, migration);
        return;
    }
    if (!is_named_script(migration) || store::find_applied(sql, migration.name))
        return;
    const ReadScript script = read_script(migration.ddl);
    store::insert_applied(sql, {migration.name, script.checksum, script.text, migration.id, migration.owner, static_cast<int>(script.up.size()),
                                store::running_time_ms(sql, migration.id)});
}

void record_taken_back(Sql &sql, const store::Migration &migration)
{
    if (is_named_script(migration))
        mark_reverted(sql, migration.name, migration.id, migration);
}

}  // namespace hotswap::engine
