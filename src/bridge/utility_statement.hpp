// Utility statements run from a parse tree, as a part of something else: no event trigger fires and no hook of another
// extension sees them. Shared by the parts of the rehearsal; needs the server's types.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "bridge/postgres.hpp"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace hotswap::bridge {

// The parse tree of one statement of ours. ERRORS: PgError.
Node *parse_utility(const std::string &text);

// Runs it, and makes what it did visible. text is what error positions point into. ERRORS: PgError; the subtransaction must
// then be rolled back.
void run_utility(Node *statement, const std::string &text);

inline void run_utility(const std::string &text)
{
    run_utility(parse_utility(text), text);
}

char *kept(const std::string &chars);   // a copy in the server's memory, to be put into a tree

// Each node of a kind in a raw query, expression or list of them. Goes on below the found ones.
std::vector<Node *> nodes_in(Node *tree, NodeTag kind);


}  // namespace hotswap::bridge
