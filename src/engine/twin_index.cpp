// twin_index: builds the indexes of a twin, each in a transaction of its own, several at a time, with the parallel workers an ALTER
// would use.
// They were made at the start without being built, so that the rows could be copied without them; REINDEX gives each new
// storage, so a build that was interrupted left nothing. Then statistics, so that the first queries after the switch are planned
// with them.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/error.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/stop_point.hpp"
#include "bridge/twin_heap.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "engine/chunk_stream.hpp"
#include "engine/rewrite.hpp"
#include "engine/twin_flow.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;
using bridge::Transaction;

// One statement as the table's owner and the record of it, in one transaction. Functions in index expressions are the owner's
// business, and run with no more than the owner's rights.
store::ChunkCounts run_one(const StepContext &context, const TwinFlow &flow, const store::Chunk &chunk, const std::string &statement)
{
    const double started = bridge::now_ms();
    Transaction transaction;
    {
        const Authority authority = Authority::of_role(flow.owner);
        Sql sql;
        sql.run(statement);
    }
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        store::finish_chunk(sql, context.migration.id, context.row.number, chunk, {}, bridge::now_ms() - started);
    }
    HOTSWAP_STOP("twin_index_before_commit");
    transaction.commit();
    return {};
}

// Takes the rows whose keys are in the log out of the twin. True when there were any.
bool take_out_logged(const StepContext &context, const TwinFlow &flow)
{
    std::uint64_t taken = 0;
    Transaction transaction;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        if (!still_wanted(sql, context))
            return false;
    }
    {
        const Authority authority = Authority::of_role(flow.owner);
        Sql sql;
        taken = sql.run(core::remove_sql(flow.flow), {std::string("(0,0)"), std::string("(4294967295,0)")}).affected;
    }
    transaction.commit();
    return taken > 0;
}

// Rows that break a constraint may have been mended since they were copied: they are in the log, and come back with it.
store::ChunkCounts build(const StepContext &context, const TwinFlow &flow, const store::Chunk &chunk, const std::string &statement)
{
    try {
        return run_one(context, flow, chunk, statement);
    } catch (const bridge::PgError &error) {
        if (!error.is_about_data())
            throw;
        if (take_out_logged(context, flow)) {
            try {
                return run_one(context, flow, chunk, statement);
            } catch (const bridge::PgError &again) {
                if (!again.is_about_data())
                    throw;
            }
        }
        throw core::Error(error.sqlstate, about_table(flow, error.message),
                          error.detail + " The new values of " + flow.row.relation + " break a unique or exclusion constraint.", "Mend the rows.");
    }
}

}  // namespace

Ended run_twin_index(const StepContext &context)
{
    TwinFlow flow;
    std::vector<std::string> statements;
    store::in_transaction([&](Sql &sql) {
        flow = load_flow(sql, context, store::load_twin(sql, context.migration.id, context.step().member), Direction::forward);
    });
    HOTSWAP_STOP("twin_index_begun");
    for (std::size_t i = 1; i <= flow.row.new_indexes.size(); ++i)
        statements.push_back("REINDEX INDEX " + core::qualified("hotswap", bridge::index_name(flow.target_name, i)));
    statements.push_back("ANALYZE " + flow.flow.target);
    ChunkStream stream;   // of statements: each stream takes the next one
    stream.blocks = static_cast<std::int64_t>(statements.size());
    stream.fixed_blocks = 1;
    stream.may_be_looked_at = false;
    stream.rejects_end_it = false;
    stream.work = [&](const store::Chunk &chunk) {
        return build(context, flow, chunk, statements[static_cast<std::size_t>(chunk.block_from)]);
    };
    return run_chunks(context, stream);
}

}  // namespace hotswap::engine
