// Objects of the catalog as the SQL that names them, makes them again, and gives them back what they had.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

namespace hotswap::bridge {

// An object as pg_depend names it.
struct ObjectId {
    unsigned catalog = 0;
    unsigned oid = 0;
    int part = 0;
};

struct ObjectName {
    std::string kind;       // as after ALTER or DROP: "VIEW", "MATERIALIZED VIEW", "STATISTICS"
    std::string identity;   // qualified and quoted, with arguments or "name ON table" where the kind needs it
    std::string owner;      // plain; empty where it has none of its own
    std::string schema;     // plain; empty where it is in none
    std::string comment;
};

ObjectName name_object(const ObjectId &object);

// What makes it again after DROP, with owner, privileges and comment. Empty when the catalog does not know all of it.
std::vector<std::string> recreate(const ObjectId &object);

// What else would go with CASCADE, in words.
std::vector<std::string> dependents_of(const ObjectId &object);

// ALTER SEQUENCE with all that it is set to, but not its value.
std::string sequence_settings(unsigned sequence);

// COMMENT ON ... IS 'text' or NULL
std::string comment_statement(const ObjectName &object, const std::string &comment);

}  // namespace hotswap::bridge
