// May a worker do its next piece of work (a step, a chunk) now? Asks the throttle, the limits and the circuit breaker, waits while one
// of them says no, shows what it rests for, and tells the breaker how the work ended.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>

#include "bridge/boundary.hpp"
#include "core/pace.hpp"
#include "engine/limits.hpp"
#include "engine/step_context.hpp"
#include "engine/throttle.hpp"

namespace hotswap::engine {

class Gate {
  public:
    // throttles false: only the breaker is asked, for work that is short or has a patience of its own.
    explicit Gate(const StepContext &context, bool throttles = true) : context_(context), throttles_(throttles) {}
    ~Gate();
    Gate(const Gate &) = delete;
    Gate &operator=(const Gate &) = delete;

    // Rests for the clients at work, after work of that length; pass() shows it.
    void make_way(const Pace &pace, double worked_ms, double most_ms = core::kLongestRestMs);
    // Returns when the work may be done. False: it is no longer wanted. REQUIRES: outside a transaction, as all here.
    bool pass();
    const std::string &rest_shown() const { return shown_; }   // "resting ...", or empty
    // The breaker is half open and this is its trial: let it be small.
    bool is_trial() const { return trial_; }
    void done(std::optional<double> ms);
    void failed(const std::string &sqlstate);

  private:
    bool ask_breaker();
    void give_trial_back();
    double rest_left(double rested_ms);
    void show_rest(double rest_ms);

    const StepContext &context_;
    std::string held_;      // the signal that is shown in the migration's reason
    bool trial_ = false;
    const bool throttles_;
    Throttle throttle_;
    Limits limits_;
    double worked_ms_ = 0;  // by the piece of work before this one
    double way_ms_ = 0;     // and how long it has rested for the clients
    std::string way_;       // why
    std::string shown_;     // what it shows that it rests for
    double shown_at_ms_ = 0;
};

// Tells the breaker of an error that ended a step.
void tell_breaker(const std::string &sqlstate);

}  // namespace hotswap::engine
