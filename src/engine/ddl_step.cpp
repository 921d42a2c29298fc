// See ddl_step.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/ddl_step.hpp"

#include <optional>

#include "bridge/error.hpp"
#include "bridge/session.hpp"
#include "bridge/stop_point.hpp"
#include "bridge/top_level.hpp"
#include "core/error.hpp"
#include "core/rollback_point.hpp"
#include "engine/exact_undo.hpp"
#include "engine/hold.hpp"
#include "engine/locked_step.hpp"
#include "store/steps.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

// It makes a temporary table, which a security-restricted operation may not: it runs as a session of the owner's would. Nobody
// but another refresh waits for it, and one that is broken off has changed nothing.
bool refreshes_concurrently(const core::Step &step)
{
    return step.action.size() == 1 && step.action[0].starts_with("REFRESH MATERIALIZED VIEW CONCURRENTLY ");
}

Ended refresh(const StepContext &context)
{
    if (!begin_step(context))
        return Ended::stopped;
    try {
        unsigned owner = 0;
        store::in_transaction([&](bridge::Sql &) { owner = owner_oid(context); });
        bridge::run_top_level(context.step().action[0], owner, 0);
    } catch (const bridge::PgError &error) {
        return error.is_cancel() ? Ended::stopped : fail(context, bridge::describe(error));
    } catch (const core::Error &error) {
        return fail(context, bridge::describe(error));
    }
    record_done(context);
    return Ended::done;
}

void run_statements(const StepContext &context)
{
    const bridge::Authority authority =
        bridge::Authority::of_role(owner_oid(context), context.step().caller_path ? context.migration.search_path : "");
    bridge::Sql sql;
    for (const std::string &statement : context.undo ? context.step().undo : context.step().action) {
        sql.run(context.step().keep == core::kKeepRows && !context.undo ? keeping_rows(context, statement) : statement);
        HOTSWAP_STOP("ddl_statement_done");
    }
    // Deferred triggers of the user's own statement: at commit they would run as nobody's.
    if (context.step().caller_path)
        sql.run("SET CONSTRAINTS ALL IMMEDIATE");
}

}  // namespace

Ended run_ddl(const StepContext &context)
{
    if (!context.undo && refreshes_concurrently(context.step()))
        return refresh(context);
    // A step of one direction only takes no lock in the other.
    if ((context.undo ? context.step().undo : context.step().action).empty()) {
        if (!begin_step(context))
            return Ended::stopped;
        record_done(context);
        return Ended::done;
    }
    return run_locked(context, {.inside = [&context] {
        const bridge::Authority store = bridge::Authority::of_store();
        bridge::Sql own;
        std::optional<ExactUndo> exact;
        if (!context.undo)
            exact.emplace(own, context.step());
        run_statements(context);
        if (exact && exact->changed(own))
            store::undo_is(own, context.migration.id, context.row.number, exact->undo());
        return true;
    }});
}

}  // namespace hotswap::engine
