// See rows_jobs.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "store/rows_jobs.hpp"

namespace hotswap::store {

namespace {

using bridge::Row;
using bridge::Rows;
using bridge::Sql;

std::vector<bridge::Parameter> key(const std::string &migration, int step_no)
{
    return {migration, static_cast<std::int64_t>(step_no)};
}

}  // namespace

RowsJob load_rows_job(Sql &sql, const std::string &migration, int step_no)
{
    const Row row = sql.run("SELECT began_at, pass_blocks, blocks_total FROM hotswap._migration_steps WHERE migration_id = $1 AND step_no = $2::integer",
                            key(migration, step_no))[0];
    return {row.text("began_at"), row.integer("pass_blocks"), row.integer("blocks_total")};
}

void begin_rows_job(Sql &sql, const std::string &migration, int step_no, std::int64_t pass_blocks)
{
    sql.run("UPDATE hotswap._migration_steps SET began_at = pg_current_snapshot()::text, pass_blocks = $3"
            " WHERE migration_id = $1 AND step_no = $2::integer AND began_at IS NULL",
            {migration, static_cast<std::int64_t>(step_no), pass_blocks});
}

void add_pass(Sql &sql, const std::string &migration, int step_no, std::int64_t blocks)
{
    sql.run("UPDATE hotswap._migration_steps SET blocks_total = blocks_total + $3 WHERE migration_id = $1 AND step_no = $2::integer",
            {migration, static_cast<std::int64_t>(step_no), blocks});
    sql.run("UPDATE hotswap._migration_progress SET blocks_total = blocks_total + $2, updated_at = clock_timestamp() WHERE migration_id = $1",
            {migration, blocks});
}

void rows_written(Sql &sql, const std::string &migration, int step_no, const Chunk &chunk, std::int64_t left)
{
    sql.run("UPDATE hotswap._migration_chunks SET writers = writers || (pg_current_xact_id()::text::bigint & 4294967295), rows_left = $4"
            " WHERE migration_id = $1 AND step_no = $2::integer AND chunk_no = $3::integer",
            {migration, static_cast<std::int64_t>(step_no), static_cast<std::int64_t>(chunk.number), left});
}

void rows_swept(Sql &sql, const std::string &migration, int step_no, std::int64_t changed)
{
    if (changed == 0)
        return;
    // A version of ours has to be known as ours: the last chunk takes the transaction in.
    sql.run("UPDATE hotswap._migration_chunks SET writers = writers || (pg_current_xact_id()::text::bigint & 4294967295), rows_changed = rows_changed + $3"
            " WHERE migration_id = $1 AND step_no = $2::integer AND chunk_no ="
            "   (SELECT max(chunk_no) FROM hotswap._migration_chunks WHERE migration_id = $1 AND step_no = $2::integer)",
            {migration, static_cast<std::int64_t>(step_no), changed});
    sql.run("UPDATE hotswap._migration_progress SET rows_affected = rows_affected + $2, updated_at = clock_timestamp() WHERE migration_id = $1",
            {migration, changed});
}

std::set<std::uint32_t> row_writers(Sql &sql, const std::string &migration, int step_no)
{
    const Rows rows = sql.run("SELECT unnest(writers) AS writer FROM hotswap._migration_chunks WHERE migration_id = $1 AND step_no = $2::integer",
                              key(migration, step_no));
    std::set<std::uint32_t> result;
    for (std::size_t i = 0; i < rows.size(); ++i)
        result.insert(static_cast<std::uint32_t>(rows[i].integer("writer")));
    return result;
}

std::int64_t changed_from(Sql &sql, const std::string &migration, int step_no, std::int64_t block)
{
    return sql.run("SELECT coalesce(sum(rows_changed), 0) AS n FROM hotswap._migration_chunks WHERE migration_id = $1 AND step_no = $2::integer AND block_to > $3",
                   {migration, static_cast<std::int64_t>(step_no), block})[0]
        .integer("n");
}

std::int64_t rows_left(Sql &sql, const std::string &migration, int step_no)
{
    return sql.run("SELECT coalesce(sum(rows_left), 0) AS n FROM hotswap._migration_chunks WHERE migration_id = $1 AND step_no = $2::integer",
                   key(migration, step_no))[0]
        .integer("n");
}

}  // namespace hotswap::store
