// May a backfill take its next chunk, and how long does it rest before it? In this version: the replication lag the user set
// a limit for (stops), and the clients at work (slows down).
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>

#include "engine/step_context.hpp"
#include "store/holds.hpp"

namespace hotswap::engine {

// Why not, with the observed value and the limit; nothing when it may. REQUIRES: outside a transaction.
std::optional<store::Hold> throttled(const StepContext &context);

// Paces one stream by the load of the server. Lives as long as the stream.
class Pace {
  public:
    // Samples the load. REQUIRES: outside a transaction.
    void look();
    double rest_ms(double chunk_ms) const;
    double chunk_target_ms() const;

  private:
    double active_clients_ = -1;   // nothing seen yet
};

}  // namespace hotswap::engine
