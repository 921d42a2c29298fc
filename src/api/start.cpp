// hotswap.start and hotswap.plan.
// SPDX-License-Identifier: PostgreSQL
#include "api/planning.hpp"
#include "bridge/function.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "store/dual_writes.hpp"
#include "store/events.hpp"
#include "store/migrations.hpp"
#include "store/steps.hpp"
#include "store/twins.hpp"

namespace hotswap::api {

namespace {

using bridge::Authority;
using bridge::Sql;

std::string text_array(const std::vector<std::string> &items)
{
    return bridge::format_text_array(items);
}

void refuse_on_standby()
{
    if (bridge::in_recovery())
        throw core::Error("25006", "cannot start a migration on a standby", "The server is in recovery.", "Start it on the primary.");
}

}  // namespace

}  // namespace hotswap::api

// start(ddl, name, strategy, options) -> migration id. Enqueues: rolls back with the caller's transaction.
HOTSWAP_FUNCTION(hotswap_start)
{
    using namespace hotswap;
    api::refuse_on_standby();
    const std::string ddl = call.text(0);
    const std::string options = call.json(3);
    const api::PlannedDdl planned = api::plan_ddl(ddl, call.optional_text(2).value_or("auto"), options);

    store::Migration migration;
    migration.name = call.optional_text(1).value_or("");
    migration.ddl = ddl;
    migration.strategy = planned.plan.strategy;
    migration.options_json = options;
    migration.owner = bridge::role_name(bridge::current_role());
    migration.search_path = bridge::current_search_path();
    migration.relation = planned.relation;
    migration.relation_oid = planned.statement.relation_oid;
    migration.fingerprint = planned.fingerprint;
    migration.warnings = planned.plan.warnings;
    migration.reason = "waiting for a background worker (max_worker_processes = " + std::to_string(bridge::max_worker_processes()) + ")";
    {
        const bridge::Authority authority = bridge::Authority::of_store();
        bridge::Sql sql;
        store::insert_migration(sql, &migration);
        store::insert_steps(sql, migration.id, planned.plan.steps);
        if (planned.plan.dual_writes.empty())
            for (const core::Change &change : planned.statement.changes)
                if (change.kind == core::ChangeKind::drop_column && !change.is_noop)
                    store::announce_removal(sql, migration, planned.statement.relation, change.column,
                                            store::load_options(sql, options).deprecation);
        store::insert_twins(sql, migration.id, planned.plan.twins);
        store::insert_dual_writes(sql, migration.id, migration.relation_oid, migration.relation, planned.plan.dual_writes);
    }
    for (const std::string &warning : planned.plan.warnings)
        bridge::notice(warning);
    bridge::wake_conductor_at_commit();
    return bridge::Call::text_value(migration.id);
}

// plan(ddl, strategy, options) -> rows. The dry run: nothing is stored, nothing is changed.
HOTSWAP_FUNCTION(hotswap_plan)
{
    using namespace hotswap;
    call.begin_rows();
    const api::PlannedDdl planned =
        api::plan_ddl(call.text(0), call.optional_text(1).value_or("auto"), call.json(2));
    int number = 0;
    for (const core::Step &step : planned.plan.steps) {
        std::vector<std::string> action = step.action;
        if (step.kind == core::StepKind::verify)
            action = {step.verify_sql};
        const auto optional = [](const std::string &text) { return text.empty() ? std::nullopt : std::optional<std::string>(text); };
        call.add_row({std::to_string(++number), planned.plan.strategy, core::to_text(step.phase), core::to_text(step.kind), step.title,
                      optional(step.relation), optional(step.lock_mode), api::text_array(action), api::text_array(step.undo),
                      step.kind == core::StepKind::await && step.wait_for.empty() ? "t" : "f", optional(step.deployment),
                      step.irreversible ? "t" : "f"});
    }
    for (const std::string &warning : planned.plan.warnings)
        bridge::notice(warning);
    return bridge::Call::nothing();
}
