// hotswap.start and hotswap.start_rewrite.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/function.hpp"
#include "bridge/session.hpp"
#include "core/error.hpp"
#include "engine/enqueue.hpp"
#include "engine/planning.hpp"
#include "engine/script.hpp"

namespace hotswap::api {

namespace {

void refuse_on_standby()
{
    if (bridge::in_recovery())
        throw core::Error("25006", "cannot start a migration on a standby", "The server is in recovery.", "Start it on the primary.");
}

// Stores the migration and shows what its owner should know.
std::string enqueue(const engine::PlannedDdl &planned, const std::string &ddl, const std::string &name, const std::string &options)
{
    const std::string id = engine::store_migration(planned, ddl, name, options);
    for (const std::string &warning : planned.plan.warnings)
        bridge::notice(warning);
    return id;
}

}  // namespace

}  // namespace hotswap::api

// start(ddl, name, strategy, options) -> migration id. Enqueues: rolls back with the caller's transaction.
HOTSWAP_FUNCTION(hotswap_start)
{
    using namespace hotswap;
    api::refuse_on_standby();
    const std::string ddl = call.text(0);
    const std::string options = call.json(3);
    const std::string strategy = call.optional_text(2).value_or("auto"), name = call.optional_text(1).value_or("");
    const engine::ReadScript script = engine::read_script(ddl, strategy, options);
    for (const std::string &note : script.notes)
        bridge::notice(note);
    if (script.single)
        return bridge::Call::text_value(api::enqueue(engine::plan_single(script, strategy, options), ddl, name, options));
    return bridge::Call::text_value(api::enqueue(engine::PlannedDdl{{}, script.plan, "", ""}, ddl, name, options));
}

// start_rewrite(relation, order_by, fillfactor, name, options) -> migration id.
HOTSWAP_FUNCTION(hotswap_start_rewrite)
{
    using namespace hotswap;
    api::refuse_on_standby();
    const std::string order_by = call.optional_text(1).value_or(""), options = call.json(4);
    const std::optional<int> fillfactor = call.optional_integer(2);
    const engine::PlannedDdl planned = engine::plan_compaction(call.oid(0), order_by, fillfactor, options);
    std::string words = "rewrite " + planned.relation;  // no DDL: for people only
    if (!order_by.empty())
        words += " ORDER BY " + order_by;
    if (fillfactor)
        words += " WITH (fillfactor = " + std::to_string(*fillfactor) + ")";
    return bridge::Call::text_value(api::enqueue(planned, words, call.optional_text(3).value_or(""), options));
}
