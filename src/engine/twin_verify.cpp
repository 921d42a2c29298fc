// twin_verify: proves that a table and its twin hold the same rows, in both directions, whole rows through the migration's own
// expressions. No lock is needed: a change and its entry in the log commit together, so at one snapshot every difference must be
// one that the log knows of. Differences are named, put into the log (catching up makes them right), and the proof is repeated
// until one whole pass finds none.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include "bridge/error.hpp"
#include "bridge/heap_chunk.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "bridge/stop_point.hpp"
#include "core/error.hpp"
#include "engine/chunk_stream.hpp"
#include "engine/rewrite.hpp"
#include "engine/twin_flow.hpp"
#include "store/events.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;
using bridge::Transaction;

constexpr int kPasses = 3;
constexpr const char *kAgain = "verify begins again";
constexpr const char *kRepaired = "verify repaired rows";

std::string place(std::int64_t block)
{
    return "(" + std::to_string(block) + ",0)";
}

store::ChunkCounts compare(const StepContext &context, const TwinFlow &flow, const store::Chunk &chunk)
{
    const double started = bridge::now_ms();
    store::ChunkCounts counts;
    std::vector<std::string> keys;
    Transaction transaction(Transaction::Sees::one_snapshot);
    // Both sides are looked up by their keys; reading all of the other side for every chunk would not end.
    for (const char *setting : {"enable_hashjoin", "enable_mergejoin", "jit"})
        bridge::set_local(setting, "off");
    {
        const Authority authority = Authority::of_role(flow.owner);
        Sql sql;
        for (const std::string &query : {core::missing_sql(flow.flow), core::extra_sql(flow.flow)}) {
            const bridge::Rows rows = sql.run(query, {place(chunk.block_from), place(chunk.block_to)});
            for (std::size_t i = 0; i < rows.size(); ++i)
                keys.push_back(rows[i].text("key"));
        }
        for (const std::string &key : keys)
            sql.run(core::relog_sql(flow.flow), {key});
    }
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        if (!keys.empty()) {
            std::string some;
            for (std::size_t i = 0; i < std::min<std::size_t>(keys.size(), 5); ++i)
                some += (i == 0 ? "" : ", ") + keys[i];
            store::add_event(sql, context.migration.id, kRepaired, context.row.number,
                             std::to_string(keys.size()) + " of " + flow.row.relation + ": " + some + (keys.size() > 5 ? ", ..." : ""));
        }
        counts.rejected = static_cast<std::int64_t>(keys.size());   // of this chunk; summed up at the end
        store::finish_chunk(sql, context.migration.id, context.row.number, chunk, counts, bridge::now_ms() - started);
    }
    HOTSWAP_STOP("twin_verify_before_commit");
    transaction.commit();
    return counts;
}

// Differing rows: catch up with them and prove again; in the end say that something is wrong.
bool is_clean(Sql &sql, const StepContext &context)
{
    const std::int64_t differing =
        sql.run("SELECT coalesce(sum(rows_rejected), 0)::bigint AS n FROM hotswap._migration_chunks WHERE migration_id = $1 AND step_no = $2::integer",
                {context.migration.id, static_cast<std::int64_t>(context.row.number)})[0]
            .integer("n");
    if (differing == 0)
        return true;
    store::add_event(sql, context.migration.id, kAgain, context.row.number, std::to_string(differing) + " rows differed");
    store::forget_chunks(sql, context.migration.id, context.row.number);
    for (const store::StepRow &row : store::load_steps(sql, context.migration.id))
        if (row.step.kind == core::StepKind::catch_up || row.number == context.row.number)
            store::step_pending(sql, context.migration.id, row.number);
    if (store::count_events(sql, context.migration.id, kAgain) >= kPasses) {
        store::Migration migration = store::lock_migration(sql, context.migration.id);
        (void)store::take_event(sql, &migration, core::Event::trip,
                                std::to_string(differing) + " rows of " + context.step().relation + " differ from the copy after " + std::to_string(kPasses) +
                                    " passes, see hotswap._migration_events; something writes past the triggers. Type hotswap.resume('" +
                                    context.migration.id + "') to try again, or hotswap.rollback.");
    }
    return false;
}

}  // namespace

Ended run_twin_verify(const StepContext &context)
{
    TwinFlow flow;
    ChunkStream stream;
    store::in_transaction([&](Sql &sql) {
        flow = load_flow(sql, context, store::load_twin(sql, context.migration.id, context.step().member), Direction::forward);
        stream.blocks = std::max<std::int64_t>(1, std::max(bridge::relation_blocks(flow.source), bridge::relation_blocks(flow.target)));
    });
    HOTSWAP_STOP("twin_verify_begun");
    stream.may_be_looked_at = false;
    stream.rejects_end_it = false;
    stream.limits.target_ms = bridge::settings().chunk_time_ms;
    stream.work = [&](const store::Chunk &chunk) { return compare(context, flow, chunk); };
    stream.may_finish = [&](Sql &sql) { return is_clean(sql, context); };
    return run_chunks(context, stream);
}

}  // namespace hotswap::engine
