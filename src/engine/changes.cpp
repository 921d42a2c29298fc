// See changes.hpp.
//
// Why order does not matter and nothing is lost: a batch works at one snapshot. Whatever its log entries stand for is committed
// in that snapshot, and so is the row that is read for the key; a change that comes later has an entry of its own that the
// snapshot does not see, and that is therefore not deleted. Working off an entry twice does no harm.
//
// Unique keys: the copy equals the table at some snapshot but for the keys in the log. A batch that takes only a part of the
// log can meet a value that has moved from a row outside of it (23505). With everything that the snapshot sees in one batch, all
// old rows go before the first new one comes, and the result is the table at that snapshot: no conflict is left but a real one.
// SPDX-License-Identifier: PostgreSQL
#include "engine/changes.hpp"

#include <algorithm>

#include "bridge/change_log.hpp"
#include "bridge/error.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/stop_point.hpp"
#include "bridge/top_level.hpp"
#include "bridge/twin_heap.hpp"
#include "core/identifier.hpp"
#include "engine/throttle.hpp"
#include "store/chunks.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::PgError;
using bridge::Sql;
using bridge::Transaction;

constexpr std::int64_t kPartBlocks = 64;    // of the log in one batch: about 10,000 keys
constexpr std::int64_t kTidyBlocks = 64;    // a log of that size is vacuumed after a pass

struct Range {
    std::string from = "(0,0)", to = "(4294967295,0)";
};

Range part(std::int64_t number)
{
    return {"(" + std::to_string(number * kPartBlocks) + ",0)", "(" + std::to_string((number + 1) * kPartBlocks) + ",0)"};
}

std::string after(const std::string &place)
{
    const std::size_t comma = place.find(',');
    return place.substr(0, comma + 1) + std::to_string(std::stol(place.substr(comma + 1)) + 1) + ")";
}

// The copy is looked up by its key, row by row: without statistics of the log the planner could choose to read all of it.
void plan_by_key()
{
    for (const char *setting : {"enable_hashjoin", "enable_mergejoin", "jit"})
        bridge::set_local(setting, "off");
}

bool truncated(Sql &sql, const TwinFlow &flow, const Range &range)
{
    return !sql.run("SELECT 1 AS x FROM ONLY " + flow.flow.log + " WHERE \"~op\" = 't' AND ctid >= $1::tid AND ctid < $2::tid LIMIT 1",
                    {range.from, range.to})
                .empty();
}

void apply_range(Sql &sql, const TwinFlow &flow, const Range &range)
{
    if (!flow.flow.keep_values)
        sql.run(core::remove_sql(flow.flow), {range.from, range.to});
    sql.run(core::apply_sql(flow.flow), {range.from, range.to});
    HOTSWAP_STOP("changes_applied");
    sql.run(core::forget_sql(flow.flow), {range.from, range.to});
}

// Everything the snapshot sees. A TRUNCATE is in it like any other entry: the copy is emptied, then the rows that came since,
// all of them in the log, are read.
void apply_everything(Sql &sql, const TwinFlow &flow, const Range &everything = {})
{
    if (truncated(sql, flow, everything))
        sql.run("TRUNCATE ONLY " + flow.flow.target);
    apply_range(sql, flow, everything);
}

// An entry that could not be applied: the copy has no row for it from now on. Whether the table has one.
bool take_out(Sql &sql, const TwinFlow &flow, const Range &entry)
{
    try {
        bridge::Subtransaction attempt;
        sql.run(core::remove_sql(flow.flow), {entry.from, entry.to});
        attempt.commit();
    } catch (const PgError &error) {
        // The key itself cannot be converted: then the copy never had a row for it.
        if (!error.is_about_data())
            throw;
    }
    const bool there = !sql.run(core::current_sql(flow.flow), {entry.from, entry.to}).empty();
    sql.run(core::forget_sql(flow.flow), {entry.from, entry.to});
    return there;
}

// The entries of a part, one by one: those that cannot be converted are put down as rejects, and the copy has no row for them.
void apply_carefully(const StepContext &context, const TwinFlow &flow, const Range &range)
{
    Transaction transaction(Transaction::Sees::one_snapshot);
    plan_by_key();
    bridge::Rows entries;
    {
        const Authority authority = Authority::of_role(flow.owner);
        Sql sql;
        entries = sql.run("SELECT ctid::text AS tid, (to_jsonb(l) - '~op')::text AS key FROM ONLY " + flow.flow.log +
                              " AS l WHERE \"~op\" = 'k' AND ctid >= $1::tid AND ctid < $2::tid ORDER BY ctid",
                          {range.from, range.to});
    }
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const std::string tid = entries[i].text("tid");
        const Range one = {tid, after(tid)};
        std::optional<PgError> failure;
        {
            bridge::Subtransaction attempt;
            try {
                const Authority authority = Authority::of_role(flow.owner);
                Sql sql;
                apply_range(sql, flow, one);
            } catch (const PgError &error) {
                if (!error.is_about_data())
                    throw;
                failure = error;
            }
            if (!failure)
                attempt.commit();
        }
        bool there = false;
        if (failure) {
            const Authority authority = Authority::of_role(flow.owner);
            Sql sql;
            there = take_out(sql, flow, one);
        }
        const Authority authority = Authority::of_store();
        Sql sql;
        sql.run("DELETE FROM hotswap._migration_rejects WHERE migration_id = $1 AND chunk_no = $2::integer AND row_key = $3::jsonb",
                {context.migration.id, static_cast<std::int64_t>(flow.row.member), entries[i].text("key")});
        if (there)
            store::add_reject(sql, context.migration.id, context.row.number, flow.row.member, tid, entries[i].text("key"), "", failure->sqlstate,
                              about_table(flow, failure->message));
    }
    transaction.commit();
}

// Rows that were rejected and have been mended since.
void forget_mended(Sql &sql, const StepContext &context, const TwinFlow &flow, const Range &range)
{
    sql.run("DELETE FROM hotswap._migration_rejects r USING ONLY " + flow.flow.log +
                " AS l WHERE r.migration_id = $1 AND r.chunk_no = $2::integer AND r.row_key = to_jsonb(l) - '~op' AND l.\"~op\" = 'k'"
                "   AND l.ctid >= $3::tid AND l.ctid < $4::tid",
            {context.migration.id, static_cast<std::int64_t>(flow.row.member), range.from, range.to});
}

// False when the migration is not wanted any more.
bool apply_batch(const StepContext &context, const TwinFlow &flow, const std::optional<Range> &range, bool rejects,
                 const std::function<bool(Sql &)> &wanted)
{
    Transaction transaction(Transaction::Sees::one_snapshot);
    plan_by_key();
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        if (!wanted(sql))
            return false;
        if (rejects)
            forget_mended(sql, context, flow, range.value_or(Range{}));
    }
    {
        const Authority authority = Authority::of_role(flow.owner);
        Sql sql;
        range ? apply_range(sql, flow, *range) : apply_everything(sql, flow);
    }
    HOTSWAP_STOP("changes_before_commit");
    transaction.commit();
    return true;
}

struct Survey {
    bridge::LogSurvey log;
    bool rejects = false;
};

Survey survey(const StepContext &context, const TwinFlow &flow)
{
    Survey result;
    store::in_transaction([&](Sql &sql) {
        result.log = bridge::survey_log(flow.log, kPartBlocks);
        result.rejects = store::reject_count(sql, context.migration.id) > 0;
    });
    // The server may begin a scan in the middle when another one is under way.
    std::sort(result.log.parts.begin(), result.log.parts.end());
    result.log.parts.erase(std::unique(result.log.parts.begin(), result.log.parts.end()), result.log.parts.end());
    return result;
}

void tidy(const TwinFlow &flow)
{
    try {
        // Room inside is enough. To cut the file VACUUM would wait seconds for a lock that a busy log never gives, while it grows.
        bridge::run_top_level("VACUUM (TRUNCATE false) " + flow.flow.log, flow.owner, 100);
    } catch (const PgError &error) {
        // Only room is at stake.
        bridge::log("could not vacuum " + flow.flow.log + ": " + error.message);
    }
}

}  // namespace

Round apply_round(const StepContext &context, const TwinFlow &flow, const std::function<bool(Sql &)> &wanted)
{
    Round round;
    const double started = bridge::now_ms();
    const Survey found = survey(context, flow);
    const bridge::LogSurvey &log = found.log;
    round.entries = log.entries;
    const auto apply = [&](const std::optional<Range> &range) {
        const bridge::ScratchMemory scratch;
        return apply_batch(context, flow, range, found.rejects, wanted);
    };
    try {
        if (log.truncated)
            round.wanted = apply(std::nullopt);
        for (const std::int64_t number : log.parts) {
            if (!round.wanted || log.truncated)
                break;
            try {
                round.wanted = apply(part(number));
            } catch (const PgError &error) {
                if (!error.is_about_data())
                    throw;
                try {
                    round.wanted = apply(std::nullopt);
                    break;
                } catch (const PgError &again) {
                    if (!again.is_about_data())
                        throw;
                    apply_carefully(context, flow, part(number));
                }
            }
        }
    } catch (const PgError &error) {
        // 40001: a row of the log was deleted by a round that was thought to be dead. The next round sees it.
        if (!error.is_retryable())
            throw;
        round.whole = false;
    }
    // What has been worked off becomes room for what comes: as often as a share of the file is dead, not after every few entries.
    if (!log.parts.empty() && log.parts.back() * kPartBlocks >= kTidyBlocks && static_cast<std::int64_t>(log.parts.size()) * 4 > log.parts.back())
        tidy(flow);
    round.elapsed_ms = bridge::now_ms() - started;
    return round;
}

bool drain(const TwinFlow &flow, std::int64_t most_entries)
{
    plan_by_key();
    const Authority authority = Authority::of_role(flow.owner);
    Sql sql;
    // One pass over a log that may be mostly empty room; the rest looks only where the entries are.
    const bridge::Row log = sql.run("SELECT count(*) AS n, min(ctid)::text AS first, max(ctid)::text AS last FROM ONLY " + flow.flow.log)[0];
    if (log.integer("n") > most_entries)
        return false;
    if (log.integer("n") > 0)
        apply_everything(sql, flow, {log.text("first"), after(log.text("last"))});
    HOTSWAP_STOP("switch_drained");
    return true;
}

void retry_rejects(const StepContext &context, const std::vector<TwinFlow> &flows)
{
    store::in_transaction([&](Sql &sql) {
        for (const TwinFlow &flow : flows) {
            const bridge::Rows rejected = sql.run("DELETE FROM hotswap._migration_rejects WHERE migration_id = $1 AND chunk_no = $2::integer"
                                                  " RETURNING row_key::text AS key",
                                                  {context.migration.id, static_cast<std::int64_t>(flow.row.member)});
            for (std::size_t i = 0; i < rejected.size(); ++i)
                sql.run(core::relog_sql(flow.flow), {rejected[i].text("key")});
        }
    });
}

bool logs_lag(Sql &sql, const store::Migration &migration)
{
    for (const store::TwinRow &row : store::load_twins(sql, migration.id))
        for (const std::string &log : {core::change_log_name(migration.number, row.member), core::change_log_back_name(migration.number, row.member)})
            if (bridge::own_relation(log) != 0 && !sql.run("SELECT 1 AS x FROM ONLY " + core::qualified("hotswap", log) + " LIMIT 1").empty())
                return true;
    return false;
}

}  // namespace hotswap::engine
