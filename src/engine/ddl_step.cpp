// See ddl_step.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/ddl_step.hpp"

#include "bridge/session.hpp"
#include "bridge/stop_point.hpp"
#include "engine/locked_step.hpp"

namespace hotswap::engine {

Ended run_ddl(const StepContext &context)
{
    // A step of one direction only takes no lock in the other.
    if ((context.undo ? context.step().undo : context.step().action).empty()) {
        if (!begin_step(context))
            return Ended::stopped;
        record_done(context);
        return Ended::done;
    }
    return run_locked(context, {.inside = [&context] {
        const bridge::Authority authority =
            bridge::Authority::of_role(owner_oid(context), context.step().caller_path ? context.migration.search_path : "");
        bridge::Sql sql;
        for (const std::string &statement : context.undo ? context.step().undo : context.step().action) {
            sql.run(statement);
            HOTSWAP_STOP("ddl_statement_done");
        }
        return true;
    }});
}

}  // namespace hotswap::engine
