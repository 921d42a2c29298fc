// See index_step.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/index_step.hpp"

#include "bridge/error.hpp"
#include "bridge/session.hpp"
#include "bridge/stop_point.hpp"
#include "bridge/top_level.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "engine/retried_step.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;
using bridge::Transaction;

enum class Found { missing, valid, invalid };

// What the catalog says of the index, and the role to build it as.
Found look(const StepContext &context, unsigned *owner)
{
    Found found = Found::missing;
    store::in_transaction([&](Sql &sql) {
        *owner = owner_oid(context);
        const bridge::Rows rows =
            sql.run("SELECT i.indisvalid AND i.indisready AND i.indislive AS valid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
                    "  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2",
                    {context.step().index_schema, context.step().index_name});
        if (!rows.empty())
            found = rows[0].boolean("valid") ? Found::valid : Found::invalid;
    });
    return found;
}

std::string drop_sql(const StepContext &context)
{
    return "DROP INDEX CONCURRENTLY IF EXISTS " + core::qualified(context.step().index_schema, context.step().index_name);
}

// One try. Nothing to catch here: whatever is raised leaves at most an invalid index, which the next try removes.
void attempt(const StepContext &context, bool build, const std::string &statement)
{
    unsigned owner = 0;
    Found found = look(context, &owner);
    if (found == Found::invalid || (found == Found::valid && !build)) {
        bridge::run_top_level(drop_sql(context), owner, 0);
        HOTSWAP_STOP("index_dropped");
        found = Found::missing;
    }
    if (!build || found == Found::valid)
        return;
    HOTSWAP_STOP("index_before_build");
    bridge::run_top_level(statement, owner, 0);
    HOTSWAP_STOP("index_built");
}

// An invalid unique index still refuses rows: it must not stay on the application's table while a person decides.
void drop_leftover(const StepContext &context)
{
    try {
        unsigned owner = 0;
        if (look(context, &owner) == Found::invalid)
            bridge::run_top_level(drop_sql(context), owner, 0);
    } catch (const bridge::PgError &error) {
        bridge::log("could not drop the invalid index of migration \"" + context.migration.id + "\": " + error.message);
    }
}

}  // namespace

Ended run_index(const StepContext &context)
{
    const core::Step &step = context.step();
    const bool build = (step.kind == core::StepKind::index_build) != context.undo;
    const auto &statements = context.undo ? step.undo : step.action;
    if (statements.empty()) {
        if (!context.undo && !begin_step(context))
            return Ended::stopped;
        record_done(context);
        return Ended::done;
    }
    // An index that was there before us is not ours to build or to drop.
    if (build && context.row.state == "pending" && !context.undo) {
        unsigned owner = 0;
        if (look(context, &owner) == Found::valid)
            return fail(context, bridge::describe(core::Error("42P07", "relation \"" + step.index_name + "\" already exists", "",
                                                              "Drop or rename it, then type hotswap.retry.")));
    }
    if (!begin_step(context))
        return Ended::stopped;
    const auto ended = retried(
        context,
        [&] {
            attempt(context, build, statements[0]);
            HOTSWAP_STOP("index_before_record");
            record_done(context);
        },
        [&] { drop_leftover(context); });
    return ended.value_or(Ended::done);
}

}  // namespace hotswap::engine
