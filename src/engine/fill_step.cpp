// See fill_step.hpp.
//
// It ends: rows without a value only become fewer, because new ones have one. A row that is updated before its turn moves,
// maybe to a place that was passed already; so the table is gone through again until a whole pass finds nothing.
// SPDX-License-Identifier: PostgreSQL
#include "engine/fill_step.hpp"

#include <algorithm>

#include "bridge/error.hpp"
#include "bridge/heap_chunk.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "bridge/stop_point.hpp"
#include "core/error.hpp"
#include "core/servo.hpp"
#include "engine/gate.hpp"
#include "engine/throttle.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;
using bridge::Transaction;

struct Filled {
    bool wanted = false;
    std::int64_t changed = 0, left = 0;
};

unsigned relation_oid(const StepContext &context)
{
    unsigned oid = 0;
    store::in_transaction([&](Sql &sql) {
        const bridge::Rows rows = sql.run("SELECT to_regclass($1)::oid::bigint AS oid", {context.step().relation}, true);
        if (rows[0].is_null("oid"))
            throw core::Error(core::sqlstate::kUndefinedTable, "table " + context.step().relation + " is gone", "",
                              "Take the migration back with hotswap.rollback.");
        oid = static_cast<unsigned>(rows[0].integer("oid"));
    });
    return oid;
}

std::int64_t blocks_of(unsigned relation)
{
    Transaction transaction;
    const std::int64_t blocks = bridge::relation_blocks(relation);
    transaction.commit();
    return blocks;
}

std::string tid(std::int64_t block)
{
    return "(" + std::to_string(std::min<std::int64_t>(block, 4294967294)) + ",0)";
}

// One range of blocks in one transaction. Triggers and foreign keys are not asked, as PostgreSQL's own rewrite does not ask them.
Filled fill_range(const StepContext &context, std::int64_t from, std::int64_t to)
{
    Filled result;
    Transaction transaction;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        result.wanted = still_wanted(sql, context);
    }
    if (!result.wanted)
        return result;
    bridge::set_local("session_replication_role", "replica");
    {
        const Authority authority = Authority::of_role(owner_oid(context));
        Sql sql;
        const auto count = [&] { return sql.run(context.step().action[1], {tid(from), tid(to)})[0].integer("n"); };
        const std::int64_t before = count();
        if (before > 0) {
            sql.run(context.step().action[0], {tid(from), tid(to)});
            result.left = count();
            result.changed = before - result.left;
        }
    }
    HOTSWAP_STOP("fill_before_commit");
    transaction.commit();
    return result;
}

}  // namespace

Ended run_fill(const StepContext &context)
{
    if (!begin_step(context))
        return Ended::stopped;
    core::ServoLimits limits;
    limits.target_ms = bridge::settings().chunk_time_ms;
    core::ChunkServo servo(64, limits);
    Pace pace;
    Gate gate(context);
    int failures = 0;
    double stuck_since = 0;
    try {
        const unsigned relation = relation_oid(context);
        for (;;) {
            const std::int64_t blocks = blocks_of(relation);
            std::int64_t changed = 0, left = 0;
            for (std::int64_t from = 0; from < blocks;) {
                bridge::ScratchMemory scratch;
                bridge::wait_ms(static_cast<double>(context.options.delay_ms));
                if (!gate.pass())
                    return Ended::stopped;
                pace.look();
                servo.aim(pace.chunk_target_ms());
                const std::int64_t to = from + (gate.is_trial() ? 1 : servo.blocks());
                const double started = bridge::now_ms();
                try {
                    const Filled filled = fill_range(context, from, to);
                    if (!filled.wanted)
                        return Ended::stopped;
                    changed += filled.changed;
                    left += filled.left;
                    servo.finished(to - from, bridge::now_ms() - started);
                    gate.done(bridge::now_ms() - started);
                    failures = 0;
                    from = to;
                    if (filled.changed > 0)
                        bridge::wait_ms(pace.rest_ms(bridge::now_ms() - started));
                } catch (const bridge::PgError &error) {
                    servo.failed();
                    if (error.is_cancel())
                        return Ended::stopped;
                    if (!error.is_retryable() || ++failures > 30)
                        return fail(context, bridge::describe(error));
                    gate.failed(error.sqlstate);
                    bridge::wait_ms(50.0 * failures);
                }
            }
            if (changed == 0 && left == 0) {
                record_done(context);
                return Ended::done;
            }
            stuck_since = changed > 0 ? 0 : stuck_since == 0 ? bridge::now_ms() : stuck_since;
            if (stuck_since > 0 && bridge::now_ms() - stuck_since > context.options.lock_budget_ms.value_or(bridge::settings().lock_budget_ms))
                return pause(context, "rows of " + context.step().relation + " stay locked by others. Type hotswap.resume('" +
                                          context.migration.id + "') to try again.");
            if (changed == 0)
                bridge::wait_ms(100);
        }
    } catch (const core::Error &error) {
        return fail(context, bridge::describe(error));
    }
}

}  // namespace hotswap::engine
