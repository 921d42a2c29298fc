// May a backfill take its next chunk, and how long does it rest before it? In this version: the replication lag the user set
// a limit for (stops), and the clients at work (slows down).
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>

#include "engine/step_context.hpp"

namespace hotswap::engine {

// Why not, with the observed value and the limit; nothing when it may. REQUIRES: outside a transaction.
std::optional<std::string> throttled(const StepContext &context);

// Paces one stream by the load of the server. Lives as long as the stream.
class Pace {
  public:
    // REQUIRES: outside a transaction.
    double rest_after(double chunk_ms);

  private:
    double active_clients_ = 0;
};

}  // namespace hotswap::engine
