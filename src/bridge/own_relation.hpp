// The small tables a rewrite keeps in schema hotswap beside twin and previous. All of these belong to the table's owner, are
// members of the extension (so pg_dump leaves them out, and nobody drops them by accident) and are marked as part of a rewrite
// (pg_class.relrewrite), so that logical decoding leaves them out.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

namespace hotswap::bridge {

// hotswap.<name>: "~op" ("k" = a key was touched, "t" = the table was truncated) and the key columns as the table has them now.
unsigned create_change_log(const std::string &name, unsigned table, const std::vector<std::string> &key);

// hotswap.<name>: an unlogged table with one row that a crash of the server takes away.
void create_crash_mark(const std::string &name, unsigned table);
// hotswap.<name>: "position" and "place" of the rows of a table, in the order in which they are to be copied. Empty.
void create_order(const std::string &name, unsigned table);
bool is_unlogged(unsigned relation);

unsigned own_relation(const std::string &name);         // OID of hotswap.<name>, 0 when there is none
void drop_own_relation(const std::string &name);        // with everything that belongs to it; nothing when there is none

}  // namespace hotswap::bridge
