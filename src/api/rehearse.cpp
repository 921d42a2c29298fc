// hotswap._rehearse: what a rehearsal sees of each statement of a script. For tests, and for looking behind a verdict.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/function.hpp"
#include "bridge/rehearsal.hpp"
#include "bridge/statements.hpp"
#include "core/error.hpp"

namespace hotswap::api {

namespace {

std::string truth(bool value)
{
    return value ? "t" : "f";
}

void add_rows(bridge::Call &call, int number, const bridge::Rehearsed &seen)
{
    using Cell = std::optional<std::string>;
    const std::string no = std::to_string(number);
    const Cell why_not = seen.why_not.empty() ? Cell() : Cell(seen.why_not);
    const Cell error = seen.error ? Cell(seen.error->sqlstate + ": " + seen.error->message) : Cell();
    if (seen.touched.empty())
        call.add_row({no, truth(seen.ran), why_not, std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt, error});
    for (const core::Touch &touch : seen.touched)
        call.add_row({no, truth(seen.ran), why_not, touch.relation, std::to_string(touch.oid), std::string(1, touch.kind), core::to_text(touch.lock),
                      truth(touch.rewrites), truth(touch.scans), error});
}

}  // namespace

}  // namespace hotswap::api

// _rehearse(ddl) -> one row for each statement and relation.
HOTSWAP_FUNCTION(hotswap_rehearse)
{
    using namespace hotswap;
    const std::string ddl = call.text(0);
    if (const auto reason = bridge::Rehearsal::impossible())
        throw core::Error("25006", "cannot rehearse here", "Found: " + *reason + ".", "Call it in an ordinary transaction of the primary.");
    call.begin_rows();
    bridge::Rehearsal rehearsal;
    int number = 0;
    for (const bridge::StatementText &statement : bridge::split_statements(ddl))
        api::add_rows(call, ++number, rehearsal.run(statement.text));
    return bridge::Call::nothing();
}
