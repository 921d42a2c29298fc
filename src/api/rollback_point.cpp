// hotswap.restore and hotswap.drop_rollback_point.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/function.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "core/error.hpp"
#include "engine/enqueue.hpp"
#include "engine/hold.hpp"
#include "engine/restore_plan.hpp"
#include "store/migrations.hpp"
#include "store/rollback_points.hpp"

namespace hotswap::api {

namespace {

using bridge::Authority;
using bridge::Sql;

// Locked, kept, the caller's own and free. Who may not see a point learns no more of it than of one that never was.
store::RollbackPoint own_point(Sql &sql, std::int64_t id, unsigned caller)
{
    const auto point = store::find_point(sql, id, true);
    if (!point || point->state == "keeping")
        throw core::Error("42704", "rollback point " + std::to_string(id) + " does not exist", "", "See hotswap.rollback_points.");
    // The table says who owns it now; when it is gone the point does.
    const bool owned = sql.run("SELECT coalesce((SELECT pg_has_role($1::oid, relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass($2)),"
                               " (SELECT pg_has_role($1::oid, oid, 'USAGE') FROM pg_roles WHERE rolname = $3), false) AS ok",
                               {static_cast<std::int64_t>(caller), point->hold, point->owner})[0].boolean("ok");
    if (!owned)
        throw core::Error(core::sqlstate::kInsufficientPrivilege, "must be owner of what rollback point " + std::to_string(id) + " keeps", "", "See hotswap.rollback_points.");
    if (point->state != "kept")
        throw core::Error(core::sqlstate::kWrongState, "rollback point " + std::to_string(id) + " keeps nothing any more", "It is " + point->state + ".", "See hotswap.rollback_points.");
    if (store::is_being_restored(sql, *point))
        throw core::Error(core::sqlstate::kWrongState, "rollback point " + std::to_string(id) + " is being restored", "Migration \"" + point->restored_by + "\" is at it.",
                          "Follow it with SELECT * FROM hotswap.status('" + point->restored_by + "').");
    const auto migration = point->migration.empty() ? std::nullopt : store::find_migration(sql, point->migration);
    if (migration && !core::is_final(migration->state))
        throw core::Error(core::sqlstate::kWrongState, "migration \"" + migration->id + "\" is not over", std::string("It is ") + core::to_text(migration->state) + ".",
                          "Finish it first, or take it back with hotswap.rollback('" + migration->id + "').");
    return *point;
}

}  // namespace

}  // namespace hotswap::api

// restore(point_id) -> migration id.
HOTSWAP_FUNCTION(hotswap_restore)
{
    using namespace hotswap;
    const std::int64_t id = call.bigint(0);
    if (bridge::in_recovery())
        throw core::Error("25006", "cannot start a migration on a standby", "The server is in recovery.", "Start it on the primary.");
    const unsigned caller = bridge::current_role();
    engine::PlannedDdl planned;
    {
        const bridge::Authority authority = bridge::Authority::of_store();
        bridge::Sql sql;
        planned = engine::plan_restore(sql, api::own_point(sql, id, caller), caller);
    }
    for (const std::string &warning : planned.plan.warnings)
        bridge::notice(warning);
    const std::string migration = engine::store_migration(planned, "SELECT hotswap.restore(" + std::to_string(id) + ")", "", "{}");
    {
        const bridge::Authority authority = bridge::Authority::of_store();
        bridge::Sql sql;
        store::point_restored_by(sql, id, migration);
    }
    return bridge::Call::text_value(migration);   // outside: what is made while SPI is open goes with it
}

HOTSWAP_FUNCTION(hotswap_drop_rollback_point)
{
    using namespace hotswap;
    const std::int64_t id = call.bigint(0);
    const unsigned caller = bridge::current_role();
    const bridge::Authority authority = bridge::Authority::of_store();
    bridge::Sql sql;
    const store::RollbackPoint point = api::own_point(sql, id, caller);
    engine::drop_hold(sql, point);
    store::point_ends(sql, point, "dropped");
    // Its file goes when this is committed.
    if (!point.file.empty())
        bridge::wake_conductor_at_commit();
    return bridge::Call::nothing();
}
