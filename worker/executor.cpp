// Executor: runs one step, or one stream of a backfill, and ends. Lives as long as that; keeps no state of its own.
//
// A start is only a promise: by the time the process runs, the step may be done, the migration cancelled, or another executor
// on it already. The advisory lock of the stream and a look at the tables decide; the loser leaves quietly.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/locks.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "bridge/stop_point.hpp"
#include "core/error.hpp"
#include "core/rollback_point.hpp"
#include "engine/backfill.hpp"
#include "engine/ddl_step.hpp"
#include "engine/detach_step.hpp"
#include "engine/flag_step.hpp"
#include "engine/gate.hpp"
#include "engine/index_step.hpp"
#include "engine/limits.hpp"
#include "engine/keep_step.hpp"
#include "engine/reindex_step.hpp"
#include "engine/rewrite.hpp"
#include "engine/rows_step.hpp"
#include "engine/script_part.hpp"
#include "engine/step_context.hpp"
#include "engine/verify_step.hpp"

namespace hotswap::worker {

namespace {

using bridge::Authority;
using bridge::Sql;
using bridge::Transaction;

bool take_over(const bridge::WorkerArguments &arguments, engine::StepContext *context)
{
    Transaction transaction;
    bool mine = false;
    if (!bridge::extension_schema().empty() && !bridge::in_recovery()) {
        const Authority authority = Authority::of_store();
        Sql sql;
        mine = bridge::try_lock_stream(sql, arguments.number, arguments.stream) &&
               engine::load_context(sql, arguments.number, arguments.step_no, context);
    }
    // Times mean what they would have meant in the caller's session.
    if (mine)
        bridge::set_time_zone(context->migration.time_zone);
    transaction.commit();
    return mine;
}

// Steps that ask before each of their chunks; the others are one piece of work.
bool asks_by_itself(const engine::StepContext &context)
{
    if (engine::waits(context))
        return true;
    switch (context.step().kind) {
    case core::StepKind::backfill:
    case core::StepKind::copy:
    case core::StepKind::fill:
    case core::StepKind::rows:
    case core::StepKind::twin_index:
    case core::StepKind::twin_verify:
    case core::StepKind::catch_up:
    case core::StepKind::part:   // planning it is no work on a table
        return true;
    case core::StepKind::keep:
        return context.undo || context.step().keep == core::kKeepCopy || context.step().keep == core::kRowsBack;
    default:
        return context.undo;
    }
}

engine::Ended run(const engine::StepContext &context)
{
    if (engine::waits(context))
        return engine::keep_current(context);
    switch (context.step().kind) {
    case core::StepKind::index_build:
    case core::StepKind::index_drop:
        return engine::run_index(context);
    case core::StepKind::reindex:
        return engine::run_reindex(context);
    case core::StepKind::backfill:
        return context.undo ? engine::run_ddl(context) : engine::run_backfill(context);
    case core::StepKind::detach:
        return engine::run_detach(context);
    case core::StepKind::rows:
    case core::StepKind::fill:
        return context.undo ? engine::run_ddl(context) : engine::run_rows(context);
    case core::StepKind::verify:
        return context.undo ? engine::run_ddl(context) : engine::run_verify(context);
    case core::StepKind::twin_create:
        return engine::run_twin_create(context);
    case core::StepKind::copy:
        return engine::run_copy(context);
    case core::StepKind::twin_index:
        return engine::run_twin_index(context);
    case core::StepKind::catch_up:
        return engine::run_catch_up(context);
    case core::StepKind::twin_verify:
        return engine::run_twin_verify(context);
    case core::StepKind::switch_storage:
        return engine::run_switch(context);
    case core::StepKind::twin_drop:
        return engine::run_twin_drop(context);
    case core::StepKind::part:
        return engine::run_script_part(context);
    case core::StepKind::keep:
        return engine::run_keep(context);
    case core::StepKind::flag:
        return engine::run_flag(context);
    case core::StepKind::await:   // see waits
    case core::StepKind::ddl:
    case core::StepKind::validate:
        break;
    }
    return engine::run_ddl(context);
}

}  // namespace

}  // namespace hotswap::worker

HOTSWAP_WORKER(hotswap_executor_main)
{
    using namespace hotswap;
    bridge::become_worker(arguments, bridge::WorkerKind::executor);
    HOTSWAP_STOP("executor_started");
    engine::StepContext context;
    if (!worker::take_over(arguments, &context))
        return;
    context.stream = arguments.stream;
    context.streams = static_cast<int>(context.options.parallel.value_or(bridge::default_streams()));
    bridge::report_activity("migration " + context.migration.id + ", " + (context.undo ? "undo of step " : "step ") +
                            std::to_string(context.row.number) + ": " + context.step().title);
    try {
        engine::limit_this_process(context);
        const core::StepKind kind = context.step().kind;
        engine::Gate gate(context, kind == core::StepKind::index_build || kind == core::StepKind::reindex);
        const bool whole = !worker::asks_by_itself(context);
        if (!whole || gate.pass())
            if (worker::run(context) == engine::Ended::done && whole)
                gate.done(std::nullopt);
        engine::leave_orderly(context);
    } catch (const std::exception &error) {
        // A step handles what it expects. Bad luck in the bookkeeping is tried again by the next executor; whatever else
        // comes is the end of the migration's progress, said in the tables.
        const bridge::Failure failure = bridge::describe(error);
        if (failure.retryable || failure.cancelled)
            bridge::log("migration \"" + context.migration.id + "\": " + failure.message + "; trying again");
        else
            (void)engine::fail(context, failure);
    }
    HOTSWAP_STOP("executor_before_exit");
}
