// The conductor's eye on the application: a sample a second, the baseline before the first step, the verdict of a bake.
// What it has in memory is only when it looked last; samples, baselines and verdicts are in tables.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bridge/sql.hpp"
#include "core/health_sample.hpp"
#include "store/migrations.hpp"
#include "store/steps.hpp"

namespace hotswap::worker {

class Health {
  public:
    // Takes a sample when it is time to. Outside a transaction; an error is the caller's to report, and stops nothing.
    void sample();

    // True while a migration that will bake has to be watched before its first step; says so in its reason.
    bool takes_baseline(bridge::Sql &sql, const store::Migration &migration, const std::vector<store::StepRow> &steps) const;

    // False: no verdict will come of a bake, because there was no baseline, or too little traffic in it.
    bool has_something_to_compare(bridge::Sql &sql, const store::Migration &migration) const;

    enum class Bake {
        unwatched,   // no baseline was taken: a bake is a wait
        watching,
        healthy,     // over, and nothing got worse
        sick,        // take it back; why is in *reason
    };
    // over: the time of the bake has passed.
    Bake look(bridge::Sql &sql, const store::Migration &migration, const store::StepRow &step, bool over, std::string *reason);

  private:
    struct Watch {
        double looked_ms = 0;
        double kept_ms = 0;
        int failures = 0;         // looks in a row
        std::string judgement;    // what was written last
    };
    std::optional<core::Counters> before_;
    std::optional<double> probe_ms_;   // what writing the last sample took
    double sampled_ms_ = 0, forgot_ms_ = 0;
    std::map<int, Watch> watches_;   // by migration number
};

}  // namespace hotswap::worker
