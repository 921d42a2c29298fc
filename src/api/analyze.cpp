// hotswap.analyze: what PostgreSQL would do with each statement of a script, run as it stands.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/function.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "engine/analysis.hpp"

namespace hotswap::api {

namespace {

std::optional<std::string> or_null(const std::string &text)
{
    return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

const char *truth(bool value)
{
    return value ? "true" : "false";
}

std::optional<std::string> interval(const std::optional<double> &ms)
{
    return ms ? std::optional<std::string>(std::to_string(*ms) + " milliseconds") : std::nullopt;
}

}  // namespace

}  // namespace hotswap::api

// analyze(ddl) -> rows.
HOTSWAP_FUNCTION(hotswap_analyze)
{
    using namespace hotswap;
    const std::string ddl = call.text(0);
    call.begin_rows();
    for (const engine::AnalyzedStatement &statement : engine::analyze(ddl, engine::Care::quick)) {
        for (const core::Verdict &v : statement.verdicts)
            call.add_row({std::to_string(v.statement_no), v.operation, api::or_null(v.relation), api::or_null(v.object),
                          api::or_null(core::to_text(v.lock)), v.blocks, api::truth(v.rewrites), api::truth(v.scans), v.risk, v.migration_type,
                          v.strategy, api::interval(v.duration_ms), api::interval(v.lock_ms), api::truth(v.requires_zero_downtime),
                          bridge::format_text_array(v.warnings)});
    }
    return bridge::Call::nothing();
}
