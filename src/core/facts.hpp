// What the catalogs say of one table: all that the planner needs and nothing it has to ask for.
// engine/catalog fills it from SQL; unit tests fill it by hand.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hotswap::core {

// A privilege on a column or table: GRANT <privilege> ... TO <grantee> [WITH GRANT OPTION].
struct Grant {
    std::string privilege;   // "SELECT", "INSERT", ...
    std::string grantee;     // plain role name; empty means PUBLIC
    bool with_grant_option = false;
};

struct Column {
    int number = 0;              // attnum
    std::string name;            // plain
    std::string type;            // format_type text
    std::string collation;       // qualified and quoted, empty when it is the type's default
    bool not_null = false;
    std::string default_text;    // qualified expression, empty when none
    char identity = 0;           // 'a' always, 'd' by default, 0 none
    std::string identity_options;  // text for "(...)" after AS IDENTITY, e.g. "START WITH 1 INCREMENT BY 1 ..." ; empty when no identity
    std::string sequence_schema; // the sequence owned by this column (serial or identity), plain; empty when none
    std::string sequence_name;
    bool generated = false;      // GENERATED ALWAYS AS (...) STORED
    std::string options;         // "n_distinct = '5'", text for SET (...), empty when none
    int statistics = -1;         // attstattarget, -1 default
    char storage = 0;            // attstorage when it differs from the type's: 'p' 'e' 'x' 'm', else 0
    std::string compression;     // "pglz", "lz4" or empty
    std::string comment;
    std::vector<Grant> grants;   // column-level only
};

// An index, in pieces so that a copy with another column can be composed without touching text.
struct IndexKey {
    int column = 0;              // attnum, 0 for an expression
    std::string expression;      // qualified text over the table's columns, expressions only
    std::string collation;       // qualified and quoted when it differs from the column's own, else empty
    std::string opclass;         // qualified and quoted when it is not the type's default, else empty (with its options)
    std::string order;           // e.g. "DESC NULLS LAST", empty for the access method's default
    std::vector<int> columns;    // attnums the key reads (one for a plain column)
};

struct Index {
    std::string schema;
    std::string name;
    std::string method;          // "btree"
    bool unique = false;
    bool primary = false;
    bool exclusion = false;
    bool valid = true;
    bool nulls_not_distinct = false;
    bool clustered = false;      // CLUSTER mark
    bool replica_identity = false;
    std::string constraint;      // name of the constraint it belongs to, or empty
    bool deferrable = false;
    bool initially_deferred = false;
    std::vector<IndexKey> keys;
    std::vector<int> include;    // attnums of INCLUDE columns
    std::string predicate;       // qualified text, empty when not partial
    std::vector<int> predicate_columns;
    std::string reloptions;      // text for WITH (...), empty when none
    std::string tablespace;      // plain name, empty for the default
    std::string comment;
    std::string constraint_comment;
};

// A constraint other than the ones an index stands for.
struct Check {
    std::string name;
    std::string expression;      // qualified text of the condition
    std::vector<int> columns;
    bool validated = true;
    bool no_inherit = false;
    std::string comment;
};

struct ForeignKey {
    std::string name;
    std::string schema, table;               // the table that has the constraint (plain names)
    std::string referenced_schema, referenced_table;
    std::vector<std::string> columns;        // plain, on the referencing table, in order
    std::vector<std::string> referenced_columns;
    std::string tail;            // "MATCH FULL ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED" or empty
    bool validated = true;
    std::string comment;
};

// Something that depends on a column and that hotswap does not carry over: named in a refusal.
struct Dependent {
    int column = 0;              // attnum it depends on
    std::string description;     // "view public.active_users", from pg_describe_object
};

// The objects of the table once more, same order and names, but with the expression, predicate, opclass and tail texts
// deparsed as if the columns already had the names of their copies (TableFacts::renames). Attribute numbers and plain
// column names are those of the table. Core maps plain columns by itself and never substitutes inside a text.
struct Renamed {
    std::vector<Index> indexes;
    std::vector<Check> checks;
    std::vector<ForeignKey> outgoing;
    std::vector<ForeignKey> incoming;
};

struct TableFacts {
    int server_version = 150000;  // server_version_num
    unsigned oid = 0;
    std::string schema;          // plain
    std::string name;            // plain
    std::string owner;
    char kind = 'r';             // pg_class.relkind
    bool temporary = false;
    bool has_parents = false;    // is a partition or inheritance child
    bool has_children = false;   // inheritance parent
    bool row_security = false;
    bool forced_row_security = false;    // policies bind the owner, too
    std::int64_t blocks = 0;     // of the main fork, now
    double rows = 0;             // planner's estimate
    std::vector<Column> columns;         // live columns only, by attnum
    std::vector<Index> indexes;
    std::vector<Check> checks;
    std::vector<ForeignKey> outgoing;    // foreign keys of this table
    std::vector<ForeignKey> incoming;    // foreign keys that reference this table
    std::vector<Dependent> dependents;   // views, rules, policies, generated columns, column triggers, statistics, publications
    std::vector<std::string> late_triggers;  // BEFORE ROW triggers whose names sort after ours
    std::vector<Grant> grants;           // table-level, for the compatibility view of a table rename
    std::string comment;
    std::map<std::string, std::string> renames;  // column -> its copy, as copy_names() of planner.hpp said
    Renamed renamed;                             // needed only where an expression reads one of those columns

    const Column *find(const std::string &column) const
    {
        for (const Column &c : columns)
            if (c.name == column)
                return &c;
        return nullptr;
    }
    const Column *find(int number) const
    {
        for (const Column &c : columns)
            if (c.number == number)
                return &c;
        return nullptr;
    }
};

}  // namespace hotswap::core
