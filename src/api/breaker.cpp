// update_circuit_breaker, circuit_allows, and what the view of breakers shows.
// SPDX-License-Identifier: PostgreSQL
#include "engine/breaker.hpp"

#include <cmath>

#include <fmt/format.h>

#include "bridge/function.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "core/error.hpp"

namespace hotswap::api {

namespace {

using Cell = std::optional<std::string>;

Cell number(double value)
{
    return fmt::format("{}", value);
}

Cell unless_zero(double value)
{
    return value == 0 ? Cell() : number(value);
}

std::vector<Cell> cells_of(const engine::BreakerLook &look, double now_ms)
{
    const core::BreakerRules &rules = look.row.rules;
    const core::Breaker &now = look.now;
    const core::WindowCounts counts = core::counts_of(now, rules, now_ms);
    const std::string why = core::why(now, rules);
    return {look.row.name, core::to_text(now.state), std::to_string(counts.failures), std::to_string(counts.calls - counts.failures),
            std::to_string(counts.slow), std::to_string(now.in_a_row), why.empty() ? Cell() : why, std::to_string(now.opens), unless_zero(now.since_ms),
            now.state == core::BreakerState::open ? number(now.until_ms) : Cell(), unless_zero(now.last_failure_ms),
            rules.by_count ? "count" : "time", number(rules.window_ms), std::to_string(rules.window_calls), std::to_string(rules.minimum_calls),
            unless_zero(rules.failure_ratio), unless_zero(rules.slow_ratio), number(rules.slow_ms), unless_zero(rules.consecutive_failures),
            number(rules.open_ms), number(rules.max_open_ms), std::to_string(rules.half_open_calls), number(rules.half_open_ms)};
}

// The table is written by the conductor: nothing the caller's transaction does later may undo it, or make others wait.
void pass_on(const engine::BreakerAnswer &answer)
{
    if (answer.changed)
        bridge::start_conductor_now();
}

}  // namespace

}  // namespace hotswap::api

HOTSWAP_FUNCTION(hotswap_update_circuit_breaker)
{
    using namespace hotswap;
    const std::string name = call.text(0);
    if (call.is_null(1))
        throw core::Error("22004", "success must not be null", "", "Say true or false.");
    if (bridge::in_recovery())
        throw core::Error("25006", "cannot update a circuit breaker during recovery", "", "Do it on the primary server.");
    const engine::BreakerAnswer answer = engine::record_call(name, call.boolean(1), call.interval_ms(2));
    api::pass_on(answer);
    return bridge::Call::text_value(core::to_text(answer.state));
}

HOTSWAP_FUNCTION(hotswap_circuit_allows)
{
    using namespace hotswap;
    const engine::BreakerAnswer answer = engine::ask(call.text(0));
    api::pass_on(answer);
    return bridge::Call::boolean_value(answer.allowed);
}

HOTSWAP_FUNCTION(hotswap_circuit_breakers)
{
    using namespace hotswap;
    const std::vector<engine::BreakerLook> looks = engine::look_at_breakers();
    const double now = bridge::unix_ms();
    call.begin_rows();
    for (const engine::BreakerLook &look : looks)
        call.add_row(api::cells_of(look, now));
    return bridge::Call::nothing();
}

HOTSWAP_FUNCTION(hotswap_breakers_changed)
{
    hotswap::engine::breakers_changed();
    return {.datum = 0, .null = false};
}
