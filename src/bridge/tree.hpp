// Parse and expression trees: shared by the other files of this folder, needs the server's types.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>

#include "bridge/postgres.hpp"

extern "C" {
#include "parser/parse_node.h"
}

namespace hotswap::bridge {

// All of these may raise: call them inside guarded().

// The single expression that text is: "SELECT <text>" and nothing else. Raises 42601 or 0A000.
Node *parse_scalar(const char *text);

// Where a SELECT keeps its INTO: that of a UNION stands in its leftmost branch.
IntoClause **into_of(SelectStmt *select);

// Text of an expression whose Vars (varno 1) number the columns of shape: every name qualified, columns plain.
// Columns print under the names shape gives them, so a renamed copy of a table's shape renames columns without touching text.
char *deparse_over(TupleDesc shape, Node *expression);

// Whether the expression gives another value when it is computed again later: volatile functions, and those of the clock.
// Other stable functions (casts that read DateStyle, say) give the same as long as the settings are the same.
bool is_unstable(Node *expression);

// While it lives, names resolve in pg_catalog only (and what comes out of deparsing is qualified). Trivial: call leave().
struct LockedPath {
    int level;
    static LockedPath enter();
    void leave() const;
};

}  // namespace hotswap::bridge
