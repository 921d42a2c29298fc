// See chunks.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "store/chunks.hpp"

#include "core/progress.hpp"

namespace hotswap::store {

namespace {

using bridge::Row;
using bridge::Rows;
using bridge::Sql;

std::int64_t big(int number)
{
    return number;
}

Chunk chunk_of(const Row &row, bool revisit)
{
    return {static_cast<int>(row.integer("chunk_no")), row.integer("block_from"), row.integer("block_to"),
            static_cast<int>(row.integer("attempts")), revisit};
}

}  // namespace

namespace {
// Building indexes and proving are counted in chunks, too, but they are not progress of the rows.
bool moves_rows(const std::string &kind)
{
    return kind == "backfill" || kind == "copy" || kind == "rows" || kind == "fill";
}
}  // namespace

void begin_range(Sql &sql, const std::string &migration, int step_no, std::int64_t blocks, double rows)
{
    // Later calls change nothing: the range of a step is fixed once.
    const Rows fixed = sql.run("UPDATE hotswap._migration_steps SET blocks_total = $3 WHERE migration_id = $1 AND step_no = $2::integer"
                               "   AND blocks_total IS NULL RETURNING kind",
                               {migration, big(step_no), blocks});
    if (fixed.empty() || !moves_rows(fixed[0].text("kind")))
        return;
    sql.run("UPDATE hotswap._migration_progress SET blocks_total = blocks_total + $2, rows_total = rows_total + $3::bigint, updated_at = clock_timestamp()"
            " WHERE migration_id = $1",
            {migration, blocks, rows});
}

StreamNeed stream_need(Sql &sql, const std::string &migration, int step_no)
{
    StreamNeed need;
    const BackfillState state = backfill_state(sql, migration, step_no);
    need.all = !state.begun || state.next_block < state.blocks_total || state.revisit_chunks > 0;
    if (need.all)
        return need;
    const Rows rows = sql.run("SELECT DISTINCT stream FROM hotswap._migration_chunks WHERE migration_id = $1 AND step_no = $2::integer"
                              "   AND state = 'running' ORDER BY 1",
                              {migration, big(step_no)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        need.streams.push_back(static_cast<int>(rows[i].integer("stream")));
    if (need.streams.empty())
        need.streams.push_back(1);
    return need;
}

BackfillState backfill_state(Sql &sql, const std::string &migration, int step_no)
{
    const Row row = sql.run("SELECT s.blocks_total,"
                            "  coalesce((SELECT max(block_to) FROM hotswap._migration_chunks WHERE migration_id = $1 AND step_no = $2::integer), 0) AS next_block,"
                            "  (SELECT count(*) FROM hotswap._migration_chunks WHERE migration_id = $1 AND step_no = $2::integer AND state <> 'done') AS open_chunks,"
                            "  (SELECT count(*) FROM hotswap._migration_chunks WHERE migration_id = $1 AND step_no = $2::integer AND state = 'revisit') AS revisit_chunks,"
                            "  (SELECT count(*) FROM hotswap._migration_rejects WHERE migration_id = $1) AS rejected"
                            "  FROM hotswap._migration_steps s WHERE s.migration_id = $1 AND s.step_no = $2::integer",
                            {migration, big(step_no)})[0];
    return {!row.is_null("blocks_total"), row.integer("blocks_total"), row.integer("next_block"), row.integer("open_chunks"), row.integer("revisit_chunks"),
            row.integer("rejected")};
}

namespace {

Rows claim_fresh(Sql &sql, const std::string &migration, int step_no, int stream, std::int64_t blocks)
{
    return sql.run(
        "INSERT INTO hotswap._migration_chunks (migration_id, step_no, chunk_no, block_from, block_to, state, stream)"
        " SELECT $1, $2::integer, c.chunk_no, c.block_from, least(c.block_from + $4, s.blocks_total), 'running', $3::integer"
        "   FROM hotswap._migration_steps s,"
        "        (SELECT coalesce((SELECT max(chunk_no) FROM hotswap._migration_chunks WHERE migration_id = $1 AND step_no = $2::integer), 0) + 1 AS chunk_no,"
        "                coalesce((SELECT max(block_to) FROM hotswap._migration_chunks WHERE migration_id = $1 AND step_no = $2::integer), 0) AS block_from) AS c"
        "  WHERE s.migration_id = $1 AND s.step_no = $2::integer AND c.block_from < s.blocks_total"
        " RETURNING chunk_no, block_from, block_to, attempts",
        {migration, big(step_no), big(stream), blocks});
}

// One that is larger than the chunks of now (it failed, or the server got slower) is taken in pieces: the rest becomes a chunk of its own.
void cut_again(Sql &sql, const std::string &migration, int step_no, const Row &chunk, std::int64_t blocks)
{
    const std::int64_t from = chunk.integer("block_from"), to = chunk.integer("block_to");
    if (to - from <= blocks)
        return;
    sql.run("UPDATE hotswap._migration_chunks SET block_to = $4 WHERE migration_id = $1 AND step_no = $2::integer AND chunk_no = $3::integer",
            {migration, big(step_no), chunk.integer("chunk_no"), from + blocks});
    sql.run("INSERT INTO hotswap._migration_chunks (migration_id, step_no, chunk_no, block_from, block_to, state, stream, attempts, finished_at)"
            " SELECT migration_id, step_no, (SELECT max(chunk_no) + 1 FROM hotswap._migration_chunks WHERE migration_id = $1 AND step_no = $2::integer),"
            "        block_to, $4, state, stream, attempts, finished_at"
            "   FROM hotswap._migration_chunks WHERE migration_id = $1 AND step_no = $2::integer AND chunk_no = $3::integer",
            {migration, big(step_no), chunk.integer("chunk_no"), to});
}

Rows claim_again(Sql &sql, const std::string &migration, int step_no, int stream, std::int64_t blocks)
{
    const Rows found = sql.run("SELECT chunk_no, block_from, block_to FROM hotswap._migration_chunks WHERE migration_id = $1 AND step_no = $2::integer"
                               "   AND state = 'revisit' ORDER BY attempts, block_from LIMIT 1",
                               {migration, big(step_no)});
    if (found.empty())
        return {};
    cut_again(sql, migration, step_no, found[0], blocks);
    return sql.run(
        "UPDATE hotswap._migration_chunks SET state = 'running', stream = $3::integer, attempts = attempts + 1, started_at = clock_timestamp()"
        " WHERE migration_id = $1 AND step_no = $2::integer AND chunk_no = $4::integer"
        " RETURNING chunk_no, block_from, block_to, attempts",
        {migration, big(step_no), big(stream), found[0].integer("chunk_no")});
}

}  // namespace

std::optional<Chunk> claim_chunk(Sql &sql, const std::string &migration, int step_no, int stream, std::int64_t blocks, bool in_order)
{
    for (const bool again : {in_order, !in_order}) {
        const Rows rows = again ? claim_again(sql, migration, step_no, stream, blocks) : claim_fresh(sql, migration, step_no, stream, blocks);
        if (!rows.empty())
            return chunk_of(rows[0], again);
    }
    return std::nullopt;
}

void finish_chunk(Sql &sql, const std::string &migration, int step_no, const Chunk &chunk, const ChunkCounts &counts, double elapsed_ms)
{
    const Rows before = sql.run("SELECT finished_at FROM hotswap._migration_chunks WHERE migration_id = $1 AND step_no = $2::integer AND chunk_no = $3::integer",
                                {migration, big(step_no), big(chunk.number)});
    sql.run("UPDATE hotswap._migration_chunks SET state = CASE WHEN $4 > 0 THEN 'revisit' ELSE 'done' END, rows_seen = $5,"
            "  rows_changed = rows_changed + $6, rows_skipped = $4, rows_rejected = $7, finished_at = clock_timestamp()"
            " WHERE migration_id = $1 AND step_no = $2::integer AND chunk_no = $3::integer",
            {migration, big(step_no), big(chunk.number), counts.skipped, counts.seen, counts.changed, counts.rejected});
    const Row step = sql.run("SELECT kind FROM hotswap._migration_steps WHERE migration_id = $1 AND step_no = $2::integer", {migration, big(step_no)})[0];
    if (!moves_rows(step.text("kind")))
        return;
    // Last, so that streams wait for each other only while one commits.
    const Row row = sql.run("SELECT rows_per_second, batches_completed, extract(epoch FROM clock_timestamp() - updated_at) * 1000 AS since_ms"
                            "  FROM hotswap._migration_progress WHERE migration_id = $1 FOR UPDATE",
                            {migration})[0];
    // The rate of all streams together: rows of this chunk over the time since any stream last finished one.
    const double since_ms = row.integer("batches_completed") == 0 ? elapsed_ms : row.number("since_ms");
    const double rate = core::smooth_rate(row.number("rows_per_second"), static_cast<double>(counts.seen), since_ms);
    const bool first_time = !before.empty() && before[0].is_null("finished_at");   // also of one that was broken off before
    sql.run("UPDATE hotswap._migration_progress SET batches_completed = batches_completed + 1, rows_affected = rows_affected + $2,"
            "  blocks_done = blocks_done + $3, rows_per_second = $4, updated_at = clock_timestamp()"
            " WHERE migration_id = $1",
            {migration, counts.changed, first_time ? chunk.block_to - chunk.block_from : std::int64_t{0}, rate});
}

void chunk_wrote(Sql &sql, const std::string &migration, int step_no, const Chunk &chunk, std::int64_t from, std::int64_t to)
{
    sql.run("UPDATE hotswap._migration_chunks SET writer = pg_current_xact_id()::text::bigint & 4294967295, target_from = $4, target_to = $5"
            " WHERE migration_id = $1 AND step_no = $2::integer AND chunk_no = $3::integer",
            {migration, big(step_no), big(chunk.number), from, to});
}

std::vector<CopiedChunk> copied_chunks(Sql &sql, const std::string &migration, int step_no)
{
    const Rows rows = sql.run("SELECT block_from, block_to, target_from, target_to, writer FROM hotswap._migration_chunks"
                              " WHERE migration_id = $1 AND step_no = $2::integer AND state = 'done' ORDER BY block_from",
                              {migration, big(step_no)});
    std::vector<CopiedChunk> result;
    for (std::size_t i = 0; i < rows.size(); ++i)
        result.push_back({rows[i].integer("block_from"), rows[i].integer("block_to"), rows[i].integer("target_from"), rows[i].integer("target_to"),
                          static_cast<std::uint32_t>(rows[i].integer("writer"))});
    return result;
}

std::int64_t halve_chunks(Sql &sql, const std::string &migration, int step_no)
{
    const Rows rows = sql.run("UPDATE hotswap._migration_steps s SET most_blocks = greatest(1, least(coalesce(s.most_blocks, c.blocks), c.blocks) / 2)"
                              "  FROM (SELECT max(block_to - block_from) AS blocks FROM hotswap._migration_chunks"
                              "         WHERE migration_id = $1 AND step_no = $2::integer AND state <> 'done') AS c"
                              " WHERE s.migration_id = $1 AND s.step_no = $2::integer AND c.blocks IS NOT NULL RETURNING s.most_blocks",
                              {migration, big(step_no)});
    return rows.empty() ? 0 : rows[0].integer("most_blocks");
}

void unlimit_chunks(Sql &sql, const std::string &migration, int step_no)
{
    sql.run("UPDATE hotswap._migration_steps SET most_blocks = NULL WHERE migration_id = $1 AND step_no = $2::integer", {migration, big(step_no)});
}

void give_back_chunk(Sql &sql, const std::string &migration, int step_no, const Chunk &chunk)
{
    sql.run("UPDATE hotswap._migration_chunks SET state = 'revisit' WHERE migration_id = $1 AND step_no = $2::integer AND chunk_no = $3::integer"
            "   AND state = 'running'",
            {migration, big(step_no), big(chunk.number)});
}

void adopt_orphans(Sql &sql, const std::string &migration, int step_no, int stream, int streams)
{
    sql.run("UPDATE hotswap._migration_chunks SET state = 'revisit' WHERE migration_id = $1 AND step_no = $2::integer AND state = 'running'"
            "   AND (stream = $3::integer OR ($3 = 1 AND stream > $4::integer))",
            {migration, big(step_no), big(stream), big(streams)});
}

void forget_chunks(Sql &sql, const std::string &migration, int step_no)
{
    sql.run("UPDATE hotswap._migration_progress p SET"
            "  blocks_total = greatest(0, blocks_total - coalesce((SELECT s.blocks_total FROM hotswap._migration_steps s"
            "                                                       WHERE s.migration_id = $1 AND s.step_no = $2::integer AND s.kind IN ('backfill', 'copy')), 0)),"
            "  blocks_done = greatest(0, blocks_done - (SELECT coalesce(sum(c.block_to - c.block_from), 0) FROM hotswap._migration_chunks c"
            "                                            WHERE c.migration_id = $1 AND c.step_no = $2::integer AND c.finished_at IS NOT NULL"
            "                                              AND EXISTS (SELECT FROM hotswap._migration_steps s WHERE s.migration_id = $1 AND s.step_no = $2::integer"
            "                                                             AND s.kind IN ('backfill', 'copy'))))"
            " WHERE migration_id = $1",
            {migration, big(step_no)});
    sql.run("DELETE FROM hotswap._migration_chunks WHERE migration_id = $1 AND step_no = $2::integer", {migration, big(step_no)});
    sql.run("DELETE FROM hotswap._migration_rejects WHERE migration_id = $1", {migration});
    sql.run("UPDATE hotswap._migration_steps SET blocks_total = NULL WHERE migration_id = $1 AND step_no = $2::integer", {migration, big(step_no)});
}

void forget_bookkeeping(Sql &sql, const std::string &migration)
{
    sql.run("DELETE FROM hotswap._migration_chunks WHERE migration_id = $1", {migration});
    sql.run("DELETE FROM hotswap._migration_rejects WHERE migration_id = $1", {migration});
}

void reopen_rejected(Sql &sql, const std::string &migration)
{
    // The rejects of an online_rewrite are keys: catching up tries them again by itself.
    if (!sql.run("SELECT 1 AS x FROM hotswap._migration_twins WHERE migration_id = $1 LIMIT 1", {migration}).empty())
        return;
    const Rows steps = sql.run("UPDATE hotswap._migration_chunks SET state = 'revisit' WHERE migration_id = $1 AND rows_rejected > 0"
                               " RETURNING step_no",
                               {migration});
    sql.run("DELETE FROM hotswap._migration_rejects WHERE migration_id = $1", {migration});
    for (std::size_t i = 0; i < steps.size(); ++i)
        sql.run("UPDATE hotswap._migration_steps SET state = 'pending' WHERE migration_id = $1 AND step_no = $2::integer AND state = 'done'",
                {migration, steps[i].integer("step_no")});
}

void add_reject(Sql &sql, const std::string &migration, int step_no, int chunk_no, const std::string &tid, const std::string &key_json,
                const std::string &value_json, const std::string &sqlstate, const std::string &error)
{
    sql.run("INSERT INTO hotswap._migration_rejects (migration_id, step_no, chunk_no, row_id, row_key, value, sqlstate, error)"
            " VALUES ($1, $2::integer, $3::integer, $4::tid, $5::jsonb, nullif($6, '')::jsonb, $7, $8)"
            " ON CONFLICT (migration_id, step_no, row_id) DO UPDATE SET row_key = excluded.row_key, value = excluded.value,"
            "   sqlstate = excluded.sqlstate, error = excluded.error, at = clock_timestamp()",
            {migration, big(step_no), big(chunk_no), tid, key_json, value_json, sqlstate, error});
}

void forget_rejects(Sql &sql, const std::string &migration, int step_no, const Chunk &chunk)
{
    sql.run("DELETE FROM hotswap._migration_rejects WHERE migration_id = $1 AND step_no = $2::integer AND chunk_no = $3::integer",
            {migration, big(step_no), big(chunk.number)});
}

std::int64_t reject_count(Sql &sql, const std::string &migration)
{
    return sql.run("SELECT count(*) AS n FROM hotswap._migration_rejects WHERE migration_id = $1", {migration})[0].integer("n");
}

}  // namespace hotswap::store
