// A share of something that is used up with time (CPU time, bytes): use above it is paid for with rest. No clock.
// SPDX-License-Identifier: PostgreSQL
#pragma once

namespace hotswap::core {

// Never more than the share over any stretch of time, but for the last piece of work. Time in which less was used is not saved up:
// a burst is what a limit is there to prevent.
class Allowance {
  public:
    // total: a counter that only grows; a_second: how much of it may be used in a second, 0 = no limit (and no debt).
    void count(double now_ms, double total, double a_second);
    double rest_ms() const;          // until what was used is paid for
    double used_a_second() const { return used_a_second_; }   // between the last two counts

  private:
    bool begun_ = false;
    double at_ms_ = 0, total_ = 0, debt_ = 0, a_second_ = 0, used_a_second_ = 0;
};

}  // namespace hotswap::core
