// See script_part.hpp.
//
// Why a part is stored once, whatever dies when: the part's row is locked, looked for and inserted in one transaction, and
// (script_id, part_no) is unique.
// SPDX-License-Identifier: PostgreSQL
#include "engine/script_part.hpp"

#include <algorithm>

#include "bridge/error.hpp"
#include "bridge/part_statement.hpp"
#include "bridge/session.hpp"
#include "bridge/stop_point.hpp"
#include "core/error.hpp"
#include "core/history.hpp"
#include "core/identifier.hpp"
#include "engine/bake.hpp"
#include "engine/enqueue.hpp"
#include "engine/planning.hpp"
#include "store/events.hpp"
#include "store/option_values.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;
using bridge::Transaction;

// Statements that only make new things: as written, together. Nobody can wait for what nobody knows yet.
PlannedDdl plan_new_things(const core::Step &part)
{
    PlannedDdl planned;
    planned.plan.strategy = "direct";
    core::Step step;
    step.phase = core::Phase::expand;
    step.kind = core::StepKind::ddl;
    step.title = part.title;
    step.action = part.action;
    step.undo = part.undo;
    step.caller_path = true;
    planned.plan.steps.push_back(step);
    return planned;
}

// A sequence that is dropped and made again at once, in one transaction: nobody sees a table without its default.
PlannedDdl plan_together(const core::Step &part, const std::vector<std::string> &undo, const std::string &options, PlannedDdl planned)
{
    if (planned.plan.steps.size() != 1)
        return plan_new_things(part);
    planned.plan.steps[0].title = part.title;
    planned.plan.steps[0].action = part.action;
    if (undo.empty())
        return planned;
    planned.plan.steps[0].undo = undo;
    planned.plan.steps[0].irreversible = false;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        core::Step watch;
        watch.phase = core::Phase::bake;
        watch.kind = core::StepKind::await;
        watch.title = "watch";
        watch.deployment = "the application works with the sequence as it is now";
        const core::Options wanted = planning_options(sql, options);
        watch.wait_for = wanted.bake_wish == core::BakeWish::usual ? wanted.usual_bake.direct : wanted.bake;
        if (!watch.wait_for.empty())
            planned.plan.steps.push_back(watch);
    }
    planned.plan.warnings = {"the sequence is made again with the number that the script gives it; taken back, it keeps the number it has then"};
    return planned;
}

// What the script's options and the part's own come to.
std::string merged(const std::string &script_options, const std::string &own)
{
    if (own.empty())
        return script_options;
    const Authority authority = Authority::of_store();
    Sql sql;
    return store::merge_options(sql, script_options, own);
}

// "direct" allows the plain way, and does not ask for it where there is none.
PlannedDdl plan_alone(const core::Step &part, const std::string &options, bridge::Rehearsal *clones)
{
    const std::string &ddl = part.action.at(0);
    if (part.part_strategy != "direct")
        return plan_ddl(ddl, part.part_strategy, options, Origin::script, clones);
    try {
        bridge::Subtransaction attempt;
        PlannedDdl planned = plan_ddl(ddl, "direct", options, Origin::script, clones);
        attempt.commit();
        return planned;
    } catch (const core::Error &error) {
        if (error.sqlstate() != core::sqlstate::kFeatureNotSupported)
            throw;
        return plan_ddl(ddl, "auto", options, Origin::script, clones);
    }
}

std::string joined(const std::vector<std::string> &statements)
{
    std::string text;
    for (const std::string &statement : statements)
        text += (text.empty() ? "" : ";\n") + statement;
    return text;
}

bool is_stored(Sql &sql, const StepContext &context)
{
    const auto parts = store::parts_of(sql, context.migration.id);
    return std::any_of(parts.begin(), parts.end(), [&](const store::Migration &part) { return part.part == context.row.number; });
}

// The way is the right one for what is there now; but somebody may have agreed to another.
void note_difference(const StepContext &context, const std::string &id, const core::Plan &plan)
{
    const std::string &foreseen = context.step().part_outline, now = core::outline(plan);
    if (foreseen.empty() || foreseen == now)
        return;
    const Authority authority = Authority::of_store();
    Sql sql;
    store::add_event(sql, context.migration.id, "plan differs", context.row.number,
                     id + ": the steps are not those of the dry run, foreseen (-) and planned (+):\n" + core::line_difference(foreseen, now, 10));
}

void plan_and_store(const StepContext &context)
{
    Transaction transaction;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        (void)store::load_step(sql, context.migration.id, context.row.number, true);
        if (!still_wanted(sql, context) || is_stored(sql, context))
            return;
    }
    const core::Step &part = context.step();
    {
        const Authority authority =
            Authority::of_role(owner_oid(context), part.part_path.empty() ? context.migration.search_path : part.part_path);
        const PlannedDdl planned = plan_part(part, context.migration.options_json);
        const std::string id = store_migration(planned, joined(part.action), "", merged(context.migration.options_json, part.part_options),
                                               {context.migration.id, context.row.number});
        note_difference(context, id, planned.plan);
    }
    HOTSWAP_STOP("part_before_commit");
    transaction.commit();
}

// Whether another part of the script is in a state like this, and so the one that has the table.
bool is_kept_by_part(Sql &sql, const StepContext &context, bool (*state)(core::State))
{
    const auto parts = store::parts_of(sql, context.migration.id);
    return std::any_of(parts.begin(), parts.end(), [state](const store::Migration &part) { return state(part.state); });
}

// Something is in the way that another part may still take away: its table, which it keeps until its contract, or a name. A part
// that is at work does so by itself; one that waits needs a word, or its date. Nothing when no part is left to wait for.
std::optional<Ended> wait_for_parts(const StepContext &context, const std::string &message)
{
    const std::string reason = context.step().title + ": " + message;
    bool moving = false, waiting = false;
    store::in_transaction([&](Sql &sql) {
        store::Migration script = store::lock_migration(sql, context.migration.id);
        for (const store::Migration &part : store::parts_of(sql, script.id))
            if (part.state == core::State::baking && message.find('"' + part.id + '"') != std::string::npos)
                moving = cut_bake_short(sql, part) || moving;
        moving = moving || is_kept_by_part(sql, context, [](core::State state) { return core::needs_worker(state) && state != core::State::baking; });
        waiting = is_kept_by_part(sql, context, [](core::State state) { return state == core::State::awaiting || state == core::State::baking; });
        if (moving)
            store::set_reason(sql, script.id, reason);
        else if (waiting)
            (void)store::take_event(sql, &script, core::Event::hold,
                                    reason + " A part before it waits. Type hotswap.complete('" + context.migration.id + "') to finish that and go on.");
    });
    if (moving)
        return Ended::stopped;
    return waiting ? std::optional<Ended>(Ended::paused) : std::nullopt;
}

// Nothing: whoever was in the way has gone between the two looks, so it is worth another try (unless it was the last one).
std::optional<Ended> stop_at(const StepContext &context, const bridge::Failure &failure, bool last)
{
    const bool in_use = failure.sqlstate == core::sqlstate::kObjectInUse;
    const std::string message = failure.message + "." + (failure.detail.empty() ? "" : " " + failure.detail);
    if (in_use || rests_on_others(failure.sqlstate))
        if (const auto ended = wait_for_parts(context, message))
            return ended;
    if (in_use && !last)
        return std::nullopt;
    if (in_use)
        return pause(context, context.step().title + ": " + message + " Type hotswap.resume('" + context.migration.id + "') once it is over.");
    return fail(context, failure);
}

}  // namespace

PlannedDdl plan_part(const core::Step &part, const std::string &script_options, bridge::Rehearsal *clones)
{
    if (part.part_is_new)
        return plan_new_things(part);
    const std::vector<std::string> undo = part.action.size() > 1 ? bridge::undo_of_remaking(part.action) : std::vector<std::string>();
    const std::string options = merged(script_options, part.part_options);
    PlannedDdl planned = plan_alone(part, options, clones);
    return part.action.size() > 1 ? plan_together(part, undo, options, std::move(planned)) : planned;
}

bool rests_on_others(const std::string &sqlstate)
{
    for (const char *state : {"2BP01", "42P01", "42703", "42704", "3F000", "42883", "42P07", "42701", "42710"})
        if (sqlstate == state)
            return true;
    return false;
}

Ended run_script_part(const StepContext &context)
{
    if (!begin_step(context))
        return Ended::stopped;
    HOTSWAP_STOP("part_begun");
    for (bool last = false;; last = true) {
        std::optional<Ended> ended;
        try {
            plan_and_store(context);
            return Ended::done;
        } catch (const core::Error &error) {
            ended = stop_at(context, bridge::describe(error), last);
        } catch (const bridge::PgError &error) {
            if (error.is_cancel() || error.is_retryable())
                return Ended::stopped;
            ended = stop_at(context, bridge::describe(error), last);
        }
        if (ended)
            return *ended;
    }
}

}  // namespace hotswap::engine
