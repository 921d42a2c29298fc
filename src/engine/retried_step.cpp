// See retried_step.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/retried_step.hpp"

#include "bridge/error.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "core/error.hpp"
#include "core/lock_ladder.hpp"

namespace hotswap::engine {

namespace {

constexpr double kBudgetMs = 300000;

}  // namespace

std::optional<Ended> retried(const StepContext &context, const std::function<void()> &attempt, const std::function<void()> &tidy)
{
    core::LockLadder ladder(kBudgetMs, static_cast<std::uint64_t>(bridge::current_pid()) * 2654435761u);
    const double started = bridge::now_ms();
    for (;;) {
        try {
            attempt();
            return std::nullopt;
        } catch (const bridge::PgError &error) {
            if (error.is_cancel())
                return Ended::stopped;
            const std::optional<double> delay = error.is_retryable() ? ladder.next_delay_ms(bridge::now_ms() - started) : std::nullopt;
            if (!delay) {
                if (tidy)
                    tidy();
                return fail(context, bridge::describe(error));
            }
            bridge::wait_ms(*delay);
        } catch (const core::Error &error) {
            return fail(context, bridge::describe(error));
        }
    }
}

}  // namespace hotswap::engine
