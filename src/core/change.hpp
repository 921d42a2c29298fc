// A change: one effect of one DDL statement on one object, as bridge/ddl read it from
// the server's own parse tree. The planner turns changes into steps.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/cascade.hpp"
#include "core/partition_change.hpp"
#include "core/rows_change.hpp"
#include "core/table_drop.hpp"
#include "core/truncation.hpp"

namespace hotswap::core {

enum class ChangeKind {
    alter_type,     // ALTER COLUMN c TYPE t [COLLATE x] [USING e]
    rename_column,  // RENAME COLUMN c TO d
    add_column,     // ADD COLUMN c t [DEFAULT e] [NOT NULL]
    drop_column,    // DROP COLUMN c [RESTRICT]
    set_not_null,
    drop_not_null,
    set_default,
    drop_default,
    rename_table,   // RENAME TO
    create_index,   // CREATE [UNIQUE] INDEX [CONCURRENTLY]
    drop_index,     // DROP INDEX [CONCURRENTLY]
    add_check,      // ADD [CONSTRAINT c] CHECK (e) [NOT VALID]
    add_unique,     // ADD [CONSTRAINT c] UNIQUE | PRIMARY KEY (...), or USING INDEX i
    add_foreign_key,
    add_exclusion,
    validate_constraint,
    drop_constraint,
    alter_constraint,  // ALTER CONSTRAINT c [NOT] DEFERRABLE ...
    reindex,        // REINDEX INDEX | TABLE
    set_persistence,     // SET LOGGED | UNLOGGED
    set_tablespace,
    set_access_method,
    set_statistics,      // ALTER COLUMN c SET STATISTICS n
    set_storage,         // ALTER COLUMN c SET STORAGE s
    set_compression,     // ALTER COLUMN c SET COMPRESSION m
    set_column_options,  // ALTER COLUMN c SET | RESET (...)
    set_table_options,   // SET | RESET (...)
    drop_table,     // DROP TABLE a, b: Change::drops
    partition,      // ATTACH, DETACH, CREATE ... PARTITION OF: Change::partition
    change_rows,    // UPDATE, DELETE: Change::rows
    maintain,       // CLUSTER, VACUUM FULL: a rewrite without DDL
    metadata_only,  // anything that only touches the catalog: carried out as written
};

// One change. Names are plain (unquoted) identifiers; texts are SQL that was checked and
// qualified by the server, so they mean the same under any search_path.
struct Change {
    ChangeKind kind = ChangeKind::metadata_only;
    int position = 0;            // 1-based character in the user's DDL, for error messages
    std::string column;          // the column the change is about
    std::string new_name;        // rename_column, rename_table: the name it gets; add_check, add_unique: the constraint's;
                                 // set_tablespace, set_access_method: the object's; set_persistence: LOGGED or UNLOGGED
    std::vector<std::string> names;  // add_unique: its columns; set_..._options: what is set or reset
    std::string type;            // alter_type, add_column: format_type text of the wanted type, e.g. "bigint", "character varying(20)"
    std::string collation;       // alter_type, add_column: qualified and quoted, empty when it is the type's default
    std::string using_text;      // alter_type: qualified USING expression, empty when none was written
    std::string default_text;    // add_column, set_default: qualified default expression, empty when none
    bool not_null = false;       // add_column
    bool volatile_default = false;  // add_column: default must be computed for each row
    bool rewrites = false;       // alter_type: PostgreSQL would rewrite the heap, or read all of it under the full lock (type_reading.cpp)
    std::vector<std::string> reads;  // alter_type: the columns that using_text reads
    std::string fill_text;       // add_column: what rows that are there get: its default, its type's, or generated; empty: null
    bool unstable = false;       // alter_type, add_column: using_text or fill_text gives another value another time
    bool generated = false;      // add_column: GENERATED ALWAYS AS (...) STORED
    bool constrained_domain = false;  // add_column: the type is a domain with constraints
    bool old_to_new_implicit = false;  // alter_type: an assignment cast old -> new exists (USING may be absent)
    bool new_to_old_assignable = false;  // alter_type: an assignment cast new -> old exists
    bool from_enum = false, to_enum = false;  // alter_type: the old, the new type is an enum
    bool is_noop = false;        // IF [NOT] EXISTS made it a no-op; the planner drops it
    // create_index / drop_index
    std::string index_name;      // plain name (for create_index the server's choice when none was written)
    std::string index_schema;
    std::string index_sql;       // create_index: the full CREATE INDEX CONCURRENTLY statement, qualified and quoted
    bool unique = false;
    bool primary = false;        // add_unique
    // metadata_only, and every other kind that can be carried out as written
    std::string statement;       // the user's statement as written (without trailing semicolon)
    std::string lock_mode;       // the lock it takes, e.g. "ACCESS EXCLUSIVE"
    std::string title;           // for people: "SET STATISTICS of orders.id"
    std::string part;            // ALTER TABLE: the subcommand in words, where no other field tells
    // add_column: serial and identity. The rows that are there get the next values of the sequence.
    std::string sequence;        // plain name, in the table's schema; empty: neither
    std::string sequence_options;  // "START WITH '10' ...", or empty
    std::string identity;        // "ALWAYS" or "BY DEFAULT"; empty for serial
    // As written, what the server tells of it:
    std::vector<std::string> locks;     // further relations that it locks as lock_mode says, qualified and quoted
    std::vector<std::string> undo;      // takes it back, in this order; empty: nothing does
    bool is_block = false;              // a DO block: what it locks is read from its text, as far as it can be
    std::string why_final;              // no undo: the reason, for people; empty: hotswap cannot compose one
    std::vector<std::string> warnings;
    std::shared_ptr<const TableDrop> drops;            // drop_table
    std::shared_ptr<const Truncation> truncation;      // TRUNCATE
    std::shared_ptr<const PartitionChange> partition;  // partition
    std::shared_ptr<const RowsChange> rows;            // change_rows
    std::shared_ptr<const std::vector<Fallen>> cascade;  // drop_column, drop_constraint: written CASCADE, and what goes with it
    // Constraints. new_name is the constraint's name, for an unnamed one the server's choice.
    std::string definition;      // what follows ADD CONSTRAINT name, qualified, without NOT VALID; for indexes and add_unique
                                 // what follows ON table: "USING btree (a) ..."; alter_constraint: what follows the name;
                                 // of what is run as written: the subcommand by itself
    std::string constraint_text; // add_unique: "UNIQUE (a) ...", what a partitioned table takes
    std::string attributes;      // add_unique: "DEFERRABLE INITIALLY DEFERRED" or empty
    bool not_valid = false;      // add_check, add_foreign_key: written NOT VALID
    std::string referenced_schema, referenced_table;     // add_foreign_key: plain
    std::map<unsigned, std::string> names_below;         // indexes: the server's choice of a name on each table below
    // What only a rewrite can do. Every other strategy refuses it with these words.
    std::string rewrite_only;    // "ADD COLUMN with a generated value", empty for all other changes
    std::string hint;
};

// One statement as read: what a migration is about, or a part of a script.
struct Statement {
    std::string schema;          // of the relation the changes are about; empty when there is none
    std::string relation;        // plain name; empty for metadata-only statements that name no table
    unsigned relation_oid = 0;
    bool only = false;           // ALTER TABLE ONLY
    std::string text;            // ALTER TABLE: the statement as written, without trailing semicolon
    std::string time_zone = "UTC";   // TimeZone of the session that gave it: what its casts between times mean
    std::vector<Change> changes;
};

}  // namespace hotswap::core
