// See health.hpp.
//
// Looking again and again finds a change by chance sooner or later. Two things keep that rare: a metric must be worse by more than
// what is tolerated, with 99 % confidence of that alone, and two looks in a row must say so.
// SPDX-License-Identifier: PostgreSQL
#include "worker/health.hpp"

#include <algorithm>

#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "core/progress.hpp"
#include "engine/health_reading.hpp"
#include "store/events.hpp"
#include "store/metrics.hpp"
#include "store/transaction.hpp"

namespace hotswap::worker {

namespace {

using bridge::Sql;
using store::Migration;
using store::StepRow;

constexpr int kLookSamples = 5;           // between two verdicts on one bake
constexpr double kKeepMs = 60000;         // between two verdicts that are kept although they say the same
constexpr double kForgetMs = 60000;       // between two deletions of old samples
constexpr double kGlance = 1.0 / 3;         // part of a baseline after which an idle server is taken for one
constexpr double kMostPatience = 2;       // times the time of a baseline
constexpr int kFailuresToActOn = 2;

bool unasked(const std::vector<StepRow> &steps)
{
    return std::all_of(steps.begin(), steps.end(), [](const StepRow &step) { return step.step.phase != core::Phase::bake || step.step.unasked; });
}

bool will_bake(const std::vector<StepRow> &steps)
{
    return std::any_of(steps.begin(), steps.end(), [](const StepRow &step) { return step.step.phase == core::Phase::bake; }) &&
           std::all_of(steps.begin(), steps.end(), [](const StepRow &step) { return step.state == "pending"; });
}

}  // namespace

void Health::sample()
{
    const double now = bridge::now_ms();
    if (now - sampled_ms_ < bridge::settings().sample_interval_ms)
        return;
    sampled_ms_ = now;
    core::Counters counters = engine::read_counters();
    counters.probe_ms = probe_ms_;
    const auto sample = before_ ? core::sample_between(*before_, counters) : std::nullopt;
    before_ = counters;
    const bool forget = now - forgot_ms_ > kForgetMs;
    if (forget)
        forgot_ms_ = now;
    if (!sample && !forget)
        return;
    const double began = bridge::now_ms();
    if (sample)
        store::in_transaction([&](Sql &sql) { store::add_sample(sql, *sample); });
    probe_ms_ = sample ? std::optional<double>(bridge::now_ms() - began) : std::nullopt;
    if (forget)
        store::in_transaction([&](Sql &sql) { store::forget_samples(sql, bridge::settings().metrics_retention_s * 1000.0); });
}

bool Health::takes_baseline(Sql &sql, const Migration &migration, const std::vector<StepRow> &steps) const
{
    if (bridge::settings().baseline_time_ms == 0)
        return false;
    // A few more than a verdict needs: a round of the conductor may be late.
    const double wanted = std::max<double>(bridge::settings().baseline_time_ms, (core::kLeastSamples + 5.0) * bridge::settings().sample_interval_ms);
    if (!will_bake(steps) || store::has_baseline(sql, migration.id))
        return false;
    const double watched = store::running_time_ms(sql, migration.id);
    // Where nobody is there and nobody has asked, a part of the time is enough to see that.
    const bool idle = unasked(steps) && watched >= wanted * kGlance && store::samples_with_traffic(sql, watched) == 0;
    if (watched < wanted && !idle) {
        store::set_reason(sql, migration.id,
                          "watching the server for " + core::duration_text(wanted / 1000) +
                              " before the first step, to have something to compare the bake with (hotswap.baseline_time)");
        return true;
    }
    // Where there is some traffic, a few samples more may make it enough.
    const double span = std::min(watched, kMostPatience * wanted);   // it may have been paused in between
    const std::int64_t with_traffic = store::samples_with_traffic(sql, span);
    if (with_traffic > 0 && with_traffic < core::kLeastSamples && watched < kMostPatience * wanted)
        return true;
    const std::int64_t samples = store::set_baseline(sql, migration.id, span);
    store::add_event(sql, migration.id, "baseline", 0, std::to_string(samples) + " samples in " + core::duration_text(span / 1000));
    store::set_reason(sql, migration.id, "");
    return false;
}

bool Health::has_something_to_compare(Sql &sql, const Migration &migration) const
{
    return store::baseline_with_traffic(sql, migration.id) >= core::kLeastSamples;
}

Health::Bake Health::look(Sql &sql, const Migration &migration, const StepRow &step, bool over, std::string *reason)
{
    if (!store::has_baseline(sql, migration.id))
        return Bake::unwatched;
    Watch &watch = watches_[migration.number];
    const double now = bridge::now_ms();
    if (now - watch.looked_ms < kLookSamples * bridge::settings().sample_interval_ms && !(over && watch.looked_ms == 0))
        return Bake::watching;
    watch.looked_ms = now;

    const std::vector<core::MetricVerdict> verdicts = store::judge_bake(sql, migration.id, step.number, bridge::settings().bake_warm_up_ms);
    const core::Judgement judgement = core::overall(verdicts);
    watch.failures = judgement == core::Judgement::fail ? watch.failures + 1 : 0;
    const bool sick = watch.failures >= kFailuresToActOn;
    const bool inconclusive = judgement == core::Judgement::inconclusive;
    const bool allowed = !sick && (judgement == core::Judgement::pass || (inconclusive && (step.step.unasked || bridge::settings().bake_inconclusive == bridge::go_on)));
    const bool healthy = over && allowed;
    const std::string text = core::explain(verdicts);
    const bool changed = watch.judgement != core::to_text(judgement) || sick || healthy;
    if (changed || now - watch.kept_ms >= kKeepMs) {
        watch.kept_ms = now;
        store::add_verdicts(sql, migration.id, verdicts);
    }
    if (changed) {
        watch.judgement = core::to_text(judgement);
        store::add_event(sql, migration.id, "verdict", step.number, watch.judgement + ": " + text);
    }
    if (sick) {
        watches_.erase(migration.number);
        *reason = "rolled back by itself: " + text;
        return Bake::sick;
    }
    if (healthy) {
        watches_.erase(migration.number);
        return Bake::healthy;
    }
    if (over && inconclusive)
        store::set_reason(sql, migration.id,
                          "the bake is over, but there is too little traffic to judge by: " + text + ". It goes on when there is more; type hotswap.advance('" +
                              migration.id + "') to go on without, hotswap.set_baseline('" + migration.id +
                              "') to compare with the minute just past, or hotswap.rollback('" + migration.id + "').");
    return Bake::watching;
}

}  // namespace hotswap::worker
