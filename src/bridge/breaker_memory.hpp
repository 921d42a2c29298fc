// The breakers' counts, shared by all sessions of the server, whether the library is preloaded or not.
//
// A call is counted in memory and not in a table: no row lock to queue for, nothing written, and a failure counts although the
// transaction that tells of it rolls back. What has to outlive the server (the state) is written to the table by the conductor.
// Lifetime: from the first use until the server stops; a crash of the server empties it.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/breaker.hpp"

namespace hotswap::bridge {

// A breaker is one of a table: that of another database, or of an extension that was dropped and made again, is another one.
struct SharedBreaker {
    unsigned database = 0, table = 0;
    char name[64] = {};
    bool known = false;             // has been told its state; false: just been made
    std::int64_t revision = 0;      // of the state that was set by hand last and taken over
    std::uint64_t written = 0;      // core::Breaker::changes that the table has
    double used_ms = 0;
    core::Breaker breaker;
};

inline constexpr int kMostBreakers = 128;   // of a server. One more takes the place of the one that was not used for longest

// Holds one breaker's lock. Between construction and destruction: no call of the server, nothing that throws.
class BreakerLock {
  public:
    // ERRORS: 53200 when there is no shared memory left. REQUIRES: a transaction.
    BreakerLock(unsigned table, const std::string &name);
    ~BreakerLock();
    BreakerLock(const BreakerLock &) = delete;
    BreakerLock &operator=(const BreakerLock &) = delete;

    SharedBreaker *operator->() const { return slot_; }
    SharedBreaker &operator*() const { return *slot_; }

  private:
    SharedBreaker *slot_;
    int number_;
};

// Copies of the breakers of this database whose table does not have their state yet. REQUIRES: a transaction.
std::vector<SharedBreaker> unwritten_breakers(unsigned table);
void breaker_written(const SharedBreaker &copy);

}  // namespace hotswap::bridge
