// catch_up: works the change logs off until little is left; and while a migration waits, keeps them short.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include "bridge/error.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/stop_point.hpp"
#include "core/error.hpp"
#include "engine/changes.hpp"
#include "engine/crash_mark.hpp"
#include "engine/gate.hpp"
#include "engine/rewrite.hpp"
#include "engine/throttle.hpp"
#include "store/chunks.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Sql;

constexpr std::int64_t kLittle = 2000;    // entries that the switch may find

std::vector<TwinFlow> flows_of(const StepContext &context, Direction direction)
{
    std::vector<TwinFlow> flows;
    store::in_transaction([&](Sql &sql) { flows = load_flows(sql, context, direction); });
    return flows;
}

std::int64_t rejects(const StepContext &context)
{
    std::int64_t n = 0;
    store::in_transaction([&](Sql &sql) { n = store::reject_count(sql, context.migration.id); });
    return n;
}

}  // namespace

Ended run_catch_up(const StepContext &context)
{
    if (!begin_step(context))
        return Ended::stopped;
    HOTSWAP_STOP("catch_up_begun");
    try {
        bool again = false;
        store::in_transaction([&](Sql &sql) { again = begin_again_after_crash(sql, context); });
        if (again)
            return Ended::stopped;
        const std::vector<TwinFlow> flows = flows_of(context, Direction::forward);
        retry_rejects(context, flows);
        const auto wanted = [&](Sql &sql) { return still_wanted(sql, context); };
        Pace pace;
        Gate gate(context);
        std::int64_t last = -1;
        for (;;) {
            const bridge::ScratchMemory scratch;
            if (!gate.pass())
                return Ended::stopped;
            pace.look();
            std::int64_t entries = 0;
            bool whole = true;
            double elapsed = 0;
            for (const TwinFlow &flow : flows) {
                const Round round = apply_round(context, flow, wanted);
                if (!round.wanted)
                    return Ended::stopped;
                entries += round.entries;
                whole = whole && round.whole;
                elapsed += round.elapsed_ms;
            }
            gate.done(elapsed);
            if (entries <= kLittle && whole)
                break;
            tell(context, "catching up with " + std::to_string(entries) + " changes of the application" +
                              (gate.rest_shown().empty() ? "" : ", " + gate.rest_shown()));
            // Rest only while that wins: a log that grows must be worked off, or the switch never comes.
            if (last < 0 || entries < last / 2)
                gate.make_way(pace, elapsed, elapsed);
            last = entries;
        }
        if (const std::int64_t n = rejects(context); n > 0)
            return pause(context, rejects_reason(context, n));
        HOTSWAP_STOP("catch_up_before_record");
        record_done(context);
        return Ended::done;
    } catch (const bridge::PgError &error) {
        if (error.is_cancel() || error.is_retryable())
            return Ended::stopped;
        return fail(context, bridge::describe(error));
    } catch (const core::Error &error) {
        return fail(context, bridge::describe(error));
    }
}

Ended keep_current(const StepContext &context)
{
    bool switched = false, again = false;
    store::in_transaction([&](Sql &sql) {
        for (const store::StepRow &row : store::load_steps(sql, context.migration.id))
            switched = switched || (row.step.kind == core::StepKind::switch_storage && row.state == "done");
    });
    if (switched) {
        HOTSWAP_STOP("keep_previous_begun");
    }
    store::in_transaction([&](Sql &sql) {
        if (switched)
            (void)carry_all_back_after_crash(sql, context);
        else
            again = begin_again_after_crash(sql, context);
    });
    if (again)
        return Ended::stopped;
    const std::vector<TwinFlow> flows = flows_of(context, switched ? Direction::back : Direction::forward);
    const auto wanted = [&](Sql &sql) { return still_waiting(sql, context); };
    for (const TwinFlow &flow : flows) {
        const bridge::ScratchMemory scratch;
        for (int rounds = 0; rounds < 10; ++rounds) {
            const Round round = apply_round(context, flow, wanted);
            if (!round.wanted)
                return Ended::stopped;
            if (round.entries <= kLittle)
                break;
        }
    }
    return Ended::done;
}

}  // namespace hotswap::engine
