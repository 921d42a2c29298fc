// See backfill_chunk.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/backfill_chunk.hpp"

#include <optional>

#include "bridge/error.hpp"
#include "bridge/heap_chunk.hpp"
#include "bridge/session.hpp"
#include "bridge/stop_point.hpp"
#include "core/identifier.hpp"
#include "engine/dual_write.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::HeapChunk;
using bridge::PgError;
using bridge::Sql;

// SELECTs the row by its tid as two jsonb values: its key, and the columns the conversion reads.
std::string reject_query(Sql &sql, const StepContext &context)
{
    const auto relation = static_cast<std::int64_t>(context.migration.relation_oid);
    const bridge::Rows keys = sql.run("SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)"
                                      " WHERE i.indrelid = $1::oid AND i.indisprimary ORDER BY array_position(i.indkey::smallint[], a.attnum)",
                                      {relation});
    std::string key;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::string name = keys[i].text("attname");
        key += (key.empty() ? "" : ", ") + core::quote_literal(name) + ", t." + core::quote_identifier(name);
    }
    if (key.empty())
        key = "'ctid', t.ctid::text";
    const bridge::Rows sources =
        sql.run("SELECT DISTINCT unnest(old_columns) AS name FROM hotswap._migration_dual_writes WHERE migration_id = $1", {context.migration.id});
    std::string value;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const std::string name = sources[i].text("name");
        value += (value.empty() ? "" : ", ") + core::quote_literal(name) + ", t." + core::quote_identifier(name);
    }
    const bridge::Row table = sql.run("SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1::oid",
                                      {relation})[0];
    return "SELECT pg_catalog.jsonb_build_object(" + key + ") AS k, pg_catalog.jsonb_build_object(" + value + ") AS v FROM ONLY " +
           core::qualified(table.text("nspname"), table.text("relname")) + " AS t WHERE t.ctid = $1::tid";
}

void record_reject(const StepContext &context, const store::Chunk &chunk, const std::string &tid, const PgError &error)
{
    const Authority authority = Authority::of_store();
    Sql sql;
    const bridge::Rows row = sql.run(reject_query(sql, context), {tid});
    const std::string key = row.empty() ? "{\"ctid\": \"" + tid + "\"}" : row[0].text("k");
    const std::string value = row.empty() ? "" : row[0].text("v");
    store::add_reject(sql, context.migration.id, context.row.number, chunk.number, tid, key, value, error.sqlstate, error.message);
}

bool stays_empty(bridge::DualWriteRow &row)
{
    for (int group = 0; group < row.groups(); ++group)
        if (!row.new_given(group))
            return true;
    return false;
}

void convert(HeapChunk &heap)
{
    keep_equal(heap.row());
    // A row whose new columns stay null is not written, but NOT NULL may be what they are to become.
    if (heap.row().modified() || stays_empty(heap.row()))
        heap.check_constraints();
}

// False when the row was rejected.
bool convert_carefully(const StepContext &context, const store::Chunk &chunk, HeapChunk &heap)
{
    std::optional<PgError> failure;
    {
        bridge::Subtransaction attempt;
        try {
            convert(heap);
            attempt.commit();
            return true;
        } catch (const PgError &error) {
            if (!error.is_about_data())
                throw;
            failure = error;
        }
    }
    record_reject(context, chunk, heap.tid(), *failure);
    return false;
}

}  // namespace

store::ChunkCounts fill_chunk(const StepContext &context, const store::Chunk &chunk, bool careful)
{
    const double started = bridge::now_ms();
    bridge::Transaction transaction;
    store::ChunkCounts counts;
    // heap_update never waits for a row here; this bounds what is left (an index page, a unique check, the relation lock).
    bridge::set_local("lock_timeout", "200ms");
    if (careful) {
        const Authority authority = Authority::of_store();
        Sql sql;
        store::forget_rejects(sql, context.migration.id, context.row.number, chunk);
    }
    {
        const Authority authority = Authority::of_role(table_owner_oid(context));
        HeapChunk heap(context.migration.relation_oid, chunk.block_from, chunk.block_to);
        while (heap.next()) {
            ++counts.seen;
            if (careful) {
                if (!convert_carefully(context, chunk, heap)) {
                    ++counts.rejected;
                    continue;
                }
            } else {
                convert(heap);
            }
            if (!heap.row().modified())
                continue;
            switch (heap.update()) {
            case bridge::UpdateOutcome::updated:
                ++counts.changed;
                if (counts.changed == 1)
                    HOTSWAP_STOP("chunk_first_row");
                break;
            case bridge::UpdateOutcome::locked:
                ++counts.skipped;
                break;
            case bridge::UpdateOutcome::gone:
                break;
            }
        }
        heap.close();
    }
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        store::finish_chunk(sql, context.migration.id, context.row.number, chunk, counts, bridge::now_ms() - started);
    }
    HOTSWAP_STOP("chunk_before_commit");
    transaction.commit();
    HOTSWAP_STOP("chunk_after_commit");
    return counts;
}

}  // namespace hotswap::engine
