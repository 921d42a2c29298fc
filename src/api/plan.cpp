// hotswap.plan: the dry run of hotswap.start.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/function.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "bridge/time_zone.hpp"
#include "engine/plan_rehearsal.hpp"
#include "engine/script.hpp"
#include "engine/script_part.hpp"
#include "store/migrations.hpp"

namespace hotswap::api {

namespace {

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

bool wants_rehearsal(const std::string &options)
{
    const bridge::Authority authority = bridge::Authority::of_store();
    bridge::Sql sql;
    return store::load_options(sql, options).rehearse;
}

class PlanRows {
  public:
    explicit PlanRows(bridge::Call &call) : call_(call) { call_.begin_rows(); }

    void add(const core::Plan &plan, bool rehearse)
    {
        for (const core::Step &step : plan.steps)
            add(plan.strategy, step);
        for (const std::string &warning : plan.warnings)
            bridge::notice(warning);
        if (!rehearse)
            return;
        const engine::PlanRehearsal rehearsed = engine::rehearse(plan);
        for (const std::string &failure : rehearsed.failures)
            bridge::warning(failure);
        for (const std::string &reason : rehearsed.left_out)
            bridge::notice(reason);
        bridge::notice(engine::summary(rehearsed));
    }

    void add(const std::string &strategy, const core::Step &step)
    {
        const auto optional = [](const std::string &text) { return text.empty() ? std::nullopt : std::optional<std::string>(text); };
        call_.add_row({std::to_string(++number_), strategy, core::to_text(step.phase), core::to_text(step.kind), step.title,
                       optional(step.relation), optional(step.lock_mode), bridge::format_text_array(shown_action(step)),
                       bridge::format_text_array(shown_undo(step)), step.kind == core::StepKind::await && step.wait_for.empty() ? "t" : "f",
                       optional(step.deployment), step.irreversible ? "t" : "f"});
    }

  private:
    bridge::Call &call_;
    int number_ = 0;
};

// What rests on an earlier statement of the script is planned when its turn comes, and shown as the one step that it is until then.
void add_part(PlanRows &rows, const core::Step &part, const std::string &options, bool rehearse)
{
    if (const auto planned = engine::plan_part_early(part, options)) {
        rows.add(planned->plan, rehearse);
        return;
    }
    core::Step shown = part;
    shown.title += ", planned once the statements before it are done";
    rows.add("script", shown);
}

}  // namespace

}  // namespace hotswap::api

// plan(ddl, strategy, options) -> rows. Nothing is stored, nothing is changed.
HOTSWAP_FUNCTION(hotswap_plan)
{
    using namespace hotswap;
    api::PlanRows rows(call);
    const std::string ddl = call.text(0), options = call.json(2), strategy = call.optional_text(1).value_or("auto");
    const engine::ReadScript read = engine::read_script(ddl);
    for (const std::string &note : read.notes)
        bridge::notice(note);
    const engine::ScriptPlan script = engine::plan_script(read, engine::Way::up, strategy, options);
    const bridge::TimeZoneScope zone(script.time_zone);
    engine::refuse_empty(script);
    const bool rehearse = api::wants_rehearsal(options);
    if (script.single) {
        rows.add(engine::plan_single(script, strategy, options, engine::Origin::statement).plan, rehearse);
        return bridge::Call::nothing();
    }
    for (const core::Step &step : script.plan.steps)
        if (step.kind == core::StepKind::part)
            api::add_part(rows, step, options, rehearse);
        else
            rows.add("script", step);
    return bridge::Call::nothing();
}
