// The undo of a statement that is run as written, where only the moment of running tells what it was: which privileges a GRANT or REVOKE
// really changed, and whether CREATE ... IF NOT EXISTS made anything.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "bridge/sql.hpp"
#include "core/plan.hpp"

namespace hotswap::engine {

// Around the statements of a step, in their transaction.
class ExactUndo {
  public:
    // Before them. REQUIRES: store authority, as for all of this.
    ExactUndo(bridge::Sql &sql, const core::Step &step);
    // After them: true when the step's undo has to be another than was planned.
    bool changed(bridge::Sql &sql);
    const std::vector<std::string> &undo() const { return undo_; }

  private:
    std::vector<std::string> undo_;
    bool privileges_ = false, makes_ = false;
    std::string before_;
};

}  // namespace hotswap::engine
