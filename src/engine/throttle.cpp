// See throttle.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/throttle.hpp"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>

#include "bridge/error.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "core/error.hpp"
#include "core/pace.hpp"
#include "core/progress.hpp"
#include "engine/gauges.hpp"
#include "engine/throttle_readings.hpp"
#include "store/throttles.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;

constexpr double kLookMs = 500;
constexpr const char *kQuery = "throttle_query";

// A number, or a truth; nothing when it is neither.
std::optional<double> ratio_of(const std::optional<std::string> &cell)
{
    if (!cell)
        return std::nullopt;
    if (*cell == "t" || *cell == "f")
        return *cell == "t" ? 1 : 0;
    char *end = nullptr;
    const double number = std::strtod(cell->c_str(), &end);
    if (end == cell->c_str() || *end != '\0' || !(number >= 0))
        return std::nullopt;
    return std::min(1.0, number);
}

// As the migration's owner, without a right to write anything, and not for long. What fails says stop.
core::Restraint ask_query(const StepContext &context, const std::string &query)
{
    const double timeout = bridge::settings().throttle_query_timeout_ms;
    core::Restraint answer = {kQuery, 1, std::string(kQuery) + " returned nothing that is a number"};
    bridge::Transaction transaction;
    const bridge::Deadline deadline(timeout);
    try {
        bridge::set_local("transaction_read_only", "on");
        const Authority authority = Authority::of_role(owner_oid(context), context.migration.search_path);
        Sql sql;
        const bridge::Rows rows = sql.run(query, {}, true);
        const std::optional<std::string> cell = rows.empty() || rows.cells[0].empty() ? std::nullopt : rows.cells[0][0];
        if (const auto ratio = ratio_of(cell))
            answer = {kQuery, *ratio, std::string(kQuery) + " returned " + *cell + ", 1 stops"};
    } catch (const bridge::PgError &error) {
        if (error.is_cancel() && !deadline.passed())
            throw;
        answer.text = std::string(kQuery) + (error.is_cancel() ? " took longer than " + core::duration_text(timeout / 1000) : " failed: " + error.message);
    } catch (const core::Error &error) {
        answer.text = std::string(kQuery) + " failed: " + error.what();
    }
    return answer;   // and its transaction is rolled back
}

}  // namespace

core::ThrottleVerdict Throttle::read(const StepContext &context)
{
    std::vector<core::Budget> budgets;
    store::ThrottleRules rules;
    store::in_transaction([&](Sql &sql) {
        rules = store::throttle_rules(sql, context.migration.id, core::to_text(context.step().kind));
        if (rules.exempt)
            return;
        budgets = read_budgets(sql, context, &clock_, &seen_);
        for (const core::Restraint &gauge : read_gauges(sql, clock_))
            rules.restraints.push_back(gauge);
    });
    if (rules.exempt)
        return {};
    const char *const server_query = bridge::settings().throttle_query;
    for (const std::string &query : {context.options.throttle_query, std::string(server_query != nullptr ? server_query : "")})
        if (!query.empty())
            rules.restraints.push_back(ask_query(context, query));
    return core::judge(budgets, rules.restraints, false);
}

std::optional<store::Hold> Throttle::look(const StepContext &context)
{
    const double now = bridge::now_ms();
    if (read_at_ms_ == 0 || now - read_at_ms_ >= kLookMs || !verdict_.signal.empty()) {
        try {
            verdict_ = read(context);
        } catch (const bridge::PgError &error) {
            if (error.is_cancel())
                throw;
            // What cannot be read may be anything.
            verdict_ = {"throttled: the state of the server", "throttled: the state of the server cannot be read: " + error.message, 0, {}};
        }
        read_at_ms_ = now;
    }
    if (verdict_.signal.empty())
        return std::nullopt;
    return store::Hold{verdict_.signal, verdict_.text};
}

double Throttle::rest_ms(double worked_ms) const
{
    return core::throttle_rest_ms(worked_ms, verdict_.ratio);
}

namespace {
core::Load load_of(double active_clients)
{
    return {.active_clients = active_clients, .processors = static_cast<int>(std::thread::hardware_concurrency())};
}
}  // namespace

void Pace::look()
{
    double sample = 0;
    store::in_transaction([&](bridge::Sql &sql) {
        // Clients at work: those that run a statement, and those between two short ones (a look that catches only what runs in
        // this very instant misses most of a client that sends thousands a second). Sleeping is not work.
        sample = static_cast<double>(sql.run("SELECT count(*) AS n FROM pg_stat_activity WHERE backend_type = 'client backend'"
                                             "   AND ((state = 'active' AND wait_event_type IS DISTINCT FROM 'Timeout')"
                                             "        OR state_change > clock_timestamp() - interval '20 milliseconds')")[0]
                                         .integer("n"));
    });
    // The first look counts in full: a busy server should not be surprised by a first large chunk.
    active_clients_ = active_clients_ < 0 ? sample : core::smooth_load(active_clients_, sample);
}

double Pace::rest_ms(double chunk_ms) const
{
    return core::rest_ms(chunk_ms, load_of(active_clients_), bridge::settings().busy_share / 100.0);
}

std::string Pace::resting() const
{
    const core::Load load = load_of(active_clients_);
    return fmt::format("{:.1f} clients are at work on {} processors, hotswap.busy_share is {} %", load.active_clients, load.processors,
                       bridge::settings().busy_share);
}

double Pace::chunk_target_ms() const
{
    return core::chunk_target_ms(bridge::settings().chunk_time_ms, load_of(active_clients_));
}

}  // namespace hotswap::engine
