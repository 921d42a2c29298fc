// The watch after the work: whether a plan gets one, and for how long.
//
// After a switch much can turn out late (plans, the cost of the new type, of keeping the way back open), so that is watched for
// longer than a change of catalogs. Unasked it comes only where it can find something: on a table of some size.
// SPDX-License-Identifier: PostgreSQL
#include <fmt/format.h>

#include "core/bake.hpp"
#include "core/planning.hpp"

namespace hotswap::core {

namespace {

std::int64_t size_of(const TableFacts &table)
{
    std::int64_t blocks = table.blocks;
    for (const TableFacts &below : table.descendants)
        blocks += below.blocks;
    return blocks;
}

struct Watch {
    std::string time;   // empty: none
    bool unasked = false;
};

Watch watch_for(const Planning &planning, BakeAfter after)
{
    const Options &options = planning.options;
    const UsualBake &usual = options.usual_bake;
    const bool switched = after == BakeAfter::switch_;
    if (!options.bake.empty())
        return {options.bake, false};
    const std::string &time = switched ? usual.after_switch : usual.direct;
    if (options.bake_wish == BakeWish::usual)
        return {time, false};
    const bool wanted = switched ? usual.unasked_after_switch : usual.unasked_direct;
    // A small table is read in a moment, whatever the plan and the types are.
    if (options.bake_wish == BakeWish::unsaid && wanted && size_of(planning.table) >= kSmallBlocks)
        return {time, true};
    return {};
}

}  // namespace

std::string interval_text(long long ms)
{
    const auto words = [](long long number, const char *unit) { return fmt::format("{} {}{}", number, unit, number == 1 ? "" : "s"); };
    if (ms % 60000 == 0)
        return words(ms / 60000, "minute");
    return ms % 1000 == 0 ? words(ms / 1000, "second") : words(ms, "millisecond");
}

bool will_bake(const Planning &planning, BakeAfter after)
{
    return !watch_for(planning, after).time.empty();
}

void add_bake(Planning &planning, BakeAfter after, const std::string &what)
{
    const Watch watch = watch_for(planning, after);
    if (watch.time.empty())
        return;
    Step step = make_await(Phase::bake, "watch", what, watch.time);
    step.unasked = watch.unasked;
    planning.add(std::move(step));
}

}  // namespace hotswap::core
