// The dry run of a script: what each part would do in the state that the parts before it leave, without doing any of it.
//
// A part that rests on nothing of the script is planned from the catalogs, as when it is started alone. One that does is planned
// from empty clones on which the statements before it have run (bridge/rehearsal), in a subtransaction that is rolled back. Then its
// own statements run there, as written.
//
// Why that is the plan that is made at its turn: when its turn comes, the parts before it have left what their statements say, column
// order aside (each recipe's end state is that of the plain statement; whoever needs the same table waits until all is over), and the
// same functions plan from it. What can still differ: sizes that decide between two strategies, DDL by others meanwhile, a choice of
// name that another relation has taken, and rights to a schema, which are looked at when the turn comes. So the outline is kept with
// the script, compared at the turn, and a difference is an event of the script ("plan differs").
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "core/plan.hpp"
#include "engine/planning.hpp"

namespace hotswap::engine {

struct DryPart {
    std::optional<PlannedDdl> planned;   // nothing: its plan is made at its turn
    std::string why_not;                 // then, for people
    std::exception_ptr refusal;          // it can never be carried out
    std::string failure;                 // the plain statement would fail, and how
    std::vector<std::string> before;     // the statements of the script up to it
};

// One for each step of the script's plan, empty for what is no part. REQUIRES: the caller's rights and search_path, no Authority in
// force. ERRORS: a cancel of the caller's; what concerns a part is in it.
std::vector<DryPart> dry_run(const core::Plan &script, const std::string &options_json);

// Keeps the outlines in the steps of the script's plan, for comparing. ERRORS: the first refusal.
void foresee(const std::vector<DryPart> &parts, core::Plan *script);

}  // namespace hotswap::engine
