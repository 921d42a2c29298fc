// See own_transactions.hpp. A few bytes of those that the server has to spare for libraries that come late: a line a database.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/own_transactions.hpp"

#include "bridge/guard.hpp"

extern "C" {
#include "access/xact.h"
#include "pgstat.h"
#include "port/atomics.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/timestamp.h"
}

namespace hotswap::bridge {

namespace {

constexpr int kMostDatabases = 64;   // of a server. One more takes the last line along, where the figures are then not exact
constexpr int kReportMs = 900;       // sooner than the conductor's usual sample, so that no sample lacks a report

struct Line {
    Oid database;
    pg_atomic_uint64 commits, rollbacks;
};

struct Counts {
    Line *line = nullptr;               // of this process's database; none in a session of a client
    std::int64_t commits = 0, rollbacks = 0;   // not yet reported
    bool counting = false;
    TimestampTz reported = 0;
};
Counts counts;   // NOLINT: of this process, for its life

Line *line_of_database()
{
    return guarded([] {
        ::LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
        bool found = false;
        auto *lines = static_cast<Line *>(::ShmemInitStruct("hotswap own transactions", sizeof(Line) * kMostDatabases, &found));
        if (!found)
            for (Line *line = lines; line != lines + kMostDatabases; ++line) {
                line->database = InvalidOid;
                ::pg_atomic_init_u64(&line->commits, 0);
                ::pg_atomic_init_u64(&line->rollbacks, 0);
            }
        Line *line = lines;
        while (line->database != MyDatabaseId && OidIsValid(line->database) && line != lines + kMostDatabases - 1)
            ++line;
        line->database = MyDatabaseId;
        ::LWLockRelease(AddinShmemInitLock);
        return line;
    });
}

// Just as the server counts them: at the end of each transaction, whoever began it.
void at_transaction_end(XactEvent event, void *)
{
    counts.commits += event == XACT_EVENT_COMMIT;
    counts.rollbacks += event == XACT_EVENT_ABORT;
}

void tell()
{
    if (counts.line == nullptr)
        return;
    ::pg_atomic_fetch_add_u64(&counts.line->commits, counts.commits);
    ::pg_atomic_fetch_add_u64(&counts.line->rollbacks, counts.rollbacks);
    counts.commits = counts.rollbacks = 0;
}

// The server sends the rest of its counts when the process ends.
void at_exit(int, Datum)
{
    tell();
}

}  // namespace

void count_own_transactions()
{
    counts.counting = true;
    guarded([] {
        ::RegisterXactCallback(at_transaction_end, nullptr);
        ::before_shmem_exit(at_exit, 0);
    });
}

void publish_own_transactions()
{
    counts.line = line_of_database();
}

void report_statistics(bool now)
{
    const bool due = counts.counting && (now || ::TimestampDifferenceExceeds(counts.reported, ::GetCurrentTimestamp(), kReportMs));
    if (counts.counting && !due)
        return;
    guarded([due] { ::pgstat_report_stat(due); });
    tell();
    counts.reported = ::GetCurrentTimestamp();
}

OwnTransactions own_transactions()
{
    const Line *line = counts.line != nullptr ? counts.line : line_of_database();
    return {static_cast<std::int64_t>(::pg_atomic_read_u64(const_cast<pg_atomic_uint64 *>(&line->commits))),
            static_cast<std::int64_t>(::pg_atomic_read_u64(const_cast<pg_atomic_uint64 *>(&line->rollbacks)))};
}

}  // namespace hotswap::bridge
