// The executors that a conductor has started: which are alive, starting more, and what they wait for.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <map>
#include <string>
#include <utility>

#include "bridge/process.hpp"
#include "bridge/sql.hpp"
#include "store/migrations.hpp"

namespace hotswap::worker {

// Executors this conductor has started, by migration number and stream. Lost with the process: what lives beyond it is found
// again by the executors' advisory locks.
class Executors {
  public:
    bool alive(bridge::Sql &sql, int migration_number, int stream);
    bool any_alive(bridge::Sql &sql, int migration_number);
    // False when no worker slot is free.
    bool start(int migration_number, int step_no, int stream, const std::string &label);
    // As pg_cancel_backend, to everyone at work on the migration; each at most once a second.
    void cancel(bridge::Sql &sql, int migration_number);
    // Says in the migration's reason whom its executors wait for in a lock queue, and takes it back when they no longer do.
    void explain_waits(bridge::Sql &sql, const store::Migration &migration);

    // Whether the last look at the change log behind a switch was long enough ago; counts as a look.
    bool is_time_to_tend(int migration_number);

  private:
    std::map<int, double> last_tended_ms_;
    std::map<std::pair<int, int>, bridge::WorkerHandle> started_;
    double last_cancel_ms_ = 0;
    std::map<int, double> last_look_ms_;          // by migration number
    std::map<int, std::string> explained_;        // what explain_waits wrote
};

}  // namespace hotswap::worker
