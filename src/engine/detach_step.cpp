// See detach_step.hpp. The server detaches in two transactions and waits in between for everybody who may still see the partition.
// Broken off after the first, the partition is "pending": nobody new sees it, and FINALIZE does the rest. So the step looks where
// it is before it does anything.
// SPDX-License-Identifier: PostgreSQL
#include "engine/detach_step.hpp"

#include "bridge/error.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/stop_point.hpp"
#include "bridge/top_level.hpp"
#include "core/error.hpp"
#include "core/lock_ladder.hpp"
#include "engine/ddl_step.hpp"
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
std::optional<Ended> detach(const StepContext &context)
{
    core::LockLadder ladder(300000, static_cast<std::uint64_t>(bridge::current_pid()) * 2654435761u);
    const double started = bridge::now_ms();
    for (;;) {
        try {
            unsigned owner = 0;
            const Standing standing = look(context, &owner);
            if (standing == Standing::detached || (context.undo && standing == Standing::attached))
                return std::nullopt;
            HOTSWAP_STOP("detach_before");
            // Only FINALIZE makes others queue behind it.
            const bool pending = standing == Standing::pending;
            bridge::run_top_level(context.step().action[pending ? 1 : 0], owner, pending ? 200 : 0);
        } catch (const bridge::PgError &error) {
            if (error.is_cancel())
                return Ended::stopped;
            const std::optional<double> delay = error.is_retryable() ? ladder.next_delay_ms(bridge::now_ms() - started) : std::nullopt;
            if (!delay)
                return fail(context, bridge::describe(error));
            bridge::wait_ms(*delay);
        } catch (const core::Error &error) {
            return fail(context, bridge::describe(error));
        }
    }
}

}  // namespace

Ended run_detach(const StepContext &context)
{
    if (!begin_step(context))
        return Ended::stopped;
    if (const auto ended = detach(context))
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
