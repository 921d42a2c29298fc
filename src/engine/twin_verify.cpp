// twin_verify: proves that a table and its twin hold the same rows, in both directions, whole rows through the migration's own
// expressions. No lock is needed: a change and its entry in the log commit together, so at one snapshot every difference must be
// one that the log knows of.
//
// Every chunk has one snapshot of its own, and every row of both sides belongs to one kind of chunk:
//  - a chunk of the copy: the rows the copy took from the table's blocks (those from before the log) and the rows its transaction
//    wrote into the twin are summed up; what the log has is left out on both sides. Equal sums, equal rows. If they are not
//    equal, all of them are compared one by one, by key;
//  - rows of the table that came later, and rows of the twin that no chunk wrote (catching up did), are looked up by key.
// Differences are named in _migration_events and put into the log (catching up makes them right); then the proof begins again,
// until one whole pass finds none.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include "bridge/change_log.hpp"
#include "bridge/error.hpp"
#include "bridge/heap_chunk.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "bridge/stop_point.hpp"
#include "bridge/table_digest.hpp"
#include "core/error.hpp"
#include "engine/changes.hpp"
#include "engine/chunk_stream.hpp"
#include "engine/crash_mark.hpp"
#include "engine/limits.hpp"
#include "engine/rewrite.hpp"
#include "engine/twin_flow.hpp"
#include "store/events.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Digest;
using bridge::Sql;
using bridge::Transaction;

constexpr int kPasses = 3;
constexpr const char *kAgain = "verify begins again";
constexpr const char *kRepaired = "verify repaired rows";
constexpr std::int64_t kTailBlocks = 512;     // of the table behind the copied range, looked up row by row
constexpr std::int64_t kLongLog = 5000;       // entries
constexpr std::size_t kPlaces = 5000;         // rows looked up by one query

std::string place(std::int64_t block)
{
    return "(" + std::to_string(block) + ",0)";
}

// The chunks of this step count positions. One for each chunk of the copy, with its share of the search for rows of the twin that
// no chunk wrote; one for what the twin has behind all of them; then the table's blocks behind the copied range, in pieces.
class Proof {
  public:
    Proof(Sql &sql, const StepContext &context) : context_(context)
    {
        flow_ = load_flow(sql, context, store::load_twin(sql, context.migration.id, context.step().member), Direction::forward);
        for (const store::StepRow &row : store::load_steps(sql, context.migration.id))
            // A copy in an order of its own has no blocks that belong together: then all rows are looked up by key.
            if (row.step.kind == core::StepKind::copy && row.step.member == context.step().member && flow_.row.twin.order_by.empty())
                copied_ = store::copied_chunks(sql, context.migration.id, row.number);
        for (const store::CopiedChunk &chunk : copied_)
            writers_.push_back(chunk.writer);
        copied_to_ = copied_.empty() ? 0 : copied_.back().block_to;
        for (const store::CopiedChunk &chunk : copied_)
            written_to_ = std::max(written_to_, chunk.target_to);
        for (const core::FlowColumn &column : flow_.flow.columns) {
            if (!column.value.empty())
                columns_.computed.push_back({column.name, column.value});
            if (column.unstable)
                columns_.unstable.push_back(column.name);
        }
        for (const core::FlowKey &key : flow_.flow.key)
            columns_.key.push_back({key.column, key.to_target});
    }

    std::int64_t positions() const
    {
        const std::int64_t tail = std::max<std::int64_t>(0, bridge::relation_blocks(flow_.source) - copied_to_);
        return static_cast<std::int64_t>(copied_.size()) + 1 + (tail + kTailBlocks - 1) / kTailBlocks;
    }

    store::ChunkCounts prove(const store::Chunk &chunk) const
    {
        const double started = bridge::now_ms();
        Transaction transaction(Transaction::Sees::one_snapshot);
        // Both sides are looked up by their keys; reading all of the other side for every chunk would not end.
        for (const char *setting : {"enable_hashjoin", "enable_mergejoin", "jit"})
            bridge::set_local(setting, "off");
        bridge::set_local("work_mem", std::to_string(memory_kb(256 * 1024)) + "kB");   // for the keys in the log
        std::vector<std::string> keys;
        {
            const Authority authority = Authority::of_role(flow_.owner);
            Sql sql;
            for (std::int64_t position = chunk.block_from; position < chunk.block_to; ++position)
                compare(sql, position, &keys);
            for (const std::string &key : keys)
                sql.run(core::relog_sql(flow_.flow), {key});
        }
        store::ChunkCounts counts;
        counts.rejected = static_cast<std::int64_t>(keys.size());   // of this chunk; summed up at the end
        {
            const Authority authority = Authority::of_store();
            Sql sql;
            if (!keys.empty())
                store::add_event(sql, context_.migration.id, kRepaired, context_.row.number, named(keys));
            store::finish_chunk(sql, context_.migration.id, context_.row.number, chunk, counts, bridge::now_ms() - started);
        }
        HOTSWAP_STOP("twin_verify_before_commit");
        transaction.commit();
        return counts;
    }

    const TwinFlow &flow() const { return flow_; }

  private:
    void compare(Sql &sql, std::int64_t position, std::vector<std::string> *keys) const
    {
        const auto chunks = static_cast<std::int64_t>(copied_.size());
        if (position < chunks) {
            compare_chunk(sql, copied_[static_cast<std::size_t>(position)], keys);
            find_extra(sql, position * written_to_ / chunks, (position + 1) * written_to_ / chunks, keys);
        } else if (position == chunks) {
            find_extra(sql, written_to_, bridge::relation_blocks(flow_.target) + 1, keys);
        } else {
            // What the table has grown by since the step began is in the log.
            const std::int64_t from = copied_to_ + (position - chunks - 1) * kTailBlocks;
            collect(sql.run(core::missing_sql(flow_.flow, core::Rows::in_range), {place(from), place(from + kTailBlocks)}), keys);
        }
    }

    void find_extra(Sql &sql, std::int64_t from, std::int64_t to, std::vector<std::string> *keys) const
    {
        if (to > from)
            look_up(sql, core::extra_sql(flow_.flow, core::Rows::at_places), bridge::written_by_others(flow_.target, writers_, from, to), keys);
    }

    void compare_chunk(Sql &sql, const store::CopiedChunk &chunk, std::vector<std::string> *keys) const
    {
        const auto logged = bridge::logged_keys(flow_.log, flow_.target, columns_);
        const Digest table = bridge::digest_table(flow_.source, flow_.target, columns_, flow_.row.began_at, logged, chunk.block_from, chunk.block_to);
        Digest twin;
        if (chunk.target_to > chunk.target_from)
            twin = bridge::digest_twin(flow_.target, columns_, {chunk.writer}, logged, chunk.target_from, chunk.target_to);
        if (!table.sure || table.sum != twin.sum || table.rows != twin.rows) {
            collect(sql.run(core::missing_sql(flow_.flow, core::Rows::in_range), {place(chunk.block_from), place(chunk.block_to)}), keys);
            collect(sql.run(core::extra_sql(flow_.flow, core::Rows::in_range), {place(chunk.target_from), place(chunk.target_to)}), keys);
            return;
        }
        look_up(sql, core::missing_sql(flow_.flow, core::Rows::at_places), table.others, keys);
    }

    static void look_up(Sql &sql, const std::string &query, const std::vector<std::string> &places, std::vector<std::string> *keys)
    {
        for (std::size_t from = 0; from < places.size(); from += kPlaces) {
            const auto begin = places.begin() + static_cast<std::ptrdiff_t>(from);
            const auto end = places.begin() + static_cast<std::ptrdiff_t>(std::min(places.size(), from + kPlaces));
            collect(sql.run(query, {std::vector<std::string>(begin, end)}), keys);
        }
    }

    static void collect(const bridge::Rows &rows, std::vector<std::string> *keys)
    {
        for (std::size_t i = 0; i < rows.size(); ++i)
            keys->push_back(rows[i].text("key"));
    }

    std::string named(const std::vector<std::string> &keys) const
    {
        std::string text = std::to_string(keys.size()) + " of " + flow_.row.relation + ": ";
        for (std::size_t i = 0; i < std::min<std::size_t>(keys.size(), 5); ++i)
            text += (i == 0 ? "" : ", ") + keys[i];
        return text + (keys.size() > 5 ? ", ..." : "");
    }

    const StepContext &context_;
    TwinFlow flow_;
    std::vector<store::CopiedChunk> copied_;
    std::vector<std::uint32_t> writers_;
    std::int64_t copied_to_ = 0, written_to_ = 0;
    bridge::DigestColumns columns_;
};

void prove_again(Sql &sql, const StepContext &context)
{
    store::forget_chunks(sql, context.migration.id, context.row.number);
    for (const store::StepRow &row : store::load_steps(sql, context.migration.id))
        if (row.step.kind == core::StepKind::catch_up || row.number == context.row.number)
            store::step_pending(sql, context.migration.id, row.number);
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
    prove_again(sql, context);
    if (store::count_events(sql, context.migration.id, kAgain) >= kPasses) {
        store::Migration migration = store::lock_migration(sql, context.migration.id);
        (void)store::take_event(sql, &migration, core::Event::trip,
                                std::to_string(differing) + " rows of " + context.step().relation + " differ from the copy after " + std::to_string(kPasses) +
                                    " passes, see hotswap._migration_events; something writes past the triggers. Type hotswap.resume('" +
                                    context.migration.id + "') to try again, or hotswap.rollback.");
    }
    return false;
}

void shorten_log(const StepContext &context, const TwinFlow &flow)
{
    std::int64_t entries = 0;
    store::in_transaction([&](Sql &) { entries = bridge::survey_log(flow.log, 1).entries; });
    if (entries > kLongLog)
        (void)apply_round(context, flow, [&](Sql &sql) { return still_wanted(sql, context); });
}

}  // namespace

Ended run_twin_verify(const StepContext &context)
{
    std::optional<Proof> proof;
    ChunkStream stream;
    bool again = false;
    store::in_transaction([&](Sql &sql) {
        again = begin_again_after_crash(sql, context);
        if (again)
            return;
        proof.emplace(sql, context);
        stream.blocks = proof->positions();
    });
    if (again)
        return Ended::stopped;
    HOTSWAP_STOP("twin_verify_begun");
    stream.may_be_looked_at = false;
    stream.rejects_end_it = false;
    stream.limits.target_ms = bridge::settings().chunk_time_ms;
    stream.limits.ceiling_blocks = 8;   // positions: each may stand for a whole chunk of the copy
    stream.work = [&](const store::Chunk &chunk) {
        try {
            return proof->prove(chunk);
        } catch (const bridge::PgError &error) {
            if (!error.is_about_data())
                throw;
            // A row has come that cannot be converted: catching up puts it down as such.
            store::in_transaction([&](Sql &sql) { prove_again(sql, context); });
            throw bridge::PgError::retry_later(error.message);
        }
    };
    // The log grows while we prove, and everything in it has to be left out: one stream keeps it short. That does not disturb the
    // others, who see both sides and the log at one snapshot each.
    // Before a chunk, not after it: the pause after a chunk is for the chunk, and a log that is worked off only a tenth of the time
    // of a busy server grows.
    stream.stop_before = [&]() -> std::optional<std::string> {
        if (context.stream == 1)
            shorten_log(context, proof->flow());
        return std::nullopt;
    };
    stream.at_end = [&](Sql &sql) { return is_clean(sql, context) ? AtEnd::over : AtEnd::more; };
    return run_chunks(context, stream);
}

}  // namespace hotswap::engine
