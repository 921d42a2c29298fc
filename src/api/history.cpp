// hotswap.baseline. What is left of the history is SQL (sql/install/12_history.sql).
// SPDX-License-Identifier: PostgreSQL
#include "bridge/function.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "core/error.hpp"
#include "store/history.hpp"

namespace hotswap::api {

namespace {

void set_baseline(const std::string &name, const std::string &description)
{
    if (bridge::in_recovery())
        throw core::Error("25006", "cannot set a baseline on a standby", "The server is in recovery.", "Set it on the primary.");
    if (name.empty())
        throw core::Error(core::sqlstate::kInvalidParameter, "the name of a baseline cannot be empty", "",
                          "Give the name of the last script that this database has already, for example: V12__add_orders.");
    const std::string caller = bridge::role_name(bridge::current_role());
    const bridge::Authority authority = bridge::Authority::of_store();
    bridge::Sql sql;
    if (const auto applied = store::find_applied(sql, name)) {
        bridge::notice("script \"" + name + "\" is applied already, " +
                       (applied->is_baseline() ? "by the baseline \"" + applied->name + "\"" : "at " + applied->applied_at));
        return;
    }
    store::insert_baseline(sql, name, description, caller);
}

}  // namespace

}  // namespace hotswap::api

// baseline(name, description) -> void
HOTSWAP_FUNCTION(hotswap_baseline)
{
    hotswap::api::set_baseline(call.text(0), call.optional_text(1).value_or(""));
    return hotswap::bridge::Call::nothing();
}
