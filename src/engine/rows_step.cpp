// See rows_step.hpp. Why each row is done once at most is argued in core/plan_rows.cpp; here is how its parts are kept.
//
// A chunk selects its rows, leaves out those that may not be done again, locks the rest without waiting, and changes what it got.
// The lock answers two questions at once: nobody else is at the row, and it is still the version that was looked at (same place,
// same xmin: a place can be taken by another row in between). What it did not get is looked at again later.
//
// Rows wander: the application may move a row that is not done to a block whose turn is over. So after each pass over the table comes
// the last look (core/rows_sql.cpp), in the transaction that records the end: one statement that sees the table at one moment. The few
// rows it finds are changed there, and with them none is left. Are there many, there is another pass. A pass is a stretch of positions
// [n * blocks, (n + 1) * blocks); its last chunk goes to the end of the table, wherever that is by then, a stretch at a time.
//
// A new serial column is filled the same way (kind fill), but no trigger of the table fires and no foreign key is asked, as in the
// rewrite that PostgreSQL would do. What is written meanwhile has a value from the column's default.
// SPDX-License-Identifier: PostgreSQL
#include "engine/rows_step.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "bridge/heap_chunk.hpp"
#include "bridge/session.hpp"
#include "bridge/stop_point.hpp"
#include "core/error.hpp"
#include "core/rollback_point.hpp"
#include "core/row_snapshot.hpp"
#include "core/rows_sql.hpp"
#include "engine/chunk_stream.hpp"
#include "engine/heap_stream.hpp"
#include "engine/hold.hpp"
#include "store/events.hpp"
#include "store/rows_jobs.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;
using bridge::Transaction;

constexpr std::int64_t kMostPasses = 10;          // rows that come as fast as they are changed would keep it at work for ever
constexpr std::size_t kMostAtOnce = 10000;        // rows of the chunk that goes to the end of a table that grows
constexpr std::int64_t kLastBlock = 4294967294;

class RowsJob {
  public:
    // keeping: in place of the change itself, for rows that go to a rollback point; empty: they do not
    RowsJob(const StepContext &context, HeapTarget target, store::RowsJob begun, std::string keeping)
        : context_(context), target_(std::move(target)), begun_(std::move(begun)), snapshot_(begun_.began_at), keeping_(std::move(keeping))
    {
    }

    store::ChunkCounts work(const store::Chunk &chunk)
    {
        const double started = bridge::now_ms();
        Transaction transaction;
        store::ChunkCounts counts;
        std::int64_t left = 0;
        // Rows are never waited for; this bounds what is left (an index page, a foreign key's check, the relation lock).
        bridge::set_local("lock_timeout", "200ms");
        keep_quiet();
        {
            const Authority authority = as_owner();
            Sql sql;
            for (std::int64_t at = chunk.block_from; at < chunk.block_to;) {
                const std::int64_t pass_end = (at / begun_.pass_blocks + 1) * begun_.pass_blocks, to = std::min(chunk.block_to, pass_end);
                const std::int64_t offset = pass_end - begun_.pass_blocks;
                left += change(sql, select(sql, offset > 0 ? core::kSelectAgain : core::kSelectRows, at - offset, to == pass_end ? kLastBlock : to - offset), &counts);
                at = to;
            }
            // Deferred triggers of the table: at commit they would run as nobody's.
            sql.run("SET CONSTRAINTS ALL IMMEDIATE");
        }
        {
            const Authority authority = Authority::of_store();
            Sql sql;
            store::finish_chunk(sql, context_.migration.id, context_.row.number, chunk, counts, bridge::now_ms() - started);
            store::rows_written(sql, context_.migration.id, context_.row.number, chunk, left);
        }
        HOTSWAP_STOP("rows_before_commit");
        transaction.commit();
        HOTSWAP_STOP("rows_after_commit");
        return counts;
    }

    // The range is used up. In the transaction that would record the end.
    AtEnd at_end(Sql &store)
    {
        const std::string &id = context_.migration.id;
        const int step = context_.row.number;
        if (begun_.pass_blocks == 0)
            return AtEnd::over;
        if (context_.step().action.size() <= core::kLastLook) {
            tell_left(store, store::rows_left(store, id, step));
            return AtEnd::over;
        }
        store::ChunkCounts counts;
        const std::int64_t left = last_look(&counts);
        const std::int64_t total = store::load_rows_job(store, id, step).blocks_total, passes = total / begun_.pass_blocks;
        const bool idle = store::changed_from(store, id, step, total - begun_.pass_blocks) == 0;
        store::rows_swept(store, id, step, counts.changed);
        if (counts.skipped > 0 && counts.changed <= core::kMostAtTheEnd)
            return AtEnd::held;
        // An UPDATE whose values a trigger of the table changes finds its own rows again: a pass that changed nothing says so.
        // The last look ends after some rows, so what is beyond them is asked for, too.
        const bool own = !leaves_young() && idle && left == counts.seen && counts.seen > core::kMostAtTheEnd;
        const std::int64_t undone = own ? count_undone() : 0;
        const bool few = leaves_young() ? counts.changed <= core::kMostAtTheEnd : counts.seen <= core::kMostAtTheEnd || (own && undone == 0);
        if (few) {
            if (leaves_young())
                tell_left(store, left);
            return AtEnd::over;
        }
        store::add_pass(store, id, step, begun_.pass_blocks);
        if (idle || passes % kMostPasses == 0) {
            store::Migration migration = store::lock_migration(store, id);
            (void)store::take_event(store, &migration, core::Event::trip, why_more(passes, idle, undone));
        }
        return AtEnd::more;
    }

  private:
    bool leaves_young() const { return context_.step().repetition == "forbidden"; }
    bool is_fill() const { return context_.step().kind == core::StepKind::fill; }

    Authority as_owner() const
    {
        return Authority::of_role(owner_oid(context_), context_.step().caller_path ? context_.migration.search_path : "");
    }

    // Before the role changes: only a superuser may.
    void keep_quiet() const
    {
        if (is_fill())
            bridge::set_local("session_replication_role", "replica");
    }

    // Returns how many rows it left alone. Of an UPDATE the rows are locked already, in their newest version.
    std::int64_t last_look(store::ChunkCounts *counts)
    {
        bridge::set_local("lock_timeout", "200ms");
        keep_quiet();
        const Authority authority = as_owner();
        Sql sql;
        const bridge::Rows rows = select(sql, core::kLastLook, 0, kLastBlock);
        HOTSWAP_STOP("rows_last_look");
        const std::int64_t left = change(sql, rows, counts);
        sql.run("SET CONSTRAINTS ALL IMMEDIATE");
        return left;
    }

    // Rows of the whole table at one moment that lack the change, by who wrote them: these are few.
    bridge::Rows lacking(Sql &sql) const
    {
        return sql.run("SELECT writer, count(*) AS n FROM (" + context_.step().action[core::kSelectAgain] + ") AS rows GROUP BY writer", {tid(0), tid(kLastBlock)});
    }

    // Of these, the ones that are not as the job itself left them.
    std::int64_t count_undone()
    {
        const Authority authority = as_owner();
        Sql sql;
        const bridge::Rows rows = lacking(sql);
        std::int64_t n = 0;
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (may_be_done(static_cast<std::uint32_t>(std::stoul(rows[i].text("writer")))))
                n += rows[i].integer("n");
        return n;
    }

    // undone: how many there are, when only these count.
    std::string why_more(std::int64_t passes, bool idle, std::int64_t undone)
    {
        const Authority authority = as_owner();
        Sql sql;
        std::int64_t n = undone;
        if (n == 0) {
            const bridge::Rows rows = lacking(sql);
            for (std::size_t i = 0; i < rows.size(); ++i)
                n += rows[i].integer("n");
        }
        return std::to_string(n) + " rows of " + target_.relation + " still lack the change after " + std::to_string(passes) +
               (passes == 1 ? " pass: " : " passes: ") +
               (undone > 0 ? "others wrote them behind the last one"
                : idle     ? "the last one could change none of them; a trigger of the table may keep them as they are"
                           : "others write such rows as fast as they are changed; let the application write the new values first") +
               ". Type hotswap.resume('" + context_.migration.id + "') to go on, or hotswap.cancel to leave the rest as it is.";
    }

    void tell_left(Sql &store, std::int64_t left) const
    {
        if (left > 0)
            store::add_event(store, context_.migration.id, "rows left alone", context_.row.number, std::to_string(left));
    }

    static std::string tid(std::int64_t block) { return "(" + std::to_string(block) + ",0)"; }

    bridge::Rows select(Sql &sql, core::RowsAction what, std::int64_t from, std::int64_t to) const
    {
        return sql.run(context_.step().action[what], {tid(from), tid(to)});
    }

    // Returns how many of the rows it left alone.
    std::int64_t change(Sql &sql, const bridge::Rows &rows, store::ChunkCounts *counts)
    {
        const auto &action = context_.step().action;
        std::map<std::string, std::string> wanted;   // place -> xmin
        std::vector<std::string> places;
        std::int64_t left = 0;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const std::string place = rows[i].text("tid"), writer = rows[i].text("writer");
            if (!may_be_done(static_cast<std::uint32_t>(std::stoul(writer)))) {
                ++left;
                continue;
            }
            if (places.size() == kMostAtOnce) {
                ++counts->skipped;   // its turn comes when the chunk is visited again
                continue;
            }
            wanted[place] = writer;
            places.push_back(place);
        }
        counts->seen += static_cast<std::int64_t>(rows.size());
        if (places.empty())
            return left;
        HOTSWAP_STOP("rows_selected");
        const bridge::Rows locked = sql.run(action[core::kLockRows], {places});
        std::vector<std::string> mine;
        for (std::size_t i = 0; i < locked.size(); ++i) {
            const auto found = wanted.find(locked[i].text("tid"));
            if (found != wanted.end() && found->second == locked[i].text("writer"))
                mine.push_back(found->first);
        }
        counts->skipped += static_cast<std::int64_t>(places.size() - mine.size());
        if (!mine.empty())
            counts->changed += static_cast<std::int64_t>(sql.run(keeping_.empty() ? action[core::kChangeRows] : keeping_, {mine}).affected);
        return left;
    }

    bool may_be_done(std::uint32_t writer)
    {
        const std::string &repetition = context_.step().repetition;
        if (repetition == "impossible" || snapshot_.holds(writer))
            return true;
        return repetition == "harmless" && !is_ours(writer);
    }

    bool is_ours(std::uint32_t writer)
    {
        if (ours_.contains(writer))
            return true;
        if (others_.contains(writer))
            return false;
        // A version that is visible was committed, and a chunk of ours is recorded in the transaction that wrote it.
        const Authority authority = Authority::of_store();
        Sql sql;
        ours_ = store::row_writers(sql, context_.migration.id, context_.row.number);
        if (ours_.contains(writer))
            return true;
        others_.insert(writer);
        return false;
    }

    const StepContext &context_;
    const HeapTarget target_;
    const store::RowsJob begun_;
    const core::RowSnapshot snapshot_;
    const std::string keeping_;
    std::set<std::uint32_t> ours_, others_;
};

// Notes the moment and the size, once for all executors.
store::RowsJob begin(const StepContext &context, HeapTarget *target, std::string *keeping)
{
    store::RowsJob job;
    store::in_transaction([&](Sql &sql) {
        const bridge::Row row = sql.run("SELECT to_regclass($1)::oid::bigint AS oid", {context.step().relation})[0];
        if (row.is_null("oid"))
            throw core::Error(core::sqlstate::kUndefinedTable, "table " + context.step().relation + " is gone", "", "Take the migration back with hotswap.rollback.");
        *target = {static_cast<unsigned>(row.integer("oid")), context.step().relation};
        (void)store::load_step(sql, context.migration.id, context.row.number, true);
        store::begin_rows_job(sql, context.migration.id, context.row.number, bridge::relation_blocks(target->oid));
        job = store::load_rows_job(sql, context.migration.id, context.row.number);
        if (context.step().keep == core::kKeepRows)
            *keeping = keeping_rows(context, context.step().action.at(core::kChangeRows));
    });
    return job;
}

}  // namespace

Ended run_rows(const StepContext &context)
{
    HeapTarget target;
    store::RowsJob begun;
    std::string keeping;
    try {
        begun = begin(context, &target, &keeping);
    } catch (const core::Error &error) {
        return fail(context, bridge::describe(error));
    }
    RowsJob job(context, target, begun, keeping);
    VacuumBehind vacuum(context, target);
    LockedRows locked(context, target);
    ChunkStream stream;
    stream.rows = estimated_rows(target);
    stream.blocks = begun.pass_blocks;
    stream.fixed_blocks = blocks_of_batch(context, target);
    stream.limits = chunk_limits(context, target);
    stream.rejects_end_it = false;
    stream.work = [&](const store::Chunk &chunk) { return job.work(chunk); };
    stream.at_end = [&](Sql &sql) { return job.at_end(sql); };
    stream.held_at_end = [&] { return locked.held_up(); };
    stream.after = [&](const store::BackfillState &state) { vacuum.after(state); };
    stream.met_locked_rows = [&](const store::Chunk &chunk, const store::ChunkCounts &counts) { return locked.met(chunk, counts); };
    return run_chunks(context, stream);
}

}  // namespace hotswap::engine
