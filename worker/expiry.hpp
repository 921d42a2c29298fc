// Rollback points whose time is over, and files that nobody needs any more.
// SPDX-License-Identifier: PostgreSQL
#pragma once

namespace hotswap::worker {

// Looks at most every ten seconds, and the first time at once. Never keeps the conductor: the launcher starts one now and then.
class Expiry {
  public:
    void look();

  private:
    double looked_at_ms_ = -1;
};

}  // namespace hotswap::worker
