// The schemas of a rehearsal: some of our own stand for each of the user's that is needed. They are made in a subtransaction
// that is rolled back, under a name nobody can guess, so nobody ever sees or meets one.
//
// One of a user's schema is for relations. Everybody may create in it, because a clone is made with the rights of its original's
// owner; so it is in no search_path: a function of that owner, called while an index is made, could leave a trap there. The
// other is for types and functions that the script makes. It is in the search_path, and only the caller may create in it.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hotswap::bridge {

class ScratchSchemas {
  public:
    explicit ScratchSchemas(unsigned owner);   // whose they are; makes none yet

    // The one for types and functions.
    const std::string &objects_of(const std::string &schema);
    std::optional<std::string> find_objects(const std::string &schema) const;
    // The one for relations that stands for the user's schema, made when there is none yet.
    const std::string &standing_for(const std::string &schema);
    std::optional<std::string> find(const std::string &schema) const;
    // The user's schema that a schema of ours stands for.
    std::optional<std::string> user_schema(const std::string &scratch) const;
    std::string real_names(const std::string &text) const;
    // The same for a message: a schema of the search_path is not named.
    std::string message_names(const std::string &text) const;
    // The same for SQL as hotswap writes it: every name quoted.
    std::string sql_names(const std::string &text) const;
    bool has_objects() const;   // types or functions have been made
    std::string search_path() const;   // the caller's, each schema behind the one for its types and functions

    // For going back to what was before a subtransaction.
    using Registry = std::map<std::string, std::string>;
    const Registry &registry() const { return schemas_; }
    void restore(const Registry &schemas) { schemas_ = schemas; }

  private:
    unsigned owner_;
    std::string token_;
    const std::string &get(const std::string &key, bool for_all);
    Registry schemas_;   // the key: what for (one character), and the user's schema
};

std::vector<unsigned> schemas_in_path(bool implied);   // the caller's, in order; implied: with pg_catalog and the temporary one
unsigned schema_named(const std::string &name);   // 0 none
std::string name_of_schema(unsigned schema);
unsigned relation_named(const std::string &name, unsigned schema);

}  // namespace hotswap::bridge
