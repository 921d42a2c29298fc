// Reads DDL with the server's own parser and catalogs and says what it changes, in core's words.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/change.hpp"

namespace hotswap::bridge {

class Rehearsal;

// One statement. Names resolve under the caller's search_path and rights; takes ACCESS SHARE on what it looks at.
// ERRORS: 42601 and friends from the parser; 42501 when the caller does not own the table; 0A000 with the statement's
// position and a hint for everything that is not understood: nothing is ever run blindly.
// clones: names lead to these where the statement rests on what a rehearsal has run; see Rehearsal::prepare.
core::Statement read_ddl(const std::string &text, Rehearsal *clones = nullptr);

// The same for a call that names a table by itself: checks as for a statement about it. Fills all but the changes.
void read_table(unsigned relation, core::Statement *statement);

// An expression stored in a catalog (pg_node_tree as text), printed over a relation's columns with some of them renamed.
struct StoredExpression {
    std::string text;
    std::vector<int> columns;   // attnums it reads
};
std::vector<StoredExpression> print_stored(const std::string &node_tree, unsigned relation, const std::map<std::string, std::string> &renames);

}  // namespace hotswap::bridge
