// Background workers without a server header: starting them, being one, waiting in one.
// Lifetimes: launcher = one a cluster, conductor = one a database while there is work, executor = one step or stream.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bridge/boundary.hpp"

namespace hotswap::bridge {

enum class WorkerKind { launcher, conductor, executor };

struct WorkerArguments {
    unsigned database = 0;
    int number = 0;     // executor: _migrations.number
    int step_no = 0;
    int stream = 0;     // executor: 1 .. parallel
};

// A started worker, to ask whether it still lives. Only meaningful in the process that started it.
class WorkerHandle {
  public:
    WorkerHandle() = default;
    explicit WorkerHandle(void *handle) : handle_(handle) {}
    bool alive() const;
    int pid() const;      // 0 while not (or no longer) running

  private:
    void *handle_ = nullptr;
};

// Called from _PG_init under shared_preload_libraries only.
void register_launcher();

// Nothing when no slot is free (max_worker_processes): a state to wait in, not an error. REQUIRES: inside a transaction or a worker.
std::optional<WorkerHandle> start_worker(WorkerKind kind, const WorkerArguments &arguments, const std::string &label);

// Starts (or wakes) the conductor of this database when the current transaction commits; nothing happens when it rolls back.
void wake_conductor_at_commit();
// At once, whatever becomes of the transaction: for what is not part of it.
void start_conductor_now();

int max_worker_processes();
unsigned current_database();
int current_pid();

// Inside a worker.
void become_worker(const WorkerArguments &arguments, WorkerKind kind);  // signals, connection as the bootstrap superuser
void wait_ms(double ms);                  // until woken, the time is over or the server ends; serves interrupts and reloads
void set_latch_of(int pid);
void signal_cancel(int pid);              // as pg_cancel_backend
void report_activity(const std::string &text);   // pg_stat_activity; empty is idle
WorkerArguments arguments_of_this_worker(std::uintptr_t main_argument);
[[noreturn]] void exit_worker();          // done: not restarted

}  // namespace hotswap::bridge

// A worker's main function behind the boundary.
#define HOTSWAP_WORKER(name)                                                                                  \
    static void name##_body(const ::hotswap::bridge::WorkerArguments &arguments);                             \
    extern "C" void name(std::uintptr_t main_argument);                                                       \
    extern "C" void name(std::uintptr_t main_argument)                                                        \
    {                                                                                                         \
        ::hotswap::bridge::boundary(                                                                          \
            [main_argument]() { name##_body(::hotswap::bridge::arguments_of_this_worker(main_argument)); });  \
    }                                                                                                         \
    static void name##_body([[maybe_unused]] const ::hotswap::bridge::WorkerArguments &arguments)
