// What the catalogs say of one table: all that the planner needs and nothing it has to ask for.
// engine/catalog fills it from SQL; unit tests fill it by hand.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/view_facts.hpp"

namespace hotswap::core {

inline constexpr std::int64_t kBlockBytes = 8192;
inline constexpr std::int64_t kSmallBlocks = 128;   // 1 MB: what reads all of a smaller table is over in a moment

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
    std::string generation;      // its qualified expression
    bool inherited = false;      // comes from a parent table
    bool partition_key = false;  // rows are spread over partitions by it
    std::string sequence_type;   // of sequence_name
    std::string options;         // "n_distinct = '5'", text for SET (...), empty when none
    int statistics = -1;         // attstattarget, -1 default
    char storage = 0;            // attstorage when it differs from the type's: 'p' 'e' 'x' 'm', else 0
    char stored_as = 0;          // attstorage as it is
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
    std::string definition = {};  // CREATE INDEX, or for a constraint what follows ADD CONSTRAINT name; as the server prints it
    std::string parent = {};      // qualified and quoted: the partitioned index it is attached to, or empty
    std::string tail = {};        // what follows CREATE INDEX name ON table, with TABLESPACE, as the server prints it
};

// A constraint other than the ones an index stands for.
struct Check {
    std::string name;
    std::string expression;      // qualified text of the condition
    std::vector<int> columns;
    bool validated = true;
    bool no_inherit = false;
    std::string comment;
    std::string definition = {};  // what follows ADD CONSTRAINT name, as the server prints it
    bool local = true;            // the table's own, whether or not a parent has it as well
};

// Extended statistics with expressions.
struct Statistics {
    std::string schema, name;    // plain
    std::string definition;      // CREATE STATISTICS, as the server prints it
    std::vector<int> columns;    // attnums it reads
    int target = -1;             // -1 default
    std::string owner;           // plain role name
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
    std::string definition = {};  // FOREIGN KEY ... as the server prints it, without NOT VALID
    std::string index = {};      // plain name of the referenced table's index that it rests on
    bool on_partitioned = false; // the table that has it is partitioned: it cannot be added NOT VALID
};

// Something that depends on a column and that hotswap does not carry over: named in a refusal.
enum class DependentKind { other, view, statistics, generated_column };

struct Dependent {
    int column = 0;              // attnum it depends on
    std::string description;     // "view public.active_users", from pg_describe_object
    DependentKind kind = DependentKind::other;
    unsigned view = 0;           // OID of the view or materialized view one of whose rules it is
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
    unsigned parent = 0;         // among descendants: the table it is a partition or child of
    std::string schema;          // plain
    std::string name;            // plain
    std::string owner;
    char kind = 'r';             // pg_class.relkind
    bool temporary = false;
    bool unlogged = false;
    std::string tablespace;      // plain name, the database's own when the table names none
    std::string access_method;   // "heap"
    std::map<std::string, std::string> storage_options;  // fillfactor -> 70; those of the TOAST table as toast.NAME
    int depth = 0;               // in the tree of its root: 0 for the root
    bool has_parents = false;    // is a partition or inheritance child
    bool has_children = false;   // inheritance parent
    bool row_security = false;
    bool forced_row_security = false;    // policies bind the owner, too
    std::int64_t blocks = 0;     // of the main fork, now
    double rows = 0;             // planner's estimate
    std::int64_t index_blocks = 0;       // of all indexes, now
    std::int64_t free_bytes = -1;        // on the disk of the table; -1 unknown
    std::vector<Column> columns;         // live columns only, by attnum
    std::vector<Index> indexes;
    std::vector<Check> checks;
    std::vector<ForeignKey> outgoing;    // foreign keys of this table
    std::vector<ForeignKey> incoming;    // foreign keys that reference this table
    std::vector<Dependent> dependents;   // views, rules, policies, generated columns, column triggers, statistics, publications
    std::vector<Statistics> statistics;  // those with expressions only
    std::vector<std::string> late_triggers;  // BEFORE ROW triggers whose names sort after ours
    std::vector<Grant> grants;           // table-level, for the compatibility view of a table rename
    std::string comment;
    std::map<std::string, std::string> renames;  // column -> its copy, as copy_names() of planner.hpp said
    Renamed renamed;                             // needed only where an expression reads one of those columns

    // What a rewrite touches besides the table. Filled by engine/relatives, only when one is planned.
    std::vector<TableFacts> descendants;         // partitions and inheritance children of all levels, parents first
    std::vector<TableFacts> referencing;         // option cascade: tables whose foreign keys follow the altered columns
    std::vector<View> views;                     // on any of these tables, and on these views
    std::vector<std::string> row_type_users;     // columns of other relations that store rows of this table's type
    std::vector<std::string> default_grantees;   // roles that get privileges on new tables and views by default

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
