// hotswap.start and hotswap.start_rewrite.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/function.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "bridge/time_zone.hpp"
#include "core/error.hpp"
#include "engine/enqueue.hpp"
#include "engine/plan_rehearsal.hpp"
#include "engine/planning.hpp"
#include "engine/script.hpp"
#include "engine/script_part.hpp"
#include "store/migrations.hpp"

namespace hotswap::api {

namespace {

using bridge::Authority;
using bridge::Sql;

void refuse_on_standby()
{
    if (bridge::in_recovery())
        throw core::Error("25006", "cannot start a migration on a standby", "The server is in recovery.", "Start it on the primary.");
}

void rehearse(const core::Plan &plan, const std::string &options)
{
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        if (!store::load_options(sql, options).rehearse)
            return;
    }
    const engine::PlanRehearsal rehearsed = engine::rehearse(plan);
    if (!rehearsed.failures.empty())
        throw core::Error(core::sqlstate::kWrongState, "the plan failed in its rehearsal", rehearsed.failures[0],
                          "Look at it with hotswap.plan; without option rehearse it is started all the same.");
    bridge::notice(engine::summary(rehearsed));
}

// Stores the migration and shows what its owner should know.
std::string enqueue(const engine::PlannedDdl &planned, const std::string &ddl, const std::string &name, const std::string &options)
{
    rehearse(planned.plan, options);
    const std::string id = engine::store_migration(planned, ddl, name, options);
    for (const std::string &warning : planned.plan.warnings)
        bridge::notice(warning);
    return id;
}

// The warnings of a part come when it is planned for good; that it cannot be taken back, and which time zone its values are taken to
// be meant in, has to be known before.
void tell_early(const core::Step &part, const core::Plan &plan)
{
    for (const std::string &warning : plan.warnings)
        if (warning.rfind(core::kNoWayBack, 0) == 0 || warning.find("the TimeZone of this session") != std::string::npos)
            bridge::notice(part.title + ": " + warning);
}

// A script under a name that is applied already has nothing to do. The second of two starts of one name learns of the first.
std::optional<store::Applied> find_applied(const std::string &name, engine::ReadScript *script)
{
    const Authority authority = Authority::of_store();
    Sql sql;
    if (const auto under_way = store::find_under_way(sql, name))
        throw core::Error(core::sqlstate::kObjectInUse, "a migration of the name \"" + name + "\" is under way",
                          "Migration \"" + under_way->id + "\" is " + core::to_text(under_way->state) + ".",
                          "Follow it with SELECT * FROM hotswap.status('" + under_way->id + "').");
    return engine::applied_before(sql, name, script);
}

void tell(const engine::ReadScript &script)
{
    for (const std::string &note : script.notes)
        bridge::notice(note);
}

}  // namespace

}  // namespace hotswap::api

// start(ddl, name, strategy, options) -> migration id. Enqueues: rolls back with the caller's transaction.
HOTSWAP_FUNCTION(hotswap_start)
{
    using namespace hotswap;
    api::refuse_on_standby();
    const std::string ddl = call.text(0), options = call.json(3);
    const std::string strategy = call.optional_text(2).value_or("auto"), name = call.optional_text(1).value_or("");
    engine::ReadScript read = engine::read_script(ddl);
    if (!name.empty()) {
        if (const auto applied = api::find_applied(name, &read)) {
            api::tell(read);
            return applied->migration_id.empty() ? bridge::Call::nothing() : bridge::Call::text_value(applied->migration_id);
        }
    }
    api::tell(read);
    const engine::ScriptPlan script = engine::plan_script(read, engine::Way::up, strategy, options);
    const bridge::TimeZoneScope zone(script.time_zone);
    // Scripts of comments only, as tools write them, too, are lines of the history; without a name there is nothing at all to do.
    if (name.empty())
        engine::refuse_empty(script);
    if (script.single)
        return bridge::Call::text_value(api::enqueue(
            engine::plan_single(script, strategy, options, name.empty() ? engine::Origin::statement : engine::Origin::script), ddl, name, options));
    // A part that can never be carried out is told before the first one is.
    for (const core::Step &step : script.plan.steps)
        if (step.kind == core::StepKind::part)
            if (const auto planned = engine::plan_part_early(step, options)) {
                api::rehearse(planned->plan, options);
                api::tell_early(step, planned->plan);
            }
    engine::PlannedDdl planned;
    planned.plan = script.plan;
    return bridge::Call::text_value(api::enqueue(planned, ddl, name, options));
}

// start_rewrite(relation, order_by, fillfactor, name, options) -> migration id.
HOTSWAP_FUNCTION(hotswap_start_rewrite)
{
    using namespace hotswap;
    api::refuse_on_standby();
    const std::string order_by = call.optional_text(1).value_or(""), options = call.json(4);
    const std::optional<int> fillfactor = call.optional_integer(2);
    const engine::PlannedDdl planned = engine::plan_compaction(call.oid(0), order_by, fillfactor, options);
    std::string words = "rewrite " + planned.relation;  // no DDL: for people only
    if (!order_by.empty())
        words += " ORDER BY " + order_by;
    if (fillfactor)
        words += " WITH (fillfactor = " + std::to_string(*fillfactor) + ")";
    return bridge::Call::text_value(api::enqueue(planned, words, call.optional_text(3).value_or(""), options));
}
