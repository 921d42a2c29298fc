// Was a row version there when a change log began?
//
// Why row versions that existed when the log began are enough, and each is met once: the trigger was committed while nobody else
// could write (ACCESS EXCLUSIVE), so a version either was committed before that moment (its xmin is done in the snapshot taken
// under the lock) or its key is in the log. The twin after the copy is therefore a subset of the table as it was at that one
// moment: no key twice, every unique and exclusion constraint kept, whatever the application did meanwhile. Versions that have
// been replaced or deleted since are in the log as well; catching up takes them out or brings them up to date.
//
// xmin cannot tell for a frozen version (VACUUM has replaced its meaning; the number may be from an earlier round of the 32 bits)
// and for subtransactions when the snapshot held too many of them. Such rows come back as unsure: the log knows.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "bridge/postgres.hpp"

namespace hotswap::bridge {

enum class Age { before, after, unsure };

// The snapshot of the moment the log began, as the server can use it and as text was taken apart.
struct Beginning {
    TransactionId xmin, xmax;
    TransactionId *running;      // sorted
    int running_count;
    bool overflowed;
};

struct BeginningText {
    TransactionId xmin = 0, xmax = 0;
    std::vector<TransactionId> running;
    bool overflowed = false;
};

// Of snapshot_text(). ERRORS: XX000 when it is none.
BeginningText parse_beginning(const std::string &text);
Beginning keep_beginning(TransactionId xmin, TransactionId xmax, const TransactionId *running, int count, bool overflowed);   // allocates
Age age_of(const Beginning &beginning, HeapTupleHeader row);

}  // namespace hotswap::bridge
