// throttle, exempt, unthrottle: rules for the throttle that hold for a while, taken up by migrations at work.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>
#include <array>

#include "bridge/function.hpp"
#include "bridge/session.hpp"
#include "core/error.hpp"
#include "store/migrations.hpp"
#include "store/throttles.hpp"

namespace hotswap::api {

namespace {

constexpr std::array<const char *, 8> kKinds = {"all", "backfill", "catch_up", "copy", "fill", "rows", "twin_index", "twin_verify"};

// For a migration: members of its owner's role. For kinds of steps, which are everybody's: those of the owner of hotswap's tables.
void check_app(bridge::Sql &sql, const std::string &app, unsigned caller)
{
    const auto migration = store::find_migration(sql, app);
    if (!migration && std::find(kKinds.begin(), kKinds.end(), app) == kKinds.end())
        throw core::Error(core::sqlstate::kUndefinedObject, "there is no migration and no kind of step \"" + app + "\"", "",
                          "Give the id of a migration, or one of: all, backfill, catch_up, copy, fill, rows, twin_index, twin_verify.");
    const std::string owner = bridge::role_name(bridge::current_role());
    if (!bridge::has_privileges_of(caller, owner) && !(migration && bridge::has_privileges_of(caller, migration->owner)))
        throw core::Error(core::sqlstate::kInsufficientPrivilege, "permission denied for \"" + app + "\"", "",
                          "Name a migration of your own. The others are for members of role \"" + owner + "\".");
}

void set(const std::string &app, double ratio, std::optional<double> duration_ms)
{
    if (!duration_ms)
        throw core::Error("22004", "duration must not be null", "", "Say for how long, as in '30 minutes'.");
    if (*duration_ms <= 0)
        throw core::Error(core::sqlstate::kInvalidParameter, "duration must be above zero", "", "hotswap.unthrottle takes a rule back.");
    const unsigned caller = bridge::current_role();
    const bridge::Authority authority = bridge::Authority::of_store();
    bridge::Sql sql;
    check_app(sql, app, caller);
    store::set_throttle(sql, app, ratio, *duration_ms);
}

}  // namespace

}  // namespace hotswap::api

HOTSWAP_FUNCTION(hotswap_throttle)
{
    using namespace hotswap;
    const double ratio = call.number(1);
    if (!(ratio >= 0 && ratio <= 1))
        throw core::Error(core::sqlstate::kInvalidParameter, "ratio must be between 0 and 1", "", "0 works as ever, 1 stops, 0.8 rests for four fifths of the time.");
    api::set(call.text(0), ratio, call.interval_ms(2));
    return bridge::Call::nothing();
}

HOTSWAP_FUNCTION(hotswap_exempt)
{
    hotswap::api::set(call.text(0), -1, call.interval_ms(1));
    return hotswap::bridge::Call::nothing();
}

HOTSWAP_FUNCTION(hotswap_unthrottle)
{
    using namespace hotswap;
    const std::string app = call.text(0);
    const unsigned caller = bridge::current_role();
    const bridge::Authority authority = bridge::Authority::of_store();
    bridge::Sql sql;
    api::check_app(sql, app, caller);
    return bridge::Call::boolean_value(store::unset_throttle(sql, app));
}
