// See rates.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/rates.hpp"

#include <optional>

#include "bridge/error.hpp"
#include "bridge/scan_sample.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "bridge/sql.hpp"
#include "store/rates.hpp"

namespace hotswap::engine {

namespace {

constexpr double kKeepMs = 600e3;
constexpr std::int64_t kWorthTrying = 8 << 20;   // smaller tables take no time that matters

// A backend's own.
struct Measured {
    double scan_until_ms, scan, rewrite_until_ms, rewrite;
};
Measured measured;   // NOLINT: one backend, one thread

// A plain rewrite reads, writes, builds indexes and logs; until one was measured here, a quarter of the pace of reading is taken.
constexpr double kRewriteShare = 0.25;

double scan_rate(const std::vector<core::Operation> &operations)
{
    const double now = bridge::now_ms();
    if (now < measured.scan_until_ms)
        return measured.scan;
    const core::Relation *largest = nullptr;
    for (const core::Operation &operation : operations)
        for (const core::Party &party : operation.parties)
            if (party.relation.oid != 0 && party.relation.heap_bytes >= kWorthTrying && (largest == nullptr || party.relation.heap_bytes > largest->heap_bytes))
                largest = &party.relation;
    const std::optional<double> rate = largest == nullptr ? std::nullopt : bridge::sampled_scan_rate(largest->oid);
    if (!rate)
        return core::Rates().scan_bytes;
    measured.scan = *rate;
    measured.scan_until_ms = now + kKeepMs;
    return *rate;
}

double rewrite_rate(double scan)
{
    const double now = bridge::now_ms();
    if (now >= measured.rewrite_until_ms) {
        const bridge::Authority authority = bridge::Authority::of_store();
        bridge::Sql sql;
        measured.rewrite = store::copy_rate(sql).value_or(0);
        measured.rewrite_until_ms = now + kKeepMs;
    }
    return measured.rewrite > 0 ? measured.rewrite : kRewriteShare * scan;
}

bool any(const std::vector<core::Operation> &operations, bool core::Touch::*what)
{
    for (const core::Operation &operation : operations)
        for (const core::Party &party : operation.parties)
            if (!party.relation.fresh && core::touch_of(operation, party).*what)
                return true;
    return false;
}

}  // namespace

core::Rates rates_for(const std::vector<core::Operation> &operations)
{
    core::Rates rates;
    const bool rewrites = any(operations, &core::Touch::rewrites), scans = any(operations, &core::Touch::scans);
    const bridge::Settings &settings = bridge::settings();
    if (settings.scan_rate > 0)
        rates.scan_bytes = 1e6 * settings.scan_rate;
    else if (scans || rewrites)
        rates.scan_bytes = scan_rate(operations);
    if (settings.rewrite_rate > 0)
        rates.rewrite_bytes = 1e6 * settings.rewrite_rate;
    else if (rewrites)
        rates.rewrite_bytes = rewrite_rate(rates.scan_bytes);
    return rates;
}

}  // namespace hotswap::engine
