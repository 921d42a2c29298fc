// Reads the statements of a script one by one, with the server's parser and catalogs, and says what each does in core's
// words. Never changes anything, takes nothing stronger than ACCESS SHARE, and asks for no ownership.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/operation.hpp"

namespace hotswap::bridge {

// A name in a statement, and where it leads when that is not what the catalogs say.
struct ScriptName {
    std::string schema, name;   // schema empty: as the search_path finds it
    unsigned looked_at = 0;     // the relation to look at: a clone, or the relation itself; 0: there is none
    unsigned original = 0;      // the user's own relation; 0: the script made it
};

class Rehearsal;

class Survey {
  public:
    // ERRORS: 42601 and friends when the text does not parse.
    // with_checks: also what the statements ask of the rows that are there.
    explicit Survey(const std::string &script, bool with_checks = false);
    ~Survey();
    Survey(const Survey &) = delete;
    Survey &operator=(const Survey &) = delete;

    int count() const;
    std::string text(int statement) const;                         // as written; statements count from 0
    std::vector<ScriptName> names() const;                         // every relation that the last read() asked for
    // Names lead where this says, from now on. For a rehearsal, whose clones stand for what earlier statements left:
    // read, resolve the names, and read again when one of them leads elsewhere.
    void resolve(const std::vector<ScriptName> &names);
    // What the statement does. Errors of the statement become a warning of the operation. Remembers what it makes.
    // types: knows the types that the script has made.
    std::vector<core::Operation> read(int statement, const Rehearsal *types = nullptr);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace hotswap::bridge
