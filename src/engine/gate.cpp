// See gate.hpp.
//
// The way back is never held: whoever takes a migration back wants to be rid of it, most of all while something is wrong.
// SPDX-License-Identifier: PostgreSQL
#include "engine/gate.hpp"

#include <algorithm>
#include <vector>

#include "bridge/error.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "engine/breaker.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Sql;

constexpr double kAgainMs = 500;
constexpr double kShowMs = 1000;
constexpr double kWorthShowing = 0.05;   // of the time

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
        if (!shown_.empty())
            store::in_transaction([&](Sql &sql) { store::show_rest(sql, context_.migration.id, ""); });
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

// What is left of the rest. The limits look at the clock by themselves, and at what was used while it rested.
double Gate::rest_left(double rested_ms)
{
    return throttles_ ? std::max(throttle_.rest_ms(worked_ms_) - rested_ms, limits_.rest_ms()) : 0;
}

// Of several streams the first one speaks; each has the same reasons.
void Gate::show_rest(double rest_ms)
{
    const double now = bridge::now_ms();
    if (context_.stream != 1 || !throttles_ || (!shown_.empty() && now - shown_at_ms_ < kShowMs))
        return;
    const double rest = rest_ms + way_ms_, share = rest > 0 ? rest / (rest + worked_ms_) : 0;
    std::string text;
    if (share >= kWorthShowing) {
        std::vector<std::string> reasons;
        if (throttle_.rest_ms(worked_ms_) > 0)
            reasons.push_back(throttle_.resting());
        reasons.push_back(core::reasons_of(limits_.restraints()));
        reasons.push_back(way_ms_ > 0 ? way_ : "");
        for (const std::string &reason : reasons)
            if (!reason.empty())
                text += (text.empty() ? "" : "; ") + reason;
        if (!text.empty())
            text = "resting " + std::to_string(static_cast<int>(share * 100)) + " % of the time: " + text;
    }
    if (text == shown_)
        return;
    store::in_transaction([&](Sql &sql) { store::show_rest(sql, context_.migration.id, text); });
    shown_ = text;
    shown_at_ms_ = now;
}

bool Gate::pass()
{
    if (context_.undo)
        return true;
    give_trial_back();
    const double began = bridge::now_ms();
    if (throttles_)
        limits_.worked(context_);
    for (bool first = true;; first = false) {
        std::optional<store::Hold> hold;
        if (throttles_)
            hold = throttle_.look(context_);
        const double left = hold ? 0 : rest_left(bridge::now_ms() - began);
        const bool rests = left >= 1;   // ms: less than a wait can measure
        if (first && !hold)
            show_rest(left);
        if (!hold && !rests && !ask_breaker()) {
            with_breaker([&] { hold = breaker_hold(); });
            if (!hold)
                continue;   // it has just changed
        }
        bool wanted = true;
        if (hold || !held_.empty() || (!first && rests))
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
        if (hold)
            shown_.clear();   // it took its place
        if (!wanted)
            return false;
        if (!hold && !rests)
            break;
        bridge::wait_ms(hold ? kAgainMs : std::min(left, kAgainMs));
    }
    worked_ms_ = way_ms_ = 0;
    return true;
}

void Gate::make_way(const Pace &pace, double worked_ms, double most_ms)
{
    way_ms_ = std::min(most_ms, pace.rest_ms(worked_ms));
    way_ = pace.resting();
    bridge::wait_ms(way_ms_);
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
