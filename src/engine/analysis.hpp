// From a script to verdicts: what its statements would do if they were simply run. Shared by the functions that show it.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "core/rules.hpp"

namespace hotswap::engine {

struct AnalyzedStatement {
    std::string text;                          // as written
    std::vector<core::Operation> operations;
    std::vector<core::Verdict> verdicts;
};

// Statement by statement, each in the state that those before it would leave. Changes nothing. Names are resolved under the
// caller's rights and search_path.
// ERRORS: 42601 and friends, with the position, when the text does not parse.
// quick: a statement that stands alone is not rehearsed where the rules suffice; that it fails (for a name that is taken, say) may
// be missed then. with_checks: the operations say what they ask of the rows that are there, too.
enum class Care { quick, thorough, with_checks };
std::vector<AnalyzedStatement> analyze(const std::string &script, Care care);

}  // namespace hotswap::engine
