// Ends sessions that are in the way of a switch, where the migration's option force_switch allows it: who holds a lock in conflict
// with its own, or a snapshot that is too old. Lives as long as one executor tries one step.
//
// The policy is read anew each time, so that hotswap.force_switch changes or revokes it while the step waits. Nobody is ended in
// vain: while somebody is in the way who is never ended, the others are left alone.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/force_policy.hpp"
#include "engine/lock_policy.hpp"
#include "engine/step_context.hpp"

namespace hotswap::engine {

class ForcedSwitch {
  public:
    explicit ForcedSwitch(const StepContext &context);

    // True: somebody was ended just now, so it is worth trying again at once. REQUIRES: outside a transaction, as all here.
    bool end_lock_holders(const std::function<std::vector<unsigned>(bridge::Sql &)> &relations, const std::string &mode);
    bool end_snapshot_holders(double age_ms, const std::string &horizon);

    // Why somebody in the way is left alone, to be added to what is told; may be empty.
    const std::string &explanation() const { return explanation_; }

    // Waits that long, less when the policy changes, or asks for a look sooner.
    void stand_back(double ms);

  private:
    struct Victim {
        int pid = 0;
        std::string since;         // the session's start: a pid may be somebody else's by now
        std::string description;
        core::ForceAct act = core::ForceAct::leave;
    };
    bool may_begin();              // the policy says more than wait, and its time has come
    bool end(const LockHolders &holders);
    std::vector<Victim> judge(bridge::Sql &sql, const LockHolders &holders);
    bool signal(const Victim &victim);

    const StepContext &context_;
    const double started_ms_;
    core::ForcePolicy policy_ = core::ForcePolicy::wait;
    double after_ms_ = 0;
    std::map<std::string, double> cancelled_at_ms_, ended_at_ms_;   // by pid and start
    std::string explanation_;
};

}  // namespace hotswap::engine
