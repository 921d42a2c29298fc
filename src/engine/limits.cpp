// See limits.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/limits.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "bridge/locks.hpp"
#include "bridge/own_use.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Sql;

constexpr double kCountMs = 1000;               // executors come and go
constexpr std::int64_t kLeastWorkKb = 64;       // the server's own lower bounds
constexpr std::int64_t kLeastMaintenanceKb = 1024;
constexpr std::int64_t kLeastChunkKb = 64;

std::string whole(double number)
{
    return std::to_string(static_cast<std::int64_t>(std::llround(number)));
}

core::Restraint restraint(const std::string &what, double used, double limit, const std::string &unit)
{
    return {what, core::restraint_of_rate(used, limit), what + " is " + whole(used) + unit + ", the limit is " + whole(limit) + unit};
}

std::int64_t setting_kb(Sql &sql, const char *name)
{
    return sql.run("SELECT pg_size_bytes(current_setting($1)) / 1024 AS kb", {std::string(name)})[0].integer("kb");
}

}  // namespace

void Limits::count()
{
    const bridge::OwnUse use = bridge::own_use();
    const bridge::Settings &settings = bridge::settings();
    const double now = bridge::now_ms();
    cpu_.count(now, use.cpu_ms, settings.cpu_limit * 10.0 / executors_);   // percent of 1000 ms a second
    io_.count(now, use.io_bytes, settings.io_limit_kb * 1024.0 / executors_);
}

void Limits::worked(const StepContext &context)
{
    restraints_.clear();
    const bridge::Settings &settings = bridge::settings();
    if (settings.cpu_limit == 0 && settings.io_limit_kb == 0) {
        count();
        return;
    }
    const double now = bridge::now_ms();
    if (now - counted_at_ms_ >= kCountMs) {
        counted_at_ms_ = now;
        store::in_transaction([&](Sql &sql) { executors_ = std::max(1.0, static_cast<double>(bridge::stream_pids(sql, context.migration.number).size())); });
    }
    count();
    if (settings.cpu_limit > 0)
        restraints_.push_back(restraint("CPU time of its workers", cpu_.used_a_second() * executors_ / 10, settings.cpu_limit, " %"));
    if (settings.io_limit_kb > 0)
        restraints_.push_back(restraint("IO of its workers", io_.used_a_second() * executors_ / 1024, settings.io_limit_kb, " kB/s"));
}

double Limits::rest_ms()
{
    count();
    return std::max(cpu_.rest_ms(), io_.rest_ms());
}

void limit_this_process(const StepContext &context)
{
    const bridge::Settings &settings = bridge::settings();
    if (settings.memory_limit_kb > 0) {
        const int sharers = context.step().kind == core::StepKind::index_build ? 1 : std::max(1, context.streams);
        const std::int64_t part = settings.memory_limit_kb / sharers;
        std::int64_t maintenance = 0, work = 0;
        store::in_transaction([&](Sql &sql) {
            maintenance = std::min(setting_kb(sql, "maintenance_work_mem"), std::max(kLeastMaintenanceKb, part));
            work = std::min(setting_kb(sql, "work_mem"), std::max(kLeastWorkKb, part));
        });
        // Outside of a transaction: for the process, not for the rights that the reading had.
        bridge::set_session("maintenance_work_mem", std::to_string(maintenance));
        bridge::set_session("work_mem", std::to_string(work));
        bridge::set_session("hash_mem_multiplier", "1");
    }
    if (settings.cpu_limit > 0) {
        bridge::set_session("max_parallel_maintenance_workers", "0");
        bridge::set_session("max_parallel_workers_per_gather", "0");
    }
}

std::int64_t memory_kb(std::int64_t wanted_kb)
{
    const std::int64_t limit = bridge::settings().memory_limit_kb;
    return limit == 0 ? wanted_kb : std::max(kLeastWorkKb, std::min(wanted_kb, limit));
}

std::int64_t chunk_memory_kb(const StepContext &context)
{
    const std::int64_t wanted = bridge::settings().chunk_bytes_kb, limit = bridge::settings().memory_limit_kb;
    return limit == 0 ? wanted : std::min(wanted, std::max(kLeastChunkKb, limit / std::max(1, context.streams)));
}

}  // namespace hotswap::engine
