// Shared by the survey_*.cpp files. All of it runs inside one guarded call a statement: only memory of the server's, no
// object with a destructor. survey.cpp translates the result.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "core/data_check.hpp"
#include "core/operation.hpp"

#include "bridge/compat.hpp"

extern "C" {
#include "catalog/objectaddress.h"
}

namespace hotswap::bridge {

using core::LockMode;
using core::Role;

// A relation that takes part. By OID; by name when the script makes it or nobody knows it.
struct Seen {
    Oid oid;             // the user's own
    const char *name;
    char kind;
    bool fresh;          // made by the script
    Role role;
    LOCKMODE lock;       // as the server itself says; NoLock: by the rule
    bool rewritten, scanned;
    bool untouched;      // named, but not even locked
    bool below;          // reached through the one above it
    bool aside;          // by a foreign key, not by the query itself
};

// core::DataCheck, in the server's memory: lists are of char *.
struct ValueCheck {
    core::DataRule rule;
    Oid relation;
    bool only;
    const char *subject;
    List *columns;
    const char *expression;
    List *terms;
    const char *predicate;
    bool nulls_equal;
    const char *other;
    List *pairs;
    bool full_match;
};

struct Finding {
    const char *operation;
    const char *object;
    List *seen;          // of Seen
    List *warnings;      // of char *
    List *checks;        // of ValueCheck, where they are wanted
    bool skipped, failing, reshapes, mass, stepwise, wants_empty;
    bool certain;        // a rehearsal would show nothing else
};

// What earlier statements of the script left behind, as long as no rehearsal knows.
struct Alias {
    const char *schema, *name;   // schema may be null
    Oid looked_at, original;
    char kind;
    bool gone;
};

struct NewColumn {
    Oid relation;
    const char *name;
    Oid type;
    int32 modifier;
    bool not_null;
    Oid table;               // the user's own
    const char *type_name;   // the type may be made by the script, too
};

// A materialized view that the script makes: where its rows come from.
struct NewView {
    const char *name;
    List *sources;           // of Seen
};

struct NewConstraint {
    Oid relation, referenced;
    const char *name;
    const char *not_null;    // the column that it proves not to be null
    bool validated;
};

struct Surveying {
    const char *text;        // of the statement
    List *findings;          // of Finding
    List *aliases;           // of Alias, the newest first
    List *columns;           // of NewColumn
    List *views;             // of NewView
    List *filled;            // of char *: tables that the script makes, and puts rows into
    List *asked;             // of RangeVar: names looked for
    bool in_block;           // after BEGIN in the script
    int depth;               // of DO blocks
    bool drops_constraint;   // this ALTER TABLE drops a constraint first
    bool wants_checks;       // of the values in the tables
    List *constraints;       // of NewConstraint
};

// A name found: looked_at is to be read in the catalogs, original is the user's.
struct Place {
    Oid looked_at, original;
    const char *name;
    char kind;
    bool fresh;      // made by the script
    bool known;      // exists at all
};

// ---- survey.cpp
Finding *begin_finding(Surveying *s, const char *operation, const char *object);
void warn(Finding *f, const char *format, ...) pg_attribute_printf(2, 3);
Place find_place(Surveying *s, const RangeVar *name);
void remember(Surveying *s, const RangeVar *name, char kind);       // made by this statement
void forget(Surveying *s, const RangeVar *name);
Seen *see(Finding *f, Oid oid, Role role);
Seen *see_place(Finding *f, const Place &place, Role role);
// The relation the statement is about: seen in this role; a warning when it is not there. False: nothing more to find out.
bool see_named(Surveying *s, Finding *f, const RangeVar *name, Role role, bool missing_ok, Place *place);
void see_all(Finding *f, List *oids, Role role);
RangeVar *range_of(List *names, int leave_out);                     // a.b.c less the last leave_out parts
void survey_node(Surveying *s, Node *node);
const char *shown(Oid relation);                                    // as people write it

// ---- survey_relations.cpp: what hangs together
struct ForeignKey {
    Oid oid, relation, referenced, parent;
    const char *name;
    bool validated;
};
List *below(Oid relation);                        // all partitions and heirs, without itself
List *children_of(Oid relation);
List *parents_of(Oid relation);
List *foreign_keys_of(Oid relation);              // of ForeignKey
List *foreign_keys_to(Oid relation);
Oid owner_of(Oid relation);
List *relations_in(Oid schema, char kind);      // of all schemas when none is given
List *relations_with(AttrNumber column, Oid value);   // by a column of pg_class
Oid default_partition(Oid parent);
List *columns_of_constraint(Oid constraint);      // attribute numbers of its table
Oid constraint_named(Oid relation, const char *name, char *type, bool *validated, Oid *referenced);
// The relation that a row of a catalog names in one of its columns.
Oid relation_in(Oid catalog_oid, Oid index, AttrNumber key_column, Oid object, AttrNumber column);
bool depends_on_column(const ObjectAddress &object, Oid relation, AttrNumber column);
void see_row_types(Finding *f, Oid relation);    // other tables whose rows it has columns of
bool has_index_on(Oid relation, List *columns);   // leading columns, in any order
List *typed_tables(Oid type);                    // CREATE TABLE ... OF the type
List *users_of_type(Oid type);                    // tables with columns of it, also in domains over it, arrays, composites
void warn_of_dependents(Finding *f, Oid relation, int column);   // 0: all of it; views, functions, policies, publications by name

// ---- survey_checks.cpp: what a statement asks of the rows that are there. Never raises; nothing for tables of the script.
void check_not_null(Surveying *s, Finding *f, const Place &table, const char *column, bool only);
void check_no_rows(Surveying *s, Finding *f, const Place &table, const char *column, bool only);
void check_condition(Surveying *s, Finding *f, const Place &table, const Constraint *constraint, bool only);
void check_key(Surveying *s, Finding *f, const Place &table, const Constraint *constraint);
void check_index(Surveying *s, Finding *f, const Place &table, const IndexStmt *index);
void check_reference(Surveying *s, Finding *f, const Place &table, const Constraint *constraint, const Place &other);
void check_constraint(Surveying *s, Finding *f, const Place &table, const char *name);   // one that is there, NOT VALID
void check_type(Surveying *s, Finding *f, const Place &table, AttrNumber column, Node *cast, bool is_given);   // is_given: USING

// ---- survey_hints.cpp: the same from what ANALYZE has seen; only what the caller may read.
void hint_nulls(Finding *f, Oid relation, AttrNumber column);
void hint_duplicates(Finding *f, Oid relation, AttrNumber column);
void hint_values(Finding *f, Oid relation, AttrNumber column, Oid type, int32 modifier);
void warn_of_sequences(List *findings);   // of the tables they are about: near their end

// ---- survey_operation.cpp
core::Operation operation_of(const Finding *finding, int number);

// ---- the statements
void survey_alter_table(Surveying *s, AlterTableStmt *node);
void survey_add_column(Surveying *s, Finding *f, const Place &table, ColumnDef *column, bool missing_ok);
bool is_serial(const TypeName *type);
void survey_column_type(Surveying *s, Finding *f, const Place &table, AlterTableCmd *command);
void survey_constraint(Surveying *s, Finding *f, const Place &table, Constraint *constraint, bool recurse, bool new_column);
// SET NOT NULL, VALIDATE and DROP CONSTRAINT: may have to prove something of every row, or free another table.
void survey_proof(Surveying *s, Finding *f, const Place &table, AlterTableCmd *command, Seen *target, bool recurse, LOCKMODE whole);
void survey_attributes(Surveying *s, AlterTableStmt *node);   // ALTER TYPE of a composite
void survey_partition(Surveying *s, Finding *f, const Place &parent, AlterTableCmd *command);
void survey_new_partition(Surveying *s, Finding *f, CreateStmt *node, const Place &parent);
bool action_of(Oid constraint);                               // ON DELETE writes into the referencing table
bool is_declared_not_null(Oid relation, AttrNumber column);
bool is_never_null(Oid relation, AttrNumber column);          // NOT NULL, or a valid CHECK says so
const char *tag_of(Node *node);                               // "CREATE_EXTENSION"
bool survey_index(Surveying *s, Node *node);       // false: not of this file
bool survey_create(Surveying *s, Node *node);
bool survey_drop(Surveying *s, Node *node);
void survey_fall(Finding *f, Oid class_oid, Oid object, int column, Oid table);   // what goes with an object, CASCADE or not
bool is_row_trigger(Oid table, const char *name);      // true for a name of null
bool survey_rename(Surveying *s, Node *node);
bool survey_type(Surveying *s, Node *node);
bool survey_query(Surveying *s, Node *node);
void see_in_query(Surveying *s, Finding *f, Node *node, bool executed);           // relations a query reads, writes, locks
void refine_by_plan(Surveying *s, Finding *f, Node *node);   // the planner knows better which partitions, and what is scanned
bool is_read_in_full(Surveying *s, const ForeignKey *key);   // to find the rows that refer to one
void see_matview_sources(Surveying *s, Finding *f, Oid view, bool executed);
bool survey_administration(Surveying *s, Node *node);
void survey_body(Surveying *s, DoStmt *node);

// In a subtransaction that is rolled back. What cannot be said is left out; that the statement fails is told elsewhere. The server
// may raise in body, so nothing with a destructor may be alive in it.
template <class Body> void quietly(Body body)
{
    MemoryContext memory = CurrentMemoryContext;
    ResourceOwner owner = CurrentResourceOwner;
    ::BeginInternalSubTransaction(nullptr);
    ::MemoryContextSwitchTo(memory);
    PG_TRY();
    {
        body();
    }
    PG_CATCH();
    {
        ::MemoryContextSwitchTo(memory);
        if (::geterrcode() == ERRCODE_QUERY_CANCELED)
            PG_RE_THROW();
        ::FlushErrorState();
    }
    PG_END_TRY();
    ::RollbackAndReleaseCurrentSubTransaction();
    ::MemoryContextSwitchTo(memory);
    CurrentResourceOwner = owner;
}

}  // namespace hotswap::bridge
