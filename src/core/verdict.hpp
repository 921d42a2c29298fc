// A verdict: what PostgreSQL would do with a statement run as it stands. One for each relation and operation.
// Rules (core/rules_*.cpp) and the rehearsal (bridge/rehearsal) both give touches; api/analyze turns them into rows.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

namespace hotswap::core {

// In the server's order and with its numbers, so that the stronger one is the greater one.
enum class LockMode {
    none = 0,
    access_share,
    row_share,
    row_exclusive,
    share_update_exclusive,
    share,
    share_row_exclusive,
    exclusive,
    access_exclusive,
};

// One relation that a statement touches, and how.
struct Touch {
    unsigned oid = 0;            // the user's own relation; 0 when an earlier statement of the same script makes it
    std::string relation;        // schema-qualified where it is not in the search path, quoted where needed
    char kind = 'r';             // pg_class.relkind
    LockMode lock = LockMode::none;
    bool rewrites = false;       // its heap is written anew
    bool scans = false;          // its heap is read in full
};

// "ACCESS EXCLUSIVE"; empty for none.
const char *to_text(LockMode mode);
// Who waits while a relation is locked like this: "nothing", "writes", "reads and writes".
const char *blocked_by(LockMode mode);

}  // namespace hotswap::core
