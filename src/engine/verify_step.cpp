// See verify_step.hpp.
//
// No lock and no single snapshot is needed: both sides are in one row, a row version is either right or it is not, and every
// version written since the trigger was installed is right. A row that moves while we read was written just then.
// The ranges are finite: the size is read at the start and the tail once more at the end.
// SPDX-License-Identifier: PostgreSQL
#include "engine/verify_step.hpp"

#include <algorithm>

#include "bridge/error.hpp"
#include "bridge/heap_chunk.hpp"
#include "bridge/session.hpp"
#include "bridge/stop_point.hpp"
#include "core/error.hpp"
#include "store/chunks.hpp"
#include "store/events.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;
using bridge::Transaction;

constexpr std::int64_t kBlocks = 4096;   // 32 MiB a query: a snapshot of well under a second
constexpr int kRounds = 3;
constexpr const char *kAgain = "verify found rows to fill again";

std::string tid(std::int64_t block)
{
    return "(" + std::to_string(block) + ",0)";
}

struct Part {
    bool wanted = false;
    std::int64_t differing = 0;
    std::int64_t blocks = 0;   // of the table, now
};

Part count(const StepContext &context, std::int64_t from)
{
    Part part;
    Transaction transaction;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        part.wanted = still_wanted(sql, context);
    }
    if (part.wanted) {
        const Authority authority = Authority::of_role(table_owner_oid(context));
        Sql sql;
        part.differing = sql.run(context.step().verify_sql, {tid(from), tid(from + kBlocks)}, true)[0].integer("count");
        part.blocks = bridge::relation_blocks(context.migration.relation_oid);
    }
    transaction.commit();
    return part;
}

std::int64_t rejects(const StepContext &context)
{
    std::int64_t n = 0;
    store::in_transaction([&](Sql &sql) {
        n = store::reject_count(sql, context.migration.id);
    });
    return n;
}

// The backfill of this migration once more, from the first block.
void fill_again(const StepContext &context, std::int64_t differing)
{
    store::in_transaction([&](Sql &sql) {
        for (const store::StepRow &row : store::load_steps(sql, context.migration.id))
            if (row.step.kind == core::StepKind::backfill) {
                store::forget_chunks(sql, context.migration.id, row.number);
                store::step_pending(sql, context.migration.id, row.number);
            }
        store::step_pending(sql, context.migration.id, context.row.number);
        store::add_event(sql, context.migration.id, kAgain, context.row.number, std::to_string(differing));
    });
}

std::int64_t rounds(const StepContext &context)
{
    std::int64_t n = 0;
    store::in_transaction([&](Sql &sql) {
        n = store::count_events(sql, context.migration.id, kAgain);
    });
    return n;
}

}  // namespace

Ended run_verify(const StepContext &context)
{
    if (!begin_step(context))
        return Ended::stopped;
    HOTSWAP_STOP("verify_begun");
    try {
        if (const std::int64_t n = rejects(context); n > 0)
            return pause(context, rejects_reason(context, n));
        std::int64_t differing = 0;
        std::int64_t from = 0;
        for (;;) {
            const bridge::ScratchMemory scratch;
            const Part part = count(context, from);
            if (!part.wanted)
                return Ended::stopped;
            differing += part.differing;
            from += kBlocks;
            if (from >= part.blocks)
                break;
        }
        if (differing == 0) {
            HOTSWAP_STOP("verify_before_record");
            record_done(context);
            return Ended::done;
        }
        if (rounds(context) < kRounds) {
            fill_again(context, differing);
            return Ended::stopped;
        }
        return pause(context, std::to_string(differing) + " rows differ after " + std::to_string(kRounds) +
                                  " backfills; something writes past the trigger. Type hotswap.retry('" + context.migration.id +
                                  "') to try again, or hotswap.rollback.");
    } catch (const bridge::PgError &error) {
        if (error.is_cancel())
            return Ended::stopped;
        if (error.is_about_data())
            return pause(context, "a row cannot be converted: " + error.message + ". Mend it in the table, then type hotswap.retry('" +
                                      context.migration.id + "'), or hotswap.rollback.");
        return fail(context, bridge::describe(error));
    } catch (const core::Error &error) {
        return fail(context, bridge::describe(error));
    }
}

}  // namespace hotswap::engine
