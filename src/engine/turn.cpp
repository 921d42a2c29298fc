// See turn.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/turn.hpp"

#include <algorithm>
#include <cmath>

#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "core/error.hpp"
#include "engine/lock_policy.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Rows;
using bridge::Sql;
using core::StepKind;
using store::Migration;
using store::StepRow;

constexpr double kNearMs = 10 * 60 * 1000;   // a date the conductor stays for
constexpr double kLastMs = 5000;             // nothing begins, and no lock is tried for, in the last seconds of a window

bool is_blocking(const core::Step &step)
{
    if (!blocks_writers(step.lock_mode) || (step.relation.empty() && step.locks.empty()))
        return false;
    return step.kind == StepKind::switch_storage || step.kind == StepKind::twin_drop || !step.action.empty();
}

bool switches(const StepRow &row)
{
    return row.step.phase == core::Phase::switch_ && is_blocking(row.step);
}

bool blocks(const StepRow &row)
{
    return is_blocking(row.step);
}

bool works(const StepRow &row)
{
    return row.step.kind != StepKind::await;
}

struct ChosenWindows {
    core::MaintenanceWindows windows;
    std::string zone;   // where none is given
};

ChosenWindows windows_of(Sql &sql, const Migration &migration, const core::Options &options)
{
    if (options.maintenance_window)
        return {core::MaintenanceWindows::parse(*options.maintenance_window), migration.time_zone};
    const char *const set = bridge::settings().maintenance_window;
    if (set == nullptr || *set == '\0')
        return {};
    // An executor runs under the TimeZone of the migration; the setting is about the server.
    return {core::MaintenanceWindows::parse(set), sql.run("SELECT reset_val AS zone FROM pg_settings WHERE name = 'TimeZone'")[0].text("zone")};
}

core::WindowAnswer ask(Sql &sql, const ChosenWindows &chosen)
{
    std::vector<std::string> zones = chosen.windows.zones(), named;
    for (const std::string &zone : zones)
        named.push_back(zone.empty() ? chosen.zone : zone);
    std::map<std::string, double> now;
    const Rows walls = sql.run("SELECT (extract(epoch FROM clock_timestamp() AT TIME ZONE z.zone) * 1000)::float8 AS ms"
                               "  FROM unnest($1::text[]) WITH ORDINALITY AS z(zone, n) ORDER BY n",
                               {named});
    for (std::size_t i = 0; i < zones.size(); ++i)
        now[zones[i]] = walls[i].number("ms");
    std::vector<std::string> begins, ends, of;
    for (const core::WallSpan &span : chosen.windows.around(now)) {
        begins.push_back(std::to_string(span.begin_ms));
        ends.push_back(std::to_string(span.end_ms));
        of.push_back(span.zone.empty() ? chosen.zone : span.zone);
    }
    const Rows rows = sql.run("SELECT (extract(epoch FROM (timestamp '1970-01-01' + b::float8 * interval '1 millisecond') AT TIME ZONE z) * 1000)::float8 AS b,"
                              "       (extract(epoch FROM (timestamp '1970-01-01' + e::float8 * interval '1 millisecond') AT TIME ZONE z) * 1000)::float8 AS e"
                              "  FROM unnest($1::text[], $2::text[], $3::text[]) AS s(b, e, z)",
                              {begins, ends, of});
    std::vector<core::Moments> moments;
    for (std::size_t i = 0; i < rows.size(); ++i)
        moments.push_back({rows[i].number("b"), rows[i].number("e")});
    return core::MaintenanceWindows::judge(moments, bridge::unix_ms());
}

std::string moment_text(Sql &sql, const Migration &migration, double unix_ms)
{
    return sql.run("SELECT to_char(to_timestamp($1 / 1000) AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI:SS') || ' ' || $2 AS text", {unix_ms, migration.time_zone})[0]
        .text("text");
}

// Without a launcher nobody would come back for the date.
bool is_near(double at_ms)
{
    if (!std::isfinite(at_ms))
        return false;
    return at_ms - bridge::unix_ms() < kNearMs || bridge::setting("shared_preload_libraries").find("hotswap") == std::string::npos;
}

std::string what_to_type(const Migration &migration, bool time)
{
    std::string text = ". Type hotswap.advance('" + migration.id + "') to go on at once";
    if (time)
        text += ", hotswap.switch_at('" + migration.id + "', ...) for another time";
    return text + ", or hotswap.cancel('" + migration.id + "') to take it back.";
}

}  // namespace

const StepRow *turn_of(const std::vector<StepRow> &steps)
{
    for (bool (*is)(const StepRow &) : {switches, blocks, works})
        if (const auto found = std::find_if(steps.begin(), steps.end(), is); found != steps.end())
            return &*found;
    return nullptr;
}

bool is_for_windows(const std::vector<StepRow> &steps, const StepRow &step)
{
    return is_blocking(step.step) && (step.step.phase >= core::Phase::switch_ || std::none_of(steps.begin(), steps.end(), switches));
}

std::string before_in_group(Sql &sql, const Migration &migration, const std::string &group)
{
    // Parts of a script have their turn with the script.
    const Rows rows = sql.run("SELECT o.migration_id, o.state, o.direction FROM hotswap._migrations o WHERE o.options ->> 'group' = $1 AND o.script_id IS NULL"
                              "   AND o.number < coalesce((SELECT s.number FROM hotswap._migrations s WHERE s.migration_id = nullif($2, '')), $3::integer)"
                              "   AND o.state NOT IN ('completed', 'cancelled', 'rolled_back')"
                              "   AND (o.direction = 'undo' OR EXISTS (SELECT FROM hotswap._migration_steps t WHERE t.migration_id = o.migration_id"
                              "                                           AND t.state <> 'done' AND t.phase NOT IN ('bake', 'contract')))"
                              " ORDER BY o.number LIMIT 1",
                              {group, migration.script, static_cast<std::int64_t>(migration.number)});
    if (rows.empty())
        return "";
    const std::string id = rows[0].text("migration_id"), state = rows[0].text("state");
    std::string text = "waiting for its turn in group \"" + group + "\": migration \"" + id + "\" is before it and " + state;
    if (state == "failed" || state == "paused")
        text += std::string(". Type hotswap.") + (state == "failed" ? "retry" : "resume") + "('" + id + "')" +
                (rows[0].text("direction") == "undo" ? "" : ", or hotswap.cancel('" + id + "'): then it no longer counts") + ".";
    return text;
}

std::optional<TurnWait> look_at_turn(Sql &sql, const Migration &migration, const std::vector<StepRow> &steps, const StepRow &step, const core::Options &options)
{
    if (store::is_script(migration) || step.step.kind == StepKind::await)
        return std::nullopt;
    const StepRow *turn = turn_of(steps);
    const bool is_turn = turn != nullptr && turn->number == step.number;
    if (is_turn && !options.group.empty())
        if (const std::string other = before_in_group(sql, migration, options.group); !other.empty())
            return TurnWait{other, false};
    if (!step.confirmed.empty() && (is_turn || is_for_windows(steps, step)))
        return std::nullopt;   // a person has said so
    if (is_turn && options.switch_at_ms && *options.switch_at_ms > bridge::unix_ms()) {
        if (!std::isfinite(*options.switch_at_ms))
            return TurnWait{step.step.title + " is postponed until a word (switch_at)" + what_to_type(migration, true), false};
        return TurnWait{step.step.title + " waits until " + moment_text(sql, migration, *options.switch_at_ms) + " (switch_at)" + what_to_type(migration, true),
                        is_near(*options.switch_at_ms)};
    }
    if (!is_for_windows(steps, step))
        return std::nullopt;
    const ChosenWindows chosen = windows_of(sql, migration, options);
    if (chosen.windows.always())
        return std::nullopt;
    const core::WindowAnswer answer = ask(sql, chosen);
    if (answer.open && answer.until_ms - bridge::unix_ms() > kLastMs)
        return std::nullopt;
    if (answer.open)
        return TurnWait{step.step.title + " waits for the next maintenance window: this one is nearly over" + what_to_type(migration, false), true};
    return TurnWait{step.step.title + " waits for the maintenance window, which " +
                        (std::isfinite(answer.until_ms) ? "opens " + moment_text(sql, migration, answer.until_ms) : std::string("does not open")) +
                        what_to_type(migration, false),
                    is_near(answer.until_ms)};
}

Patience patience(const StepContext &context)
{
    Patience result = {context.options.lock_budget_ms.value_or(bridge::settings().lock_budget_ms), false};
    if (context.undo || !context.row.confirmed.empty())
        return result;
    store::in_transaction([&](Sql &sql) {
        if (!is_for_windows(store::load_steps(sql, context.migration.id), context.row))
            return;
        const ChosenWindows chosen = windows_of(sql, context.migration, context.options);
        if (chosen.windows.always())
            return;
        const core::WindowAnswer answer = ask(sql, chosen);
        const double left = answer.open ? answer.until_ms - bridge::unix_ms() - kLastMs : 0;
        if (left < result.ms)
            result = {left, true};
    });
    return result;
}

}  // namespace hotswap::engine
