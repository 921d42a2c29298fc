// See enqueue.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/enqueue.hpp"

#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "engine/bake.hpp"
#include "engine/table_use.hpp"
#include "store/dual_writes.hpp"
#include "store/migrations.hpp"
#include "store/steps.hpp"
#include "store/twins.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;

// A DROP COLUMN without dual writes or twins is only announced at first.
void announce_removals(Sql &sql, const store::Migration &migration, const PlannedDdl &planned)
{
    if (!planned.plan.dual_writes.empty() || !planned.plan.twins.empty())
        return;
    for (const core::Change &change : planned.statement.changes)
        if (change.kind == core::ChangeKind::drop_column && !change.is_noop)
            store::announce_removal(sql, migration, planned.statement.relation, change.column,
                                    store::load_options(sql, migration.options_json).deprecation);
}

}  // namespace

std::string store_migration(const PlannedDdl &planned, const std::string &ddl, const std::string &name, const std::string &options_json,
                            const Place &place)
{
    store::Migration migration;
    migration.name = name;
    migration.ddl = ddl;
    migration.strategy = planned.plan.strategy;
    migration.options_json = options_json;
    migration.owner = bridge::role_name(bridge::current_role());
    migration.search_path = bridge::current_search_path();
    migration.time_zone = bridge::current_time_zone();
    migration.relation = planned.relation;
    migration.relation_oid = planned.statement.relation_oid;
    migration.fingerprint = planned.fingerprint;
    migration.script = place.script;
    migration.part = place.part;
    migration.reverts = place.reverts;
    migration.warnings = planned.plan.warnings;
    migration.reason =
        "waiting for a background worker (max_worker_processes = " + std::to_string(bridge::max_worker_processes()) + ")";
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        const store::TableUse use = table_use(sql, planned);
        end_bakes_in_the_way(sql, use, migration.strategy, migration.owner);
        store::insert_migration(sql, &migration, use);
        store::insert_steps(sql, migration.id, planned.plan.steps);
        announce_removals(sql, migration, planned);
        store::insert_twins(sql, migration.id, planned.plan.twins);
        store::insert_dual_writes(sql, migration.id, migration.relation_oid, migration.relation, planned.plan.dual_writes);
    }
    bridge::wake_conductor_at_commit();
    return migration.id;
}

}  // namespace hotswap::engine
