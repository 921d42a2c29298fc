// See process.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/process.hpp"

#include <cstring>

#include "bridge/guard.hpp"
#include "bridge/own_transactions.hpp"

extern "C" {
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "tcop/tcopprot.h"
#include "utils/backend_status.h"
#include "utils/wait_event.h"
}

#include <csignal>

namespace hotswap::bridge {

namespace {

// What travels in bgw_extra.
struct Extra {
    int32 number;
    int32 step_no;
    int32 stream;
};

// Process-wide state of this file: one flag a transaction, one a worker's life.
struct ProcessState {
    bool wake_at_commit = false;
    bool callback_registered = false;
    bool connected = false;
};
ProcessState process_state;   // NOLINT: the only mutable global of this file

void fill(BackgroundWorker *worker, WorkerKind kind, const WorkerArguments &arguments, const char *label)
{
    memset(worker, 0, sizeof(*worker));
    worker->bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    worker->bgw_start_time = BgWorkerStart_RecoveryFinished;
    strlcpy(worker->bgw_library_name, "hotswap", BGW_MAXLEN);
    worker->bgw_main_arg = ObjectIdGetDatum(arguments.database);
    const Extra extra = {arguments.number, arguments.step_no, arguments.stream};
    memcpy(worker->bgw_extra, &extra, sizeof(extra));
    switch (kind) {
    case WorkerKind::launcher:
        worker->bgw_restart_time = 5;
        strlcpy(worker->bgw_function_name, "hotswap_launcher_main", BGW_MAXLEN);
        strlcpy(worker->bgw_type, "hotswap launcher", BGW_MAXLEN);
        break;
    case WorkerKind::conductor:
        // Comes back by itself after a crash of the cluster's processes; see leave_quietly for when it must not.
        worker->bgw_restart_time = 1;
        strlcpy(worker->bgw_function_name, "hotswap_conductor_main", BGW_MAXLEN);
        strlcpy(worker->bgw_type, "hotswap conductor", BGW_MAXLEN);
        break;
    case WorkerKind::executor:
        worker->bgw_restart_time = BGW_NEVER_RESTART;
        strlcpy(worker->bgw_function_name, "hotswap_executor_main", BGW_MAXLEN);
        strlcpy(worker->bgw_type, "hotswap executor", BGW_MAXLEN);
        break;
    }
    if (label[0] == '\0')
        strlcpy(worker->bgw_name, worker->bgw_type, BGW_MAXLEN);
    else
        snprintf(worker->bgw_name, BGW_MAXLEN, "%s %s", worker->bgw_type, label);
}

// A worker that was told to go (DROP DATABASE, pg_terminate_backend) or whose database is gone must not be restarted
// every second for ever: leaving with 0 unregisters it. The next hotswap call or the launcher starts a new one.
void leave_quietly(int code, Datum)
{
    if (code != 0 && (!process_state.connected || ProcDiePending))
        proc_exit(0);
}

// Runs after commit: must not raise and may not read tables. A conductor that finds another one at work wakes it and goes.
void at_transaction_end(XactEvent event, void *)
{
    // A prepared transaction commits in another session, perhaps much later: the next hotswap call wakes the conductor then.
    if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
        return;
    const bool wake = process_state.wake_at_commit && event == XACT_EVENT_COMMIT;
    process_state.wake_at_commit = false;
    if (!wake)
        return;
    BackgroundWorker worker;
    WorkerArguments arguments;
    arguments.database = MyDatabaseId;
    fill(&worker, WorkerKind::conductor, arguments, "");
    if (!::RegisterDynamicBackgroundWorker(&worker, nullptr))
        ereport(WARNING, (errmsg("no background worker slot is free (max_worker_processes = %d)", ::max_worker_processes),
                          errdetail("The migration is stored and waits."),
                          errhint("It goes on at the next hotswap call after a slot is free, for example hotswap.status().")));
}

}  // namespace

bool WorkerHandle::alive() const
{
    if (handle_ == nullptr)
        return false;
    pid_t pid;
    const auto status = ::GetBackgroundWorkerPid(static_cast<BackgroundWorkerHandle *>(handle_), &pid);
    return status == BGWH_STARTED || status == BGWH_NOT_YET_STARTED;
}

int WorkerHandle::pid() const
{
    pid_t pid = 0;
    if (handle_ == nullptr || ::GetBackgroundWorkerPid(static_cast<BackgroundWorkerHandle *>(handle_), &pid) != BGWH_STARTED)
        return 0;
    return pid;
}

void register_launcher()
{
    BackgroundWorker worker;
    fill(&worker, WorkerKind::launcher, {}, "");
    ::RegisterBackgroundWorker(&worker);
}

std::optional<WorkerHandle> start_worker(WorkerKind kind, const WorkerArguments &arguments, const std::string &label)
{
    BackgroundWorker worker;
    fill(&worker, kind, arguments, label.c_str());
    worker.bgw_notify_pid = MyProcPid;
    BackgroundWorker *pointer = &worker;
    BackgroundWorkerHandle *handle = guarded([pointer] {
        // The handle outlives the round that starts the worker.
        MemoryContext old = ::MemoryContextSwitchTo(TopMemoryContext);
        BackgroundWorkerHandle *result = nullptr;
        if (!::RegisterDynamicBackgroundWorker(pointer, &result))
            result = nullptr;
        ::MemoryContextSwitchTo(old);
        return result;
    });
    if (handle == nullptr)
        return std::nullopt;
    return WorkerHandle(handle);
}

void wake_conductor_at_commit()
{
    if (!process_state.callback_registered) {
        guarded([] { ::RegisterXactCallback(at_transaction_end, nullptr); });
        process_state.callback_registered = true;
    }
    process_state.wake_at_commit = true;
}

void start_conductor_now()
{
    // Without a free slot it stays for the next conductor.
    guarded([] {
        BackgroundWorker worker;
        WorkerArguments arguments;
        arguments.database = MyDatabaseId;
        fill(&worker, WorkerKind::conductor, arguments, "");
        (void)::RegisterDynamicBackgroundWorker(&worker, nullptr);
    });
}

int max_worker_processes()
{
    return ::max_worker_processes;
}

unsigned current_database()
{
    return MyDatabaseId;
}

int current_pid()
{
    return MyProcPid;
}

WorkerArguments arguments_of_this_worker(std::uintptr_t main_argument)
{
    Extra extra;
    memcpy(&extra, MyBgworkerEntry->bgw_extra, sizeof(extra));
    WorkerArguments arguments;
    arguments.database = DatumGetObjectId(main_argument);
    arguments.number = extra.number;
    arguments.step_no = extra.step_no;
    arguments.stream = extra.stream;
    return arguments;
}

void become_worker(const WorkerArguments &arguments, WorkerKind kind)
{
    if (kind != WorkerKind::launcher)
        count_own_transactions();
    guarded([&arguments, kind] {
        if (kind == WorkerKind::conductor)
            ::on_proc_exit(leave_quietly, 0);
        ::pqsignal(SIGHUP, SignalHandlerForConfigReload);
        ::pqsignal(SIGTERM, die);
        ::BackgroundWorkerUnblockSignals();
        if (kind == WorkerKind::launcher)
            ::BackgroundWorkerInitializeConnection(nullptr, nullptr, 0);
        else
            ::BackgroundWorkerInitializeConnectionByOid(arguments.database, InvalidOid, 0);
    });
    process_state.connected = true;
    if (kind != WorkerKind::launcher)
        publish_own_transactions();
    // What a database or the configuration sets for the application's sessions is not meant for ours: each statement must see
    // what has been committed, and nothing may cut a step short but its own lock_timeout.
    guarded([kind] {
        static const char *const ours[][2] = {{"default_transaction_isolation", "read committed"},
                                              {"default_transaction_read_only", "off"},
                                              {"default_transaction_deferrable", "off"},
                                              {"statement_timeout", "0"},
                                              {"lock_timeout", "0"},
                                              {"idle_in_transaction_session_timeout", "0"},
                                              {"transaction_timeout", "0"},
                                              {"session_replication_role", "origin"},
                                              {"row_security", "off"},
                                              {"client_min_messages", "error"},
                                              {"DateStyle", "ISO, YMD"},
                                              {"IntervalStyle", "postgres"}};
        for (const auto &setting : ours)
            if (::GetConfigOption(setting[0], true, false) != nullptr)
                ::set_config_option(setting[0], setting[1], PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SET, true, 0, false);
        // It waits for rows of our own tables only. Who holds one and then wants the tables themselves (DROP EXTENSION) must not be the
        // victim of a deadlock with us: we give up before its deadlock_timeout can pass, and look again.
        if (kind == WorkerKind::conductor) {
            char limit[16];
            ::snprintf(limit, sizeof limit, "%d", Max(DeadlockTimeout / 2, 1));
            ::set_config_option("lock_timeout", limit, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SET, true, 0, false);
        }
        // Its looks, many a second, would hide the statements of a quiet application; and what keeps the way back open during a bake
        // would be judged as if it were the application's.
        if (kind != WorkerKind::launcher && ::GetConfigOption("pg_stat_statements.track", true, false) != nullptr)
            ::set_config_option("pg_stat_statements.track", "none", PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SET, true, 0, false);
    });
}

void wait_ms(double ms)
{
    guarded([ms] {
        if (ms > 0) {
            (void)::WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, static_cast<long>(ms) + 1,
                              PG_WAIT_EXTENSION);
            ::ResetLatch(MyLatch);
        }
        CHECK_FOR_INTERRUPTS();
        if (ConfigReloadPending) {
            ConfigReloadPending = false;
            ::ProcessConfigFile(PGC_SIGHUP);
        }
    });
}

void set_latch_of(int pid)
{
    if (PGPROC *proc = ::BackendPidGetProc(pid))
        ::SetLatch(&proc->procLatch);
}

void signal_cancel(int pid)
{
    (void)::kill(pid, SIGINT);
}

void report_activity(const std::string &text)
{
    if (text.empty())
        ::pgstat_report_activity(STATE_IDLE, nullptr);
    else
        ::pgstat_report_activity(STATE_RUNNING, text.c_str());
}

void exit_worker()
{
    proc_exit(0);
}

}  // namespace hotswap::bridge
