// Empty clones of the user's relations, made on demand in the schemas that stand for the user's. A clone has the names, columns,
// constraints, indexes and owner of its original; with Depth::all also what else would be touched or be in the way.
//
// The originals are only read, under ACCESS SHARE. Clones are made with the rights of the original's owner, because making one
// may call functions of the owner's (an index expression is folded), and search_path = pg_catalog.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hotswap::bridge {

class ScratchSchemas;

// Why a statement cannot be rehearsed. For people.
struct NotRehearsed {
    std::string why;
};

enum class Depth {
    keys,    // columns and unique indexes: enough for a table at the other end of a foreign key
    shape,   // and checks, other indexes; the whole tree of partitions or children
    all,     // and foreign keys both ways, views, triggers, owned sequences
};

// Names of columns; nothing: all that hangs on the table.
using Columns = std::optional<std::set<std::string>>;

class CloneSet {
  public:
    explicit CloneSet(ScratchSchemas &schemas, bool complete = false) : are_complete(complete), schemas_(schemas) {}

    const bool are_complete;   // clones have comments, privileges and settings, too: a plan is made from them

    // Makes the clone of a table, index, sequence or view when there is none, and what it is tied to. With Depth::all and columns,
    // only ties to these: what hangs on others stays as it is, and can be made later. ERRORS: NotRehearsed; PgError.
    void need(unsigned original, Depth depth, const Columns &about = std::nullopt);
    // Where a name leads now; schema may be empty: search_path.
    struct Found {
        unsigned oid = 0;            // the clone's, or the original's where there is none; 0 nothing has that name
        unsigned original = 0;       // 0 for what the script made
        std::string schema = {};     // the user's
        bool cloned = false;
    };
    Found find(const std::string &schema, const std::string &name) const;
    // A relation of the user's and those whose definitions a plan about it may read.
    static std::set<unsigned> tied_to(unsigned original);

    // The clones as they were at a moment, for going back to it.
    struct Registry {
        struct Original {
            unsigned clone;
            Depth depth;
        };
        std::map<unsigned, Original> originals;          // by the original
        std::map<unsigned, unsigned> clones;             // clone -> original, 0 for what the script made
        std::set<unsigned> constraints;                  // of the user's, that have been made
        std::set<std::pair<char, unsigned>> made;        // sequences, triggers, policies, rules, statistics of the user's: kind and OID
        std::set<unsigned> read_themselves;              // originals that the clone of a view reads
        std::set<unsigned> used_as_types;                // originals whose row type is used by what cannot be cloned
    };
    Registry registry;

  private:
    void need_tree(unsigned member, Depth depth, const Columns &about);
    bool make_once(char kind, unsigned original) { return registry.made.insert({kind, original}).second; }
    void add(unsigned original, unsigned clone, Depth depth);
    void make_table(unsigned original, Depth depth);
    void make_keys_and_indexes(unsigned original, const std::string &schema, Depth depth);
    void adopt_index(unsigned index, unsigned scratch);
    static std::vector<unsigned> tree_of(unsigned member);   // ERRORS: NotRehearsed
    void make_details(unsigned original);
    void make_comment(unsigned object, unsigned catalog, const std::string &of);
    void make_dependents(unsigned original, const Columns &about);
    void make_foreign_keys(unsigned original, const Columns &about);
    void make_foreign_key(const struct OriginalConstraint &key);
    void make_sequences(unsigned original, const Columns &about);
    void make_sequence(unsigned original);
    void make_triggers(unsigned original);
    void make_policies(unsigned original);
    void make_rules(unsigned original);
    void make_row_type_users(unsigned original);
    void make_publication(unsigned original);
    void make_view(unsigned original);
    void make_views_on(unsigned original, const Columns &about);
    void make_statistics(unsigned original);
    std::string scratch_name(unsigned original);         // quoted and qualified

    ScratchSchemas &schemas_;
};

// What the catalogs say of a relation of the user's.
struct OriginalFacts {
    char kind, persistence;
    unsigned schema, owner, tablespace, access_method, type_of, table;   // table: of an index
    bool is_partition, is_temporary, rules;
    std::string name;
};
OriginalFacts original_facts(unsigned relation);   // locks it ACCESS SHARE. ERRORS: NotRehearsed when it is gone

}  // namespace hotswap::bridge
