// The compiled form of a table's dual-write trigger, shared by the trigger and the backfill.
// Lifetime: one entry a table for the life of the backend (TopMemoryContext); rebuilt after an invalidation when nobody uses it.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "bridge/postgres.hpp"

namespace hotswap::bridge {

constexpr int kMostColumns = 64;   // of one side of a group

struct CompiledColumn {
    AttrNumber number;
    Form_pg_attribute attribute;   // into CompiledTable::shape
    ExprState *fill;               // computes this column from the other side, assignment-cast to its type
    ExprState *initial;            // default that moved into the trigger, or nullptr
};

struct CompiledGroup {
    int old_count, new_count;
    CompiledColumn *old_side, *new_side;
    bool new_wins;
    bool generated;                // an old column is an identity column
    bool trusted;                  // the expressions use nothing but the server's own functions
};

struct CompiledTable {
    Oid relation;
    Oid owner;                     // expressions run as the table's owner
    bool valid;
    int users;                     // rows being worked on right now (an expression may write to the same table)
    MemoryContext memory;
    TupleDesc shape;
    TupleTableSlot *slot;
    ExprContext *context;
    EState *estate;
    int group_count;
    CompiledGroup *groups;
    CompiledTable *next;
};

// The entry of a table that has the dual-write trigger; users is raised by one, release lowers it.
// May raise: call inside guarded(). nullptr when the table has no such trigger.
CompiledTable *acquire_compiled(Relation relation);
void release_compiled(CompiledTable *table);

}  // namespace hotswap::bridge
