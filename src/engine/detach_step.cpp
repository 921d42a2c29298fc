// See detach_step.hpp. The server detaches in two transactions and waits in between for everybody who may still see the partition.
// Broken off after the first, the partition is "pending": nobody new sees it, and FINALIZE does the rest. So the step looks where
// it is before it does anything.
// SPDX-License-Identifier: PostgreSQL
#include "engine/detach_step.hpp"

#include "bridge/session.hpp"
#include "bridge/stop_point.hpp"
#include "bridge/top_level.hpp"
#include "engine/ddl_step.hpp"
#include "engine/retried_step.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Sql;

enum class Standing { attached, pending, detached };

Standing look(const StepContext &context, unsigned *owner)
{
    Standing standing = Standing::detached;
    store::in_transaction([&](Sql &sql) {
        *owner = owner_oid(context);
        const bridge::Rows rows = sql.run("SELECT inhdetachpending AS pending FROM pg_inherits WHERE inhrelid = to_regclass($1) AND inhparent = $2::oid",
                                          {context.step().relation, static_cast<std::int64_t>(context.migration.relation_oid)});
        if (!rows.empty())
            standing = rows[0].boolean("pending") ? Standing::pending : Standing::attached;
    });
    return standing;
}

// Until it is where it is wanted. A reader of the partition itself may be in the way of FINALIZE's short lock.
void detach(const StepContext &context)
{
    for (;;) {
        unsigned owner = 0;
        const Standing standing = look(context, &owner);
        if (standing == Standing::detached || (context.undo && standing == Standing::attached))
            return;
        HOTSWAP_STOP("detach_before");
        // Only FINALIZE makes others queue behind it.
        const bool pending = standing == Standing::pending;
        bridge::run_top_level(context.step().action[pending ? 1 : 0], owner, pending ? 200 : 0);
    }
}

}  // namespace

Ended run_detach(const StepContext &context)
{
    if (!begin_step(context))
        return Ended::stopped;
    if (const auto ended = retried(context, [&] { detach(context); }))
        return *ended;
    if (context.undo) {
        unsigned owner = 0;
        if (look(context, &owner) == Standing::detached)
            return run_ddl(context);
    }
    HOTSWAP_STOP("detach_before_record");
    record_done(context);
    return Ended::done;
}

}  // namespace hotswap::engine
