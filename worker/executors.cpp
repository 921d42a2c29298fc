// See executors.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "worker/executors.hpp"

#include <algorithm>

#include "bridge/locks.hpp"
#include "bridge/session.hpp"
#include "engine/lock_policy.hpp"

namespace hotswap::worker {

namespace {

using bridge::Sql;
using store::Migration;

constexpr double kTendMs = 2000;             // how often previous is brought up to date while a migration waits after its switch

}  // namespace

bool Executors::alive(Sql &sql, int migration_number, int stream)
{
    const auto found = started_.find({migration_number, stream});
    if (found != started_.end()) {
        if (found->second.alive())
            return true;
        started_.erase(found);
    }
    // One that an earlier conductor started. Its stream is unknown, so it counts for all of them: it ends soon enough.
    const auto pids = bridge::stream_pids(sql, migration_number);
    return std::any_of(pids.begin(), pids.end(), [&](int pid) {
        return std::none_of(started_.begin(), started_.end(), [pid](const auto &entry) { return entry.second.pid() == pid; });
    });
}

bool Executors::any_alive(Sql &sql, int migration_number)
{
    for (const auto &[key, handle] : started_)
        if (key.first == migration_number && handle.alive())
            return true;
    return !bridge::stream_pids(sql, migration_number).empty();
}

bool Executors::start(int migration_number, int step_no, int stream, const std::string &label)
{
    const bridge::WorkerArguments arguments = {bridge::current_database(), migration_number, step_no, stream};
    const auto handle = bridge::start_worker(bridge::WorkerKind::executor, arguments, label);
    if (!handle)
        return false;
    started_[{migration_number, stream}] = *handle;
    return true;
}

void Executors::explain_waits(Sql &sql, const Migration &migration)
{
    const double now = bridge::now_ms();
    double &last_look = last_look_ms_[migration.number];
    if (now - last_look < 1000)
        return;
    last_look = now;
    std::string reason;
    for (const int pid : bridge::stream_pids(sql, migration.number))
        if (const auto blocker = engine::blocker_of_process(sql, pid))
            reason = "waiting for " + blocker->description;
    std::string &explained = explained_[migration.number];
    if (!reason.empty())
        store::set_reason(sql, migration.id, reason);
    else if (!explained.empty() && migration.reason == explained)
        store::set_reason(sql, migration.id, "");
    explained = reason;
}

bool Executors::is_time_to_tend(int migration_number)
{
    const double now = bridge::now_ms();
    double &last = last_tended_ms_[migration_number];
    if (now - last < kTendMs)
        return false;
    last = now;
    return true;
}

void Executors::cancel(Sql &sql, int migration_number)
{
    const double now = bridge::now_ms();
    if (now - last_cancel_ms_ < 1000)
        return;
    last_cancel_ms_ = now;
    // The lock proves that the pid is still one of ours.
    for (const int pid : bridge::stream_pids(sql, migration_number))
        bridge::signal_cancel(pid);
}

}  // namespace hotswap::worker
