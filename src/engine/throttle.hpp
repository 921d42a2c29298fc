// May a worker take its next chunk or step, and how long does it rest before it? Budgets stop it (replication lag, WAL that slots
// keep, the archive's queue, free disk, old snapshots, lock waiters, autovacuum); rules, gauges and the user's query make it rest in
// proportion, and so does the number of clients at work (Pace).
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>

#include "core/throttle.hpp"
#include "engine/step_context.hpp"
#include "store/holds.hpp"

namespace hotswap::engine {

// Lives as long as the step or stream. REQUIRES: outside a transaction.
class Throttle {
  public:
    std::optional<store::Hold> look(const StepContext &context);   // why not; nothing when it may
    double rest_ms(double worked_ms) const;                        // after work of that length, by the last look
    const std::string &resting() const { return verdict_.resting; } // why

  private:
    core::ThrottleVerdict read(const StepContext &context);

    core::LagClock clock_;
    core::SeenStandbys seen_;
    core::ThrottleVerdict verdict_;
    double read_at_ms_ = 0;
};

// Paces one stream by the load of the server. Lives as long as the stream.
class Pace {
  public:
    // Samples the load. REQUIRES: outside a transaction.
    void look();
    double rest_ms(double chunk_ms) const;
    std::string resting() const;      // why
    double chunk_target_ms() const;

  private:
    double active_clients_ = -1;   // nothing seen yet
};

}  // namespace hotswap::engine
