// See session.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/session.hpp"

#include <algorithm>
#include <cmath>

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"
#include "bridge/own_transactions.hpp"
#include "bridge/own_use.hpp"

extern "C" {
#include "access/xlog.h"
#include "commands/extension.h"
#include "mb/pg_wchar.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"
}

namespace hotswap::bridge {

unsigned current_role()
{
    return ::GetUserId();
}

unsigned role_oid(const std::string &role)
{
    const char *name = role.c_str();
    return guarded([name] { return ::get_role_oid(name, true); });
}

std::string role_name(unsigned role)
{
    return guarded([role] { return static_cast<const char *>(::GetUserNameFromId(role, false)); });
}

bool has_privileges_of(unsigned member, const std::string &role)
{
    const unsigned other = role_oid(role);
    return other != InvalidOid && guarded([member, other] { return ::has_privs_of_role(member, other); });
}

std::string current_search_path()
{
    return setting("search_path");
}

std::string setting(const std::string &name)
{
    const char *chars = name.c_str();
    return guarded([chars] { return static_cast<const char *>(::GetConfigOption(chars, false, false)); });
}

std::string current_time_zone()
{
    return guarded([] { return static_cast<const char *>(::GetConfigOption("TimeZone", false, false)); });
}

void set_time_zone(const std::string &zone)
{
    const char *name = zone.c_str();
    guarded([name] { ::SetConfigOption("TimeZone", name, PGC_USERSET, PGC_S_SESSION); });
}

bool in_recovery()
{
    return ::RecoveryInProgress();
}

double deadlock_timeout_ms()
{
    return DeadlockTimeout;
}

std::int64_t block_size()
{
    return BLCKSZ;
}

namespace {
Oid store_owner()
{
    return guarded([] {
        const Oid schema = ::get_namespace_oid("hotswap", false);
        const Oid table = ::get_relname_relid("_migrations", schema);
        HeapTuple tuple = ::SearchSysCache1(RELOID, ObjectIdGetDatum(table));
        if (!HeapTupleIsValid(tuple))
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("table hotswap._migrations does not exist"),
                            errhint("Run CREATE EXTENSION hotswap in this database.")));
        const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
        ::ReleaseSysCache(tuple);
        return owner;
    });
}
}  // namespace

Authority Authority::of_store()
{
    return Authority(store_owner(), false, {});
}

Authority Authority::of_role(unsigned role, const std::string &search_path)
{
    return Authority(role, true, search_path);
}

Authority::Authority(unsigned role, bool restricted, const std::string &search_path)
{
    Oid saved;
    ::GetUserIdAndSecContext(&saved, &saved_context_);
    saved_role_ = saved;
    guc_level_ = ::NewGUCNestLevel();
    const char *path = search_path.empty() ? "pg_catalog, pg_temp" : search_path.c_str();
    guarded([path] {
        ::set_config_option("search_path", path, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    });
    const int context = saved_context_ | SECURITY_LOCAL_USERID_CHANGE | (restricted ? SECURITY_RESTRICTED_OPERATION : 0);
    ::SetUserIdAndSecContext(role, context);
}

Authority::~Authority()
{
    ::AtEOXact_GUC(false, guc_level_);
    ::SetUserIdAndSecContext(saved_role_, saved_context_);
}

void set_local(const std::string &setting, const std::string &value)
{
    const char *name = setting.c_str();
    const char *text = value.c_str();
    guarded([name, text] { ::set_config_option(name, text, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false); });
}

void set_session(const std::string &setting, const std::string &value)
{
    const char *name = setting.c_str();
    const char *text = value.c_str();
    guarded([name, text] { ::set_config_option(name, text, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SET, true, 0, false); });
}

Transaction::Transaction(Sees sees) : wal_at_begin_(wal_written())
{
    guarded([sees] {
        ::SetCurrentStatementStartTimestamp();
        ::StartTransactionCommand();
        if (sees == Sees::one_snapshot)
            XactIsoLevel = XACT_REPEATABLE_READ;
        ::PushActiveSnapshot(::GetTransactionSnapshot());
    });
}

Transaction::~Transaction()
{
    if (open_)
        ::AbortCurrentTransaction();
}

void Transaction::commit()
{
    const CommitTimer timer(wal_at_begin_);
    guarded([] {
        if (::ActiveSnapshotSet())
            ::PopActiveSnapshot();
        ::CommitTransactionCommand();
    });
    timer.committed();
    open_ = false;
    report_statistics();
}

void Transaction::new_snapshot()
{
    guarded([] {
        if (::ActiveSnapshotSet())
            ::PopActiveSnapshot();
        ::CommandCounterIncrement();
        ::PushActiveSnapshot(::GetTransactionSnapshot());
    });
}

Subtransaction::Subtransaction() : memory_(CurrentMemoryContext), owner_(CurrentResourceOwner)
{
    void *memory = memory_;
    guarded([memory] {
        ::BeginInternalSubTransaction(nullptr);
        ::MemoryContextSwitchTo(static_cast<MemoryContext>(memory));
    });
}

Subtransaction::~Subtransaction()
{
    if (!open_)
        return;
    ::RollbackAndReleaseCurrentSubTransaction();
    ::MemoryContextSwitchTo(static_cast<MemoryContext>(memory_));
    CurrentResourceOwner = static_cast<ResourceOwner>(owner_);
}

void Subtransaction::commit()
{
    guarded([] { ::ReleaseCurrentSubTransaction(); });
    ::MemoryContextSwitchTo(static_cast<MemoryContext>(memory_));
    CurrentResourceOwner = static_cast<ResourceOwner>(owner_);
    open_ = false;
}

namespace {
TimeoutId deadline_timeout = MAX_TIMEOUTS;   // NOLINT: the server's handle of our timer, for the life of the process

// In a signal handler: as if somebody had asked to cancel the statement.
void deadline_passed()
{
    InterruptPending = true;
    QueryCancelPending = true;
    ::SetLatch(MyLatch);
}
}  // namespace

Deadline::Deadline(double ms) : until_ms_(now_ms() + ms)
{
    if (deadline_timeout == MAX_TIMEOUTS)
        deadline_timeout = ::RegisterTimeout(USER_TIMEOUT, deadline_passed);
    ::enable_timeout_after(deadline_timeout, std::max(1, static_cast<int>(std::ceil(ms))));   // never before passed() says so
}

Deadline::~Deadline()
{
    ::disable_timeout(deadline_timeout, false);
    // It may have fired after the last statement.
    if (passed())
        QueryCancelPending = false;
}

bool Deadline::passed() const
{
    return now_ms() >= until_ms_;
}

ScratchMemory::ScratchMemory()
    : scratch_(guarded([] { return AllocSetContextCreate(TopMemoryContext, "hotswap round", ALLOCSET_DEFAULT_SIZES); })),
      saved_(::MemoryContextSwitchTo(static_cast<MemoryContext>(scratch_)))
{
}

ScratchMemory::~ScratchMemory()
{
    ::MemoryContextSwitchTo(static_cast<MemoryContext>(saved_));
    ::MemoryContextDelete(static_cast<MemoryContext>(scratch_));
}

int character_count(const std::string &text, int bytes)
{
    const char *chars = text.c_str();
    return guarded([=] { return ::pg_mbstrlen_with_len(chars, bytes); });
}

void check_for_interrupts()
{
    guarded([] { CHECK_FOR_INTERRUPTS(); });
}

void command_counter_increment()
{
    guarded([] { ::CommandCounterIncrement(); });
}

double now_ms()
{
    return static_cast<double>(::GetCurrentTimestamp()) / 1000.0;
}

double unix_ms()
{
    return now_ms() + static_cast<double>(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY * 1000.0;
}

std::string extension_schema()
{
    const bool present = guarded([] { return OidIsValid(::get_extension_oid("hotswap", true)); });
    return present ? "hotswap" : "";
}

void log(const std::string &line)
{
    const char *text = line.c_str();
    guarded([text] { ereport(LOG, (errmsg("hotswap: %s", text), errhidestmt(true))); });
}

void notice(const std::string &line)
{
    const char *text = line.c_str();
    guarded([text] { ereport(NOTICE, (errmsg("%s", text))); });
}

void warning(const std::string &line, const std::string &hint)
{
    const char *text = line.c_str();
    const char *more = hint.empty() ? nullptr : hint.c_str();
    guarded([text, more] { ereport(WARNING, (errmsg("%s", text), more == nullptr ? 0 : errhint("%s", more))); });
}

}  // namespace hotswap::bridge
