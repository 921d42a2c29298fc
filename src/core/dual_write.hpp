// Dual write: two sides of one fact in one row (old and new columns), kept equal by a trigger.
// This file holds what is decided without a server: which side a write came from, and the
// texts (trigger arguments, PL/pgSQL, verification query) made from one description.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

namespace hotswap::core {

// One column of one side.
struct SideColumn {
    std::string name;            // physical name now (plain)
    std::string alias;           // name the expressions of the OTHER side use for it; differs from name only while a
                                 // type change hides one column under a temporary name
    std::string type;            // format_type text
    std::string fill;            // expression that computes this column from the other side (up for new, down for old);
                                 // over the aliases of the other side and the names of all other columns
    std::string default_text;    // default that moved from the catalog into the trigger, empty when none
    bool generated_by_server = false;  // identity: a value on the old side may be the server's, so the other side wins
};

// What a write that changes both sides to values that do not agree gets.
enum class Conflict { error, new_wins };

struct DualWrite {
    std::vector<SideColumn> old_side;
    std::vector<SideColumn> new_side;
    Conflict on_conflict = Conflict::error;
};

// ---- direction, decided from the data ------------------------------------------------------
// The sides of one row agree when  new = up(old)  or  (new is not null and old = down(new)).
// The second half lets a lossy down stand: a row written by the new application stays as written.

enum class Fill {
    nothing,   // both sides stay as they are
    new_side,  // new := up(old)
    old_side,  // old := down(new)
    defaults,  // INSERT that gave neither: old := its default (when there is one), then new := up(old)
    conflict,  // both sides written and they do not agree: raise 23000
};

struct InsertFacts {
    bool old_given;      // some old column is not null
    bool new_given;      // some new column is not null
    bool old_may_be_generated;  // the old value may come from an identity column
};

struct UpdateFacts {
    bool old_changed;
    bool new_changed;
    bool new_is_null;    // every new column of the NEW row is null
};

// agree is asked only when it matters (it costs an expression), hence a callable.
template <class Agree> Fill direction_of_insert(const InsertFacts &facts, Conflict policy, Agree agree)
{
    if (!facts.old_given && !facts.new_given)
        return Fill::defaults;
    if (!facts.new_given)
        return Fill::new_side;
    if (!facts.old_given)
        return Fill::old_side;
    if (agree())
        return Fill::nothing;
    if (facts.old_may_be_generated || policy == Conflict::new_wins)
        return Fill::old_side;
    return Fill::conflict;
}

template <class Agree> Fill direction_of_update(const UpdateFacts &facts, Conflict policy, Agree agree)
{
    if (facts.old_changed && !facts.new_changed)
        return Fill::new_side;
    if (!facts.old_changed && !facts.new_changed) {
        // A row the backfill has not reached yet. One that was filled is left alone: recomputing
        // it would destroy what the new application wrote through a lossy down.
        return facts.new_is_null ? Fill::new_side : Fill::nothing;
    }
    if (agree())
        return Fill::nothing;
    if (!facts.old_changed || policy == Conflict::new_wins)
        return Fill::old_side;
    return Fill::conflict;
}

// ---- texts ----------------------------------------------------------------------------------

// Name of the trigger: the highest printable ASCII character first, so that it fires after every
// other BEFORE ROW trigger with an ASCII name.
inline constexpr const char *kTriggerName = "~hotswap_dual_write";

// Arguments of EXECUTE FUNCTION hotswap.dual_write(...): a flat list of key, value pairs, in the
// order group, (old, as, type, fill, default, generated)*, (new, as, type, fill)*. parse_trigger_arguments reads it back.
std::vector<std::string> trigger_arguments(const std::vector<DualWrite> &writes);
std::vector<DualWrite> parse_trigger_arguments(const std::vector<std::string> &arguments);

// CREATE TRIGGER + ENABLE ALWAYS; relation is qualified and quoted.
std::vector<std::string> create_trigger_sql(const std::string &relation, const std::vector<DualWrite> &writes);
std::string drop_trigger_sql(const std::string &relation);

// SELECT count(*) of rows that do not agree, among blocks [$1, $2) given as tids.
std::string verify_sql(const std::string &relation, const std::vector<DualWrite> &writes);

// The same trigger as plain PL/pgSQL: CREATE FUNCTION + CREATE TRIGGER, for servers without the library.
// function is the qualified, quoted name the function gets.
std::string plpgsql_text(const std::string &relation, const std::string &function, const std::vector<std::string> &all_columns,
                         const std::vector<DualWrite> &writes);

}  // namespace hotswap::core
