// What a rehearsal keeps from statement to statement. For the files of the rehearsal only.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "bridge/clone_set.hpp"
#include "bridge/rehearsal.hpp"
#include "bridge/scratch_schemas.hpp"
#include "bridge/session.hpp"

struct SnapshotData;

namespace hotswap::bridge {

struct Rehearsal::State {
    explicit State(Clones clones);

    Subtransaction whole;     // first: everything else goes before it is rolled back
    unsigned caller;
    ScratchSchemas schemas;
    CloneSet clones;
    SnapshotData *start_snapshot;
    bool is_running = false;  // the statement itself, not what is done for it

    bool is_without_effect = false;   // the statement, on the definitions of relations
    bool is_behind = false;           // what is there is not what the script would have made of it

    // A clone before the statement.
    struct Before {
        std::string relation;   // as shown to people
        std::string schema, name;
        char kind;
        unsigned file;
        long scans;
        int original_lock;      // ours, on the original
    };
    std::map<unsigned, Before> before;        // by the clone
    std::map<unsigned, int> other_locks;      // strong ones on relations that are not ours, before
    std::map<unsigned, bool> known_ours;

    std::set<unsigned> changed;               // the user's relations whose definitions the script has changed

    // As at the last subtransaction that was kept.
    CloneSet::Registry marked_clones;
    ScratchSchemas::Registry marked_schemas;
    void mark();

    void run(const std::string &text, Rehearsed *result);
    PgError with_real_names(PgError error) const;

    void remember();                          // what is, before a statement
    std::vector<core::Touch> observe();       // what has become of it. ERRORS: NotRehearsed when it reached beyond the clones
    void settle();                            // gives back all locks on what is ours, so that the next statement's are seen
    bool is_ours(unsigned relation);          // made in the rehearsal
    Before look_at(unsigned clone, unsigned original);
    void adopt(unsigned relation);            // a new one of ours, in the registry
};

}  // namespace hotswap::bridge
