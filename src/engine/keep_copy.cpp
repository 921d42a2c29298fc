// Values into the hold, or rows out of it, chunk by chunk of heap blocks. See keep_step.hpp.
//
// Into it: nobody can name the columns any more (core/plan_keep.cpp), so it does not matter which version of a row is read, nor that
// one is met twice. A row that wandered past the scan is found at the end, by one statement that sees the table at one moment. What is
// inserted afterwards never had a value of its own in them.
// Out of it: nobody writes a hold, and each chunk is recorded in the transaction that inserted its rows. A row whose key somebody
// else has taken since stays where it is, and the event says how many did.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/heap_chunk.hpp"
#include "bridge/session.hpp"
#include "bridge/stop_point.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/rollback_point.hpp"
#include "engine/chunk_stream.hpp"
#include "engine/heap_stream.hpp"
#include "engine/hold.hpp"
#include "engine/keep_step.hpp"
#include "engine/key_match.hpp"
#include "store/events.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;
using bridge::Transaction;

struct Job {
    HeapTarget source;
    std::string insert;        // with a range
    std::string rest;          // without: what the ranges have missed; empty: nothing
    store::RollbackPoint point;
};

std::string tid(std::int64_t block)
{
    return "(" + std::to_string(block) + ",0)";
}

HeapTarget table_of(Sql &sql, const std::string &relation)
{
    const bridge::Row row = sql.run("SELECT to_regclass($1)::oid::bigint AS oid", {relation})[0];
    if (row.is_null("oid"))
        throw core::Error(core::sqlstate::kUndefinedTable, "table " + relation + " is gone", "", "Take the migration back with hotswap.rollback.");
    return {static_cast<unsigned>(row.integer("oid")), relation};
}

store::RollbackPoint point_at(Sql &sql, const StepContext &context)
{
    const auto point = context.step().point != 0 ? store::find_point(sql, context.step().point, false) : store::point_of(sql, context.migration.id, "columns");
    if (!point)
        throw core::Error(core::sqlstate::kWrongState, "the rollback point is gone", "", "Take the migration back with hotswap.rollback.");
    return *point;
}

Job job_of(const StepContext &context)
{
    Job job;
    store::in_transaction([&](Sql &sql) {
        job.point = point_at(sql, context);
        const auto &step = context.step();
        if (step.keep == core::kRowsBack) {
            job.source = table_of(sql, job.point.hold);
            job.insert = "INSERT INTO " + step.keeps.at(0) + " (" + step.keeps.at(1) + ") OVERRIDING SYSTEM VALUE SELECT " + step.keeps.at(1) + " FROM ONLY " +
                         job.point.hold + " AS t WHERE t.ctid >= $1::pg_catalog.tid AND t.ctid < $2::pg_catalog.tid ON CONFLICT DO NOTHING";
            return;
        }
        std::vector<std::string> names = job.point.key;
        names.insert(names.end(), job.point.columns.begin(), job.point.columns.end());
        job.source = table_of(sql, step.relation);
        const std::string into = "INSERT INTO " + job.point.hold + " (" + core::quote_list(names) + ") " + step.action.at(0) + " WHERE (" + step.action.at(1) + ")";
        job.insert = into + " AND t.ctid >= $1::pg_catalog.tid AND t.ctid < $2::pg_catalog.tid ON CONFLICT DO NOTHING";
        job.rest = into + " AND NOT EXISTS (SELECT FROM " + job.point.hold + " AS h WHERE " + key_match(sql, job.point, "h", "t") + ") ON CONFLICT DO NOTHING";
    });
    return job;
}

Authority as_owner(const StepContext &context)
{
    return Authority::of_role(owner_oid(context), context.step().caller_path ? context.migration.search_path : "");
}

store::ChunkCounts work(const StepContext &context, const Job &job, const store::Chunk &chunk)
{
    const double started = bridge::now_ms();
    Transaction transaction;
    store::ChunkCounts counts;
    bridge::set_local("lock_timeout", "200ms");
    {
        const Authority authority = as_owner(context);
        Sql sql;
        counts.changed = static_cast<std::int64_t>(sql.run(job.insert, {tid(chunk.block_from), tid(chunk.block_to)}).affected);
        counts.seen = counts.changed;
        // Whether all came back is known from this: a hold of exchanged storage has nobody count its rows.
        if (job.rest.empty())
            counts.seen = sql.run("SELECT count(*) AS n FROM ONLY " + job.point.hold + " AS t WHERE t.ctid >= $1::pg_catalog.tid AND t.ctid < $2::pg_catalog.tid",
                                  {tid(chunk.block_from), tid(chunk.block_to)})[0].integer("n");
        // Deferred triggers of the table: at commit they would run as nobody's.
        sql.run("SET CONSTRAINTS ALL IMMEDIATE");
    }
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        store::finish_chunk(sql, context.migration.id, context.row.number, chunk, counts, bridge::now_ms() - started);
    }
    HOTSWAP_STOP("keep_before_commit");
    transaction.commit();
    HOTSWAP_STOP("keep_after_commit");
    return counts;
}

AtEnd at_end(const StepContext &context, const Job &job, Sql &store)
{
    HOTSWAP_STOP("keep_at_end");
    if (!job.rest.empty()) {
        const Authority authority = as_owner(context);
        Sql sql;
        sql.run(job.rest);
        return AtEnd::over;
    }
    const bridge::Row row = store.run("SELECT coalesce(sum(rows_changed), 0)::bigint AS back, coalesce(sum(rows_seen), 0)::bigint AS seen FROM hotswap._migration_chunks"
                                      " WHERE migration_id = $1 AND step_no = $2::integer",
                                      {context.migration.id, static_cast<std::int64_t>(context.row.number)})[0];
    const std::int64_t back = row.integer("back"), seen = row.integer("seen");
    store::add_event(store, context.migration.id, "rows brought back", context.row.number,
                     std::to_string(back) + " of " + std::to_string(seen) + (back < seen ? "; the others have a key that is taken" : ""));
    return AtEnd::over;
}

}  // namespace

Ended run_keep_copy(const StepContext &context)
{
    Job job;
    try {
        job = job_of(context);
    } catch (const core::Error &error) {
        return fail(context, bridge::describe(error));
    }
    std::vector<std::string> columns = job.point.key;
    for (const std::string &name : job.point.columns)
        columns.push_back(core::own_name("held", name));
    bool asked = false;
    ChunkStream stream;
    stream.rows = estimated_rows(job.source);
    stream.blocks = total_blocks(job.source);
    stream.fixed_blocks = blocks_of_batch(context, job.source);
    stream.limits = chunk_limits(context, job.source);
    stream.rejects_end_it = false;
    stream.may_be_looked_at = false;
    stream.stop_before = [&]() -> std::optional<std::string> {
        if (asked || job.rest.empty())
            return std::nullopt;
        asked = true;
        return lacks_room_for_hold(context, job.source.oid, columns);
    };
    stream.work = [&](const store::Chunk &chunk) { return work(context, job, chunk); };
    stream.at_end = [&](Sql &sql) { return at_end(context, job, sql); };
    return run_chunks(context, stream);
}

}  // namespace hotswap::engine
