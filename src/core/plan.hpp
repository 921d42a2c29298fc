// A plan: ordered steps that carry out all changes of a migration. The planner makes it,
// store/steps keeps it, the executor interprets it. Undo runs the steps backwards.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/dual_write.hpp"
#include "core/twin.hpp"

namespace hotswap::core {

inline constexpr const char *kNoWayBack = "no way back after the switch";  // how the warning of a one-way rewrite begins

enum class Phase { expand, migrate, verify, switch_, bake, contract };

enum class StepKind {
    ddl,         // all of action in one transaction under the lock policy; undo likewise
    index_build, // action[0] is one CREATE INDEX CONCURRENTLY, run outside a transaction block; undo drops it concurrently
    index_drop,  // action[0] is one DROP INDEX CONCURRENTLY
    reindex,     // action[0] is one REINDEX ... CONCURRENTLY; what broken-off tries left behind is removed before and after
    fill,        // gives rows a value in a new column chunk by chunk, as rows does, but no trigger fires
    validate,    // like ddl, but takes only locks that do not block writers and may run long (VALIDATE CONSTRAINT)
    backfill,    // fill the new columns of every dual write of the relation, chunk by chunk
    verify,      // count rows that differ; the step is done when the independent query says zero
    await,       // a person: deployment or approval (hotswap.advance), or the date in wait_for
    // online_rewrite; what they do to the storage is native, only the DDL between the swaps is SQL
    twin_create,    // rehearse the switch, create twins and change logs; undo drops them
    copy,           // copy table number `member` into its twin, chunk by chunk
    twin_index,     // build the indexes of twin number `member`
    catch_up,       // apply the change logs of all tables until little is left
    twin_verify,    // prove that table number `member` and its twin hold the same rows
    switch_storage, // swap out, run the DDL on empty tables, swap in: one transaction; undo is the same backwards
    twin_drop,      // drop previous storage and logs
    detach,      // action[0] is one DETACH PARTITION ... CONCURRENTLY, action[1] the FINALIZE of a broken-off one
    rows,        // UPDATE or DELETE chunk by chunk; action: see core/rows_sql.hpp
    keep,        // of a rollback point: Step::keep says what (core/rollback_point.hpp)
    flag,        // raise flag action[0] to action[1] percent; undo, noted when it is run: what the flag was before
    // a script
    part,           // a part of a script: a migration of its own; the undo takes that back
};

struct Step {
    Phase phase = Phase::expand;
    StepKind kind = StepKind::ddl;
    std::string title;                 // for people: "add column note and the dual-write trigger"
    std::string relation;              // qualified, quoted name of the relation that is locked; empty when none
    std::vector<std::string> locks;    // further relations to lock first (qualified, quoted), with the same mode
    std::string lock_mode;             // "ACCESS EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", ... or empty
    std::vector<std::string> action;   // SQL, one statement each, no trailing semicolon
    std::vector<std::string> undo;     // SQL; run in this order when the step is undone
    // switch_storage: while the tables are empty run action, then statement, then after; with the rows back, populate.
    // The way back runs undo while they are empty, then undo_populate.
    std::string statement;             // the user's DDL as written, under the caller's recorded search_path
    std::vector<std::string> after;
    std::vector<std::string> populate, undo_populate;
    int member = 0;                    // copy, twin_index, twin_verify: which of Plan::twins, from 1
    std::string index_schema, index_name;  // index_build/index_drop: plain names, for the journal of invalid left-overs
    std::string deployment;            // await: what has to be deployed, in words
    std::string wait_for;              // await: interval after which it goes on by itself ("24 hours"), empty: only by hand
    bool unasked = false;              // await of phase bake: nobody asked for it, so it holds up nobody and needs no evidence
    std::string repetition;            // rows, fill: impossible | harmless | forbidden, see core/rows_change.hpp
    std::string verify_sql;            // verify: counts differing rows of blocks [$1, $2) (tid range), one bigint
    bool irreversible = false;         // contract: nothing can be undone after it
    bool caller_path = false;          // run under the caller's recorded search_path (statements as written)
    std::string keep;                  // keep: what it does; ddl, rows: "rows" when the rows they delete are kept
    std::vector<std::string> keeps;    // its arguments
    std::int64_t point = 0;            // of a restore: which rollback point
    // part: action holds its statements as written, undo what takes them back when they only make new things
    std::string part_path;             // the search_path that a SET in the script gave it; empty: the script's
    std::string part_options;          // options for it alone, a JSON object; empty: none
    std::string part_strategy;         // "auto" or "direct"
    std::string part_outline;          // of its plan in the dry run of the script; empty: not known before its turn
    bool part_is_new = false;          // only makes new things: run as written in one transaction
};

struct Plan {
    std::string strategy;              // "direct", "online_index", "online_constraint", "dual_write", "online_rewrite", "batched"
    std::vector<DualWrite> dual_writes;  // all dual writes of the table, one trigger
    std::vector<Twin> twins;           // online_rewrite: the tables that are copied, in OID order
    std::vector<Step> steps;
    std::vector<std::string> warnings; // what a careful user should know before start
};

// All statements of a step in the order in which they run, whichever part of it they belong to.
std::vector<std::string> shown_action(const Step &step);
std::vector<std::string> shown_undo(const Step &step);

// The steps as lines of text, "kind: SQL", to see whether two plans do the same.
std::string outline(const Plan &plan);

// Every text of the steps that a person sees, changed: for a plan that was made from clones, whose names are not the user's.
void change_texts(Plan *plan, const std::function<std::string(const std::string &)> &change);

const char *to_text(Phase phase);
const char *to_text(StepKind kind);
Phase phase_from_text(const std::string &text);
StepKind step_kind_from_text(const std::string &text);

}  // namespace hotswap::core
