// See dual_write.hpp. Also the trigger function itself.
// SPDX-License-Identifier: PostgreSQL
#include "engine/dual_write.hpp"

#include "bridge/function.hpp"
#include "core/dual_write.hpp"

namespace hotswap::engine {

void keep_equal(bridge::DualWriteRow &row)
{
    const int groups = row.groups();
    for (int group = 0; group < groups; ++group) {
        const auto agree = [&] { return row.agree(group); };
        core::Fill fill;
        if (row.is_update()) {
            fill = core::direction_of_update({.old_changed = row.old_changed(group),
                                              .new_changed = row.new_changed(group),
                                              .new_is_null = !row.new_given(group)},
                                             row.policy(group), agree);
        } else {
            fill = core::direction_of_insert({.old_given = row.old_given(group),
                                              .new_given = row.new_given(group),
                                              .old_may_be_generated = row.old_may_be_generated(group)},
                                             row.policy(group), agree);
        }
        switch (fill) {
        case core::Fill::nothing:
            break;
        case core::Fill::new_side:
            row.fill_new(group);
            break;
        case core::Fill::old_side:
            row.fill_old(group);
            break;
        case core::Fill::defaults:
            row.apply_defaults(group);
            break;
        case core::Fill::conflict:
            row.conflict(group);
        }
    }
}

}  // namespace hotswap::engine

// BEFORE INSERT OR UPDATE FOR EACH ROW, ENABLE ALWAYS, created by a migration's expand step.
HOTSWAP_FUNCTION(hotswap_dual_write)
{
    hotswap::bridge::DualWriteRow row(call.raw());
    hotswap::engine::keep_equal(row);
    return {row.result(), false};
}
