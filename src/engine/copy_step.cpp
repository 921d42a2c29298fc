// copy: every row of one table that was there when its change log began goes into the twin, chunk by chunk of heap blocks.
//
// A chunk and its row in _migration_chunks commit together: after a crash the chunk is either there or to be done again. No lock
// stands in anybody's way and no snapshot outlives a chunk. If the table gets new storage meanwhile (VACUUM FULL, CLUSTER), the
// blocks mean something else: the copy begins again. After a TRUNCATE nothing that was there when the log began is left.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include "bridge/error.hpp"
#include "bridge/heap_chunk.hpp"
#include "bridge/heap_storage.hpp"
#include "bridge/locks.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "bridge/stop_point.hpp"
#include "bridge/table_copy.hpp"
#include "bridge/twin_heap.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "engine/chunk_stream.hpp"
#include "engine/disk_space.hpp"
#include "engine/limits.hpp"
#include "engine/rewrite.hpp"
#include "engine/twin_flow.hpp"
#include "store/events.hpp"
#include "engine/copy_order.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::PgError;
using bridge::Sql;
using bridge::TableCopy;
using bridge::Transaction;

// The blocks that were claimed are of a file that is not the table's any more.
struct NewStorage {};

std::vector<bridge::CopyColumn> columns_of(const TwinFlow &flow)
{
    std::vector<bridge::CopyColumn> result;
    for (const core::FlowColumn &column : flow.flow.columns)
        if (!column.value.empty())
            result.push_back({column.name, column.value});
    return result;
}

// Of the rows whose age their xmin does not tell, those whose key is not in the log.
std::vector<std::string> settle(const TwinFlow &flow, const std::vector<std::string> &tids)
{
    std::string equal;
    for (const core::FlowKey &key : flow.flow.key)
        equal += (equal.empty() ? "" : " AND ") + ("t." + core::quote_identifier(key.column)) + " " + key.source_equals + " l." +
                 core::quote_identifier(key.column);
    Sql sql;
    const bridge::Rows rows = sql.run("SELECT t.ctid::text AS tid FROM unnest($1::tid[]) AS u(tid) JOIN ONLY " + flow.flow.source +
                                          " AS t ON t.ctid = u.tid WHERE NOT EXISTS (SELECT FROM ONLY " + flow.flow.log + " AS l WHERE " + equal + ")",
                                      {tids}, true);
    std::vector<std::string> result;
    for (std::size_t i = 0; i < rows.size(); ++i)
        result.push_back(rows[i].text("tid"));
    return result;
}

void reject(const StepContext &context, const TwinFlow &flow, const std::string &tid, const PgError &error)
{
    std::string key;
    for (const core::FlowKey &k : flow.flow.key)
        key += (key.empty() ? "" : ", ") + core::quote_literal(k.column) + ", t." + core::quote_identifier(k.column);
    std::string key_json, row_json;
    {
        const Authority authority = Authority::of_role(flow.owner);
        Sql sql;
        const bridge::Rows rows = sql.run("SELECT jsonb_build_object(" + key + ")::text AS k, to_jsonb(t)::text AS v FROM ONLY " + flow.flow.source +
                                              " AS t WHERE t.ctid = $1::tid",
                                          {tid});
        if (rows.empty())
            return;   // gone meanwhile: then it is in the log
        key_json = rows[0].text("k");
        row_json = rows[0].text("v");
    }
    const Authority authority = Authority::of_store();
    Sql sql;
    store::add_reject(sql, context.migration.id, context.row.number, flow.row.member, tid, key_json, row_json, error.sqlstate,
                      about_table(flow, error.message));
}

std::int64_t copy_carefully(const StepContext &context, const TwinFlow &flow, TableCopy &copy)
{
    std::int64_t rejected = 0;
    while (copy.next()) {
        std::optional<PgError> failure;
        {
            bridge::Subtransaction attempt;
            try {
                const Authority authority = Authority::of_role(flow.owner);
                copy.convert();
            } catch (const PgError &error) {
                if (!error.is_about_data())
                    throw;
                failure = error;
            }
            if (!failure)
                attempt.commit();
        }
        if (failure) {
            reject(context, flow, copy.tid(), *failure);
            ++rejected;
        } else {
            copy.flush();
        }
    }
    return rejected;
}

store::ChunkCounts copy_chunk(const StepContext &context, const TwinFlow &flow, const store::Chunk &chunk, bool careful)
{
    const double started = bridge::now_ms();
    store::ChunkCounts counts;
    bridge::WrittenBlocks written;
    Transaction transaction;
    {
        // The lock keeps the storage what it is until the chunk commits.
        bridge::lock_relations({flow.source}, "ACCESS SHARE");
        const Authority authority = Authority::of_role(flow.owner);
        if (bridge::filenode_of(flow.source) != flow.row.filenode)
            throw NewStorage();
        TableCopy copy(flow.source, flow.target, columns_of(flow), flow.row.began_at);
        if (flow.row.twin.order_by.empty())
            copy.scan(chunk.block_from, chunk.block_to);
        else
            copy.fetch_in_order(places_of(context, flow, chunk));
        const auto all = [&] {
            if (careful)
                counts.rejected += copy_carefully(context, flow, copy);
            else
                copy.copy_all();
        };
        all();
        HOTSWAP_STOP("copy_chunk_scanned");
        if (!copy.unsure().empty()) {
            copy.fetch_whatever_age(settle(flow, copy.unsure()));
            all();
        }
        counts.seen = copy.seen();
        counts.changed = copy.copied();
        written = copy.written();
        copy.close();
    }
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        store::finish_chunk(sql, context.migration.id, context.row.number, chunk, counts, bridge::now_ms() - started);
        store::chunk_wrote(sql, context.migration.id, context.row.number, chunk, written.from, written.to);
    }
    HOTSWAP_STOP("copy_chunk_before_commit");
    transaction.commit();
    HOTSWAP_STOP("copy_chunk_after_commit");
    return counts;
}

bool was_truncated(Sql &sql, const TwinFlow &flow)
{
    return !sql.run("SELECT 1 AS x FROM ONLY " + flow.flow.log + " WHERE \"~op\" = 't' LIMIT 1").empty();
}

// New storage: the chunks so far are of another file. Nothing of the log is lost by that, so only the copy begins again.
// One stream does it; the others find the new storage noted.
TwinFlow begin(const StepContext &context)
{
    TwinFlow flow;
    store::in_transaction([&](Sql &sql) {
        (void)store::load_step(sql, context.migration.id, context.row.number, true);
        flow = load_flow(sql, context, store::load_twin(sql, context.migration.id, context.step().member), Direction::forward);
        const unsigned filenode = bridge::filenode_of(flow.source);
        if (filenode == flow.row.filenode)
            return;
        if (!was_truncated(sql, flow)) {
            // Others may be in the middle of a chunk: they hold a lock on the twin until they commit, and their chunk goes, too.
            sql.run("TRUNCATE ONLY " + flow.flow.target);
            store::forget_chunks(sql, context.migration.id, context.row.number);
            // The step has no range now; the next executor fixes one.
            bridge::drop_own_relation(core::order_name(context.migration.number, context.step().member));
            store::add_event(sql, context.migration.id, "copy begins again", context.row.number, "the table has new storage");
        }
        store::set_filenode(sql, context.migration.id, context.step().member, filenode);
        flow.row.filenode = filenode;
    });
    return flow;
}

}  // namespace

Ended run_copy(const StepContext &context)
{
    TwinFlow flow = begin(context);
    ChunkStream stream;
    stream.rejects_end_it = false;   // catching up may still mend them; it decides
    stream.limits.target_ms = bridge::settings().chunk_time_ms;
    stream.first_blocks = 512;   // it holds no rows locked: nobody is hurt by a large first chunk
    stream.limits.ceiling_blocks = std::max<std::int64_t>(1, chunk_memory_kb(context) * 1024 / bridge::block_size());
    const bool ordered = !flow.row.twin.order_by.empty();
    if (ordered) {
        if (context.stream != 1)
            return Ended::stopped;   // one after the other is the point
        stream.blocks = put_in_order(context, flow);
        stream.limits.ceiling_blocks = 200000;   // rows
        stream.in_order = true;
    }
    store::in_transaction([&](Sql &sql) {
        if (!ordered)
            stream.blocks = bridge::relation_blocks(flow.source);
        const bridge::Row row = sql.run("SELECT greatest(reltuples, 0) AS rows, greatest(relpages, 1) AS pages FROM pg_class WHERE oid = $1::oid",
                                        {static_cast<std::int64_t>(flow.source)})[0];
        stream.rows = row.number("rows");
        if (context.options.batch_size && ordered)
            stream.fixed_blocks = *context.options.batch_size;
        else if (context.options.batch_size)
            stream.fixed_blocks = std::max<std::int64_t>(
                1, static_cast<std::int64_t>(static_cast<double>(*context.options.batch_size) / std::max(1.0, row.number("rows") / row.number("pages"))));
    });
    stream.stop_before = [&, last = 0.0]() mutable -> std::optional<std::string> {
        // Every few seconds: a disk does not fill up faster than that by a chunk.
        if (bridge::now_ms() - last < 2000)
            return std::nullopt;
        last = bridge::now_ms();
        return lacks_room(context);
    };
    stream.work = [&](const store::Chunk &chunk) {
        try {
            return copy_chunk(context, flow, chunk, false);
        } catch (const PgError &error) {
            if (!error.is_about_data())
                throw;
            return copy_chunk(context, flow, chunk, true);
        } catch (const NewStorage &) {
            flow = begin(context);
            throw PgError::retry_later("table " + flow.row.relation + " has new storage");
        }
    };
    return run_chunks(context, stream);
}

}  // namespace hotswap::engine
