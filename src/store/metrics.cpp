// See metrics.hpp. The metrics are columns, and their names come from core/health.hpp only.
// SPDX-License-Identifier: PostgreSQL
#include "store/metrics.hpp"

#include <string_view>

#include "core/identifier.hpp"

namespace hotswap::store {

namespace {

using bridge::Parameter;
using bridge::Row;
using bridge::Sql;

std::vector<double> column(Sql &sql, const core::Metric &metric, const std::string &from, const std::string &until)
{
    const std::string name = core::quote_identifier(metric.name);
    const auto rows = sql.run("SELECT " + name + " AS value FROM hotswap._migration_metrics WHERE " + name +
                                  " IS NOT NULL AND sampled_at > $1::timestamptz AND sampled_at <= $2::timestamptz ORDER BY sampled_at",
                              {from, until});
    std::vector<double> values;
    for (std::size_t i = 0; i < rows.size(); ++i)
        values.push_back(rows[i].number("value"));
    return values;
}

core::Threshold threshold_of(Sql &sql, const core::Metric &metric)
{
    core::Threshold threshold;
    const auto rows = sql.run("SELECT tolerance, least_shift, judged FROM hotswap._migration_thresholds WHERE metric = $1", {std::string(metric.name)});
    if (rows.empty())
        return threshold;
    const Row row = rows[0];
    if (!row.is_null("tolerance"))
        threshold.tolerance = row.number("tolerance");
    if (!row.is_null("least_shift"))
        threshold.least_shift = row.number("least_shift");
    if (!row.is_null("judged"))
        threshold.judged = row.boolean("judged");
    return threshold;
}

}  // namespace

void add_sample(Sql &sql, const core::Sample &sample)
{
    std::string names, places;
    std::vector<Parameter> values = {sample.period_ms};
    for (const auto &[metric, value] : sample.values) {
        names += ", " + core::quote_identifier(metric);
        values.emplace_back(value);
        places += ", $" + std::to_string(values.size());
    }
    sql.run("INSERT INTO hotswap._migration_metrics (sampled_at, period_ms" + names + ") VALUES (clock_timestamp(), $1" + places + ")", values);
}

void forget_samples(Sql &sql, double older_than_ms)
{
    sql.run("DELETE FROM hotswap._migration_metrics s WHERE sampled_at < clock_timestamp() - $1 * interval '1 millisecond'"
            "   AND NOT EXISTS (SELECT FROM hotswap._migrations m WHERE m.state NOT IN ('completed', 'cancelled', 'rolled_back')"
            "                      AND s.sampled_at > m.baseline_from AND s.sampled_at <= m.baseline_until)",
            {older_than_ms});
}

std::int64_t set_baseline(Sql &sql, const std::string &migration, double ms)
{
    return sql.run("UPDATE hotswap._migrations m SET baseline_from = clock_timestamp() - $2 * interval '1 millisecond', baseline_until = clock_timestamp()"
                   " WHERE migration_id = $1"
                   " RETURNING (SELECT count(*) FROM hotswap._migration_metrics s WHERE s.sampled_at > m.baseline_from AND s.sampled_at <= m.baseline_until) AS n",
                   {migration, ms})[0].integer("n");
}

std::int64_t samples_with_traffic(Sql &sql, double ms)
{
    return sql.run("SELECT count(transaction_latency) AS n FROM hotswap._migration_metrics WHERE sampled_at > clock_timestamp() - $1 * interval '1 millisecond'",
                   {ms})[0].integer("n");
}

std::int64_t baseline_with_traffic(Sql &sql, const std::string &migration)
{
    return sql.run("SELECT count(s.transaction_latency) AS n FROM hotswap._migrations m JOIN hotswap._migration_metrics s"
                   "  ON s.sampled_at > m.baseline_from AND s.sampled_at <= m.baseline_until WHERE m.migration_id = $1",
                   {migration})[0].integer("n");
}

bool has_baseline(Sql &sql, const std::string &migration)
{
    return sql.run("SELECT baseline_until IS NOT NULL AS yes FROM hotswap._migrations WHERE migration_id = $1", {migration})[0].boolean("yes");
}

std::vector<core::MetricVerdict> judge_bake(Sql &sql, const std::string &migration, int step_no, double warm_up_ms)
{
    const Row range = sql.run("SELECT m.baseline_from, m.baseline_until, clock_timestamp() AS now,"
                              "       s.started_at + least($3 * interval '1 ms', s.wait_for::interval / 4) AS warm_at FROM hotswap._migrations m"
                              "  JOIN hotswap._migration_steps s USING (migration_id) WHERE m.migration_id = $1 AND s.step_no = $2::integer",
                              {migration, static_cast<std::int64_t>(step_no), warm_up_ms})[0];
    std::vector<core::MetricVerdict> verdicts;
    for (const core::Metric &metric : core::metrics()) {
        const core::Threshold threshold = threshold_of(sql, metric);
        if (!threshold.judged.value_or(metric.judged))
            continue;
        auto baseline = column(sql, metric, range.text("baseline_from"), range.text("baseline_until"));
        auto samples = column(sql, metric, range.text("warm_at"), range.text("now"));
        // What this server does not count cannot be missing. The latency of transactions is what every server counts.
        if (baseline.empty() && samples.empty() && std::string_view(metric.name) != core::metrics().front().name)
            continue;
        verdicts.push_back(core::judge(metric, threshold, std::move(baseline), std::move(samples)));
    }
    return verdicts;
}

void add_verdicts(Sql &sql, const std::string &migration, const std::vector<core::MetricVerdict> &verdicts)
{
    for (const core::MetricVerdict &verdict : verdicts)
        sql.run("INSERT INTO hotswap._migration_verdicts (migration_id, metric, verdict, baseline_samples, samples, missing, baseline_median, median,"
                "  shift, shift_low, tolerated, p_value, effect)"
                " VALUES ($1, $2, $3, $4::integer, $5::integer, $6::integer, $7, $8, $9, $10, $11, $12, $13)",
                {migration, verdict.metric, std::string(core::to_text(verdict.judgement)), static_cast<std::int64_t>(verdict.baseline_samples),
                 static_cast<std::int64_t>(verdict.samples), static_cast<std::int64_t>(verdict.missing), verdict.baseline_median, verdict.median,
                 verdict.shift, verdict.shift_low, verdict.limit, verdict.p_value, verdict.delta});
}

}  // namespace hotswap::store
