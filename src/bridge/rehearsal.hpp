// A rehearsal: the statements of a script run, one after the other, on empty clones of the relations they name, in a
// subtransaction that is always rolled back, watching which locks, new files and scans they cause.
//
// Why it is safe: names of relations in the parse tree are replaced by those of clones in schemas of our own before the
// statement runs, so it cannot reach the user's relations; those are only read (ACCESS SHARE). A statement whose relations
// cannot all be known beforehand is not run. After it ran, all locks of ours are looked through, and a statement that has
// locked something of the user's is taken back.
//
// Concurrency: the clones are rows of catalogs that nobody else sees, under OIDs nobody else can know. That is why locks on them
// may be given back before the transaction ends, and why no other session can be waited for but one that holds ACCESS EXCLUSIVE
// on an original (given up after lock_timeout, at most 200 ms) or one that writes to the same catalog row, of which there is
// none. An error on the way unwinds through the destructor, which rolls back; a FATAL exit aborts the whole transaction.
//
// Cost: a transaction id, catalog rows that vacuum has to clear away, an empty file for each clone. Memory: one context a
// statement; what the server keeps of it in its own caches is what CREATE TABLE and ROLLBACK leave there.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/error.hpp"
#include "core/verdict.hpp"

struct Node;   // the server's

namespace hotswap::bridge {

struct Rehearsed {
    bool ran = false;
    bool changes_nothing = false;       // the definitions of relations are the same after it
    bool took_effect = false;           // the statements after it find what it left, also where it ran in another form
    std::string why_not;                // when it did not: for people
    std::vector<core::Touch> touched;   // each relation once, with the strongest lock
    std::optional<PgError> error;       // the statement would fail, and how; what it did is undone, the rehearsal goes on
};

// Where a name leads after the statements rehearsed so far.
struct Resolved {
    unsigned oid = 0;         // to be looked at in the catalogs: the clone where there is one, else the relation itself; 0 none
    unsigned original = 0;    // the user's relation; 0 for one that the script made
};

// What the clones are for.
enum class Clones {
    of_locks,   // to see what statements lock, rewrite and scan
    of_plans,   // also to make plans from: comments, privileges and settings come along
};

// Where a statement has to be looked at.
enum class Standing {
    untouched,   // the statements before it have changed nothing of what it is about: the catalogs say all
    on_clones,   // the clones are made, and redirect() leads to them
    unknown,     // see why_not
};

class Rehearsal {
  public:
    // Why there can be none here, if so (recovery, read-only transaction, ...).
    static std::optional<std::string> impossible();
    explicit Rehearsal(Clones clones = Clones::of_locks);   // opens the subtransaction
    ~Rehearsal();             // rolls it back
    Rehearsal(const Rehearsal &) = delete;
    Rehearsal &operator=(const Rehearsal &) = delete;

    // One statement, as written. Never raises for what the statement does; see Rehearsed::error. Raises a cancel of the caller's.
    // REQUIRES: the role and search_path of the constructor; no subtransaction opened since that is still open.
    Rehearsed run(const std::string &statement);
    // schema may be empty: search_path.
    Resolved resolve(const std::string &schema, const std::string &name);
    // A text printed from a clone's catalog rows (an index definition, say), with the names of the user's schemas again.
    std::string real_names(const std::string &text) const;

    // Makes the names of types that the script has made lead to ours, in a parse tree that is only looked at. False: none is there.
    bool redirect_types(::Node *statement) const;

    // For reading a statement in the state that those before it left, instead of running it. REQUIRES: Clones::of_plans.
    Standing prepare(const std::string &statement, std::string *why_not);
    // Its parse tree, to be changed; after prepare() has said on_clones.
    void redirect(::Node *statement);
    // In which names without a schema are to be looked up meanwhile.
    std::string path_of_clones() const;
    // The user's relation that a clone stands for, 0 for what the script has made; what is no clone stands for itself.
    unsigned original_of(unsigned relation) const;
    // SQL of ours made from what the clones say, with the user's schemas again.
    std::string real_sql(const std::string &text) const;
    PgError real_error(const PgError &error) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace hotswap::bridge
