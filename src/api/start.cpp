// hotswap.start and hotswap.plan.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/function.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "core/error.hpp"
#include "engine/enqueue.hpp"
#include "engine/planning.hpp"

namespace hotswap::api {

namespace {

std::string text_array(const std::vector<std::string> &items)
{
    return bridge::format_text_array(items);
}

void refuse_on_standby()
{
    if (bridge::in_recovery())
        throw core::Error("25006", "cannot start a migration on a standby", "The server is in recovery.", "Start it on the primary.");
}

// Stores the migration and shows what its owner should know.
std::string enqueue(const engine::PlannedDdl &planned, const std::string &ddl, const std::string &name, const std::string &options)
{
    const std::string id = engine::store_migration(planned, ddl, name, options);
    for (const std::string &warning : planned.plan.warnings)
        bridge::notice(warning);
    return id;
}

using Lines = std::vector<std::string>;

// All statements of a step in the order in which they run, whichever part of it they belong to.
Lines shown_action(const core::Step &step)
{
    if (step.kind == core::StepKind::verify)
        return {step.verify_sql};
    Lines lines = step.action;
    if (!step.statement.empty())
        lines.push_back(step.statement);
    lines.insert(lines.end(), step.after.begin(), step.after.end());
    lines.insert(lines.end(), step.populate.begin(), step.populate.end());
    return lines;
}

Lines shown_undo(const core::Step &step)
{
    Lines lines = step.undo;
    lines.insert(lines.end(), step.undo_populate.begin(), step.undo_populate.end());
    return lines;
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
    const engine::PlannedDdl planned = engine::plan_ddl(ddl, call.optional_text(2).value_or("auto"), options);

    return bridge::Call::text_value(api::enqueue(planned, ddl, call.optional_text(1).value_or(""), options));
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

// plan(ddl, strategy, options) -> rows. The dry run: nothing is stored, nothing is changed.
HOTSWAP_FUNCTION(hotswap_plan)
{
    using namespace hotswap;
    call.begin_rows();
    const engine::PlannedDdl planned =
        engine::plan_ddl(call.text(0), call.optional_text(1).value_or("auto"), call.json(2));
    int number = 0;
    for (const core::Step &step : planned.plan.steps) {
        const auto optional = [](const std::string &text) { return text.empty() ? std::nullopt : std::optional<std::string>(text); };
        call.add_row({std::to_string(++number), planned.plan.strategy, core::to_text(step.phase), core::to_text(step.kind), step.title,
                      optional(step.relation), optional(step.lock_mode), api::text_array(api::shown_action(step)), api::text_array(api::shown_undo(step)),
                      step.kind == core::StepKind::await && step.wait_for.empty() ? "t" : "f", optional(step.deployment),
                      step.irreversible ? "t" : "f"});
    }
    for (const std::string &warning : planned.plan.warnings)
        bridge::notice(warning);
    return bridge::Call::nothing();
}
