// See gate.hpp.
//
// The way back is never held: whoever takes a migration back wants to be rid of it, most of all while something is wrong.
// SPDX-License-Identifier: PostgreSQL
#include "engine/gate.hpp"

#include <algorithm>

#include "bridge/error.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "engine/breaker.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Sql;

constexpr double kAgainMs = 500;

// No memory for the breaker is no reason to stop, nor to fail.
template <class Body> void with_breaker(Body body)
{
    try {
        store::in_transaction([&](Sql &) { body(); });
    } catch (const bridge::PgError &error) {
        if (error.is_cancel())
            throw;
        bridge::log("circuit breaker not asked: " + error.message);
    }
}

}  // namespace

Gate::~Gate()
{
    try {
        give_trial_back();
    } catch (const std::exception &) {
        trial_ = false;   // half_open_time ends it
    }
}

void Gate::give_trial_back()
{
    if (trial_)
        with_breaker([] { give_back(store::kExecutorBreaker); });
    trial_ = false;
}

bool Gate::ask_breaker()
{
    bool allowed = true;
    with_breaker([&] {
        const BreakerAnswer answer = ask(store::kExecutorBreaker);
        allowed = answer.allowed;
        trial_ = allowed && answer.state == core::BreakerState::half_open;
    });
    return allowed;
}

bool Gate::pass()
{
    if (context_.undo)
        return true;
    give_trial_back();
    for (;;) {
        std::optional<store::Hold> hold;
        if (throttles_)
            hold = throttle_.look(context_);
        if (!hold && !ask_breaker()) {
            with_breaker([&] { hold = breaker_hold(); });
            if (!hold)
                continue;   // it has just changed
        }
        bool wanted = true;
        if (hold || !held_.empty())
            store::in_transaction([&](Sql &sql) {
                wanted = still_wanted(sql, context_);
                if (!wanted)
                    return;
                if (!held_.empty() && (!hold || hold->signal != held_))
                    store::let_go(sql, context_.migration.id, held_);
                if (hold)
                    store::hold_back(sql, context_.migration.id, *hold);
            });
        held_ = hold ? hold->signal : "";
        if (!hold || !wanted)
            return wanted && rest();
        bridge::wait_ms(kAgainMs);
    }
}

// In slices, so that a pause or a cancellation is heard.
bool Gate::rest()
{
    double left = throttle_.rest_ms(worked_ms_);
    worked_ms_ = 0;
    while (left > 0) {
        const double slice = std::min(left, kAgainMs);
        bridge::wait_ms(slice);
        left -= slice;
        bool wanted = true;
        if (left > 0)
            store::in_transaction([&](Sql &sql) { wanted = still_wanted(sql, context_); });
        if (!wanted)
            return false;
    }
    return true;
}

void Gate::done(std::optional<double> ms)
{
    worked_ms_ = ms.value_or(0);
    trial_ = false;
    with_breaker([&] { (void)record_call(store::kExecutorBreaker, true, ms); });
}

void Gate::failed(const std::string &sqlstate)
{
    if (!core::speaks_of_health(sqlstate))
        return;
    trial_ = false;
    tell_breaker(sqlstate);
}

void tell_breaker(const std::string &sqlstate)
{
    if (core::speaks_of_health(sqlstate))
        with_breaker([] { (void)record_call(store::kExecutorBreaker, false, std::nullopt); });
}

}  // namespace hotswap::engine
