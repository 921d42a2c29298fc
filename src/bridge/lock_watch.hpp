// Which locks on relations this backend holds, and giving those on relations of our own back at once.
//
// Separate from locks.cpp, which takes locks: this one only looks at what others of our code have taken.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <vector>

namespace hotswap::bridge {

// The strongest mode held on it in this database, with the server's numbers; 0 none.
int strongest_lock(unsigned relation);

struct HeldLock {
    unsigned relation;
    int mode;   // the strongest
};
// All relations of this database on which this backend holds more than ROW EXCLUSIVE. From the shared table, by our own
// entries in it: the time depends on what we hold, not on what others hold.
std::vector<HeldLock> strong_locks();

// Gives back every lock of the current (sub)transaction on the relation. REQUIRES: nobody else can know the relation.
void release_locks(unsigned relation);

// How often the relation's heap has been read in full in this transaction.
long scans_of(unsigned relation);
// Its file; another number after a rewrite.
unsigned file_of(unsigned relation);

}  // namespace hotswap::bridge
