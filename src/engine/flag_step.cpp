// See flag_step.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/flag_step.hpp"

#include "bridge/error.hpp"
#include "bridge/flag_trigger.hpp"
#include "bridge/session.hpp"
#include "bridge/stop_point.hpp"
#include "core/error.hpp"
#include "store/events.hpp"
#include "store/flags.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;
using bridge::Transaction;

const std::string &flag_of(const StepContext &context)
{
    return context.step().action.at(0);
}

// What the raise before this one has left; nothing for the first.
std::string left_at(Sql &sql, const StepContext &context)
{
    std::string percentage;
    for (const store::StepRow &row : store::load_steps(sql, context.migration.id))
        if (row.step.kind == core::StepKind::flag && row.number < context.row.number && row.state == "done")
            percentage = row.step.action.at(1);
    return percentage;
}

std::string in_words(const store::FlagState &flag)
{
    return !flag.exists ? "deleted" : !flag.enabled ? "switched off" : "at " + flag.percentage + " %";
}

// The last act before the commit.
void note_done(Sql &sql, const StepContext &context, const std::string &event, const store::FlagState &before, const store::FlagState &after)
{
    if (in_words(before) != in_words(after))
        store::add_event(sql, context.migration.id, event, context.row.number,
                         flag_of(context) + ": " + (before.exists ? in_words(before) : "new") + ", now " + in_words(after));
    store::step_done(sql, context.migration.id, context.row.number, context.undo, 0);
    store::set_reason(sql, context.migration.id, "");
    HOTSWAP_STOP("flag_before_commit");
}

// Nothing: it is done. Else the reason to pause; "" when the step is no longer wanted.
std::optional<std::string> raise(const StepContext &context)
{
    Transaction transaction;
    std::string expected;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        if (!still_wanted(sql, context))
            return "";
        expected = left_at(sql, context);
    }
    store::FlagState before, after;
    {
        const Authority authority = Authority::of_role(owner_oid(context));
        Sql sql;
        before = store::lock_flag(sql, flag_of(context));
        const bool was_changed = !expected.empty() && !store::is_at_least(sql, before, expected);
        if (was_changed && context.row.confirmed.empty())
            return "flag \"" + flag_of(context) + "\" was changed by hand: this migration left it at " + expected + " %, and it is " + in_words(before) +
                   ". Type hotswap.resume('" + context.migration.id + "') to raise it to " + context.step().action.at(1) +
                   " % all the same, or hotswap.rollback.";
        store::raise_flag(sql, flag_of(context), context.step().action.at(1));
        after = store::lock_flag(sql, flag_of(context));
    }
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        store::step_undo_noted(sql, context.migration.id, context.row.number, {before.enabled ? "true" : "false", before.percentage});
        note_done(sql, context, "flag raised", before, after);
    }
    transaction.commit();
    return std::nullopt;
}

bool lower(const StepContext &context)
{
    Transaction transaction;
    std::vector<std::string> origin;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        if (!still_wanted(sql, context))
            return false;
        for (const store::StepRow &row : store::load_steps(sql, context.migration.id))
            if (row.step.kind == core::StepKind::flag && origin.empty())
                origin = row.step.undo;
    }
    store::FlagState before, after;
    {
        const Authority authority = Authority::of_role(owner_oid(context));
        Sql sql;
        before = store::lock_flag(sql, flag_of(context));
        if (origin.size() == 2)
            store::lower_flag(sql, flag_of(context), origin[0] == "true", origin[1]);
        after = store::lock_flag(sql, flag_of(context));
    }
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        note_done(sql, context, "flag lowered", before, after);
    }
    transaction.commit();
    return true;
}

}  // namespace

Ended run_flag(const StepContext &context)
{
    if (!begin_step(context))
        return Ended::stopped;
    bridge::set_flag_driver(context.migration.id);
    try {
        if (context.undo)
            return lower(context) ? Ended::done : Ended::stopped;
        const auto reason = raise(context);
        if (!reason)
            return Ended::done;
        if (reason->empty())
            return Ended::stopped;
        store::in_transaction([&](Sql &sql) {
            store::step_confirmed(sql, context.migration.id, context.row.number, "paused for a look");
        });
        return pause(context, *reason);
    } catch (const bridge::PgError &error) {
        if (error.is_retryable())
            throw;
        return error.is_cancel() ? Ended::stopped : fail(context, bridge::describe(error));
    } catch (const core::Error &error) {
        return fail(context, bridge::describe(error));
    }
}

}  // namespace hotswap::engine
