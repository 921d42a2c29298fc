// Feature flags: the functions that are asked, and the triggers of the table. How an answer is found is core/flag.hpp, where the flags
// come from bridge/flag_cache.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/flag_call.hpp"
#include "bridge/flag_trigger.hpp"
#include "bridge/function.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "store/flags.hpp"

// (flag_name, user_id) -> boolean.
HOTSWAP_FUNCTION(hotswap_check_feature_flag)
{
    return hotswap::bridge::Call::boolean_value(hotswap::bridge::flag_is_on(call.raw()));
}

// (flag_name, key, context) -> boolean.
HOTSWAP_FUNCTION(hotswap_flag)
{
    return hotswap::bridge::Call::boolean_value(hotswap::bridge::flag_is_on_in(call));
}

// (flag_name, key, context) -> (value, variant, reason, error_code).
HOTSWAP_FUNCTION(hotswap_flag_detail)
{
    return hotswap::bridge::flag_detail(call);
}

// (flag_name, key, salt) -> integer.
HOTSWAP_FUNCTION(hotswap_flag_bucket)
{
    return hotswap::bridge::flag_bucket(call);
}

// BEFORE INSERT OR UPDATE, row.
HOTSWAP_FUNCTION(hotswap_check_flag)
{
    const hotswap::bridge::FlagTrigger trigger(call.raw());
    (void)hotswap::core::Flag(trigger.new_row());
    return trigger.keep_row();
}

// AFTER INSERT OR UPDATE OR DELETE, row.
HOTSWAP_FUNCTION(hotswap_tell_flag_caches)
{
    const hotswap::bridge::FlagTrigger trigger(call.raw());
    trigger.tell_caches();
    return {0, false};
}

// AFTER INSERT OR UPDATE OR DELETE, row; BEFORE TRUNCATE, statement.
HOTSWAP_FUNCTION(hotswap_audit_flag)
{
    using namespace hotswap;
    const bridge::FlagTrigger trigger(call.raw());
    const std::string changed_by = bridge::role_name(bridge::current_role());
    const std::string operation = trigger.operation();
    if (operation == "TRUNCATE") {
        const bridge::Authority authority = bridge::Authority::of_store();
        bridge::Sql sql;
        store::add_flag_truncation(sql, changed_by);
        return {0, false};
    }
    const store::FlagChange change = {trigger.flag_name(), operation,  trigger.old_json(),
                                      trigger.new_json(),  changed_by, bridge::flag_driver()};
    if (change.old_json == change.new_json)   // an UPDATE that changed nothing
        return {0, false};
    const bridge::Authority authority = bridge::Authority::of_store();
    bridge::Sql sql;
    store::add_flag_change(sql, change);
    return {0, false};
}
