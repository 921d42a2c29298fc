// From what was read of the server to what a worker may do: stop, or work a part of its time. No clock, no server.
//
// Budgets stop: when one is used up, going on makes it worse, whatever the pace. Those that a slower pace can keep ask for a rest
// before that. Gauges steer: they only ask for a rest, in proportion.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hotswap::core {

// One budget: a signal, what was observed of it, and the limit. Nothing observed is more than any limit.
struct Budget {
    std::string signal;                 // as people read it: replication lag of standby "s1"
    std::optional<double> observed;
    double limit = 0;
    bool is_floor = false;              // the observed value must not be below it (free disk)
    bool is_graded = false;             // from half of the limit on it asks for a rest
    std::string observed_text, limit_text;
};

// A share of the time that some rule or gauge wants the worker not to work: 0 none of it, 1 all of it.
struct Restraint {
    std::string signal;
    double ratio = 0;
    std::string text;                   // begins with signal: why
};

struct ThrottleVerdict {
    std::string signal, text;           // empty: it may work; else why not, text beginning with signal
    double ratio = 0;                   // of its time that it rests, below 1
    std::string resting;                // why it rests, the strongest reason first
};

// exempt: budgets and restraints are not looked at.
ThrottleVerdict judge(const std::vector<Budget> &budgets, const std::vector<Restraint> &restraints, bool exempt);

// The reasons for a rest as one text, the strongest first.
std::string reasons_of(std::vector<Restraint> restraints);

// How long to rest after work of that length, so that ratio of the time is rest.
inline constexpr double kLongestThrottleRestMs = 10000;
double throttle_rest_ms(double worked_ms, double ratio);

// How far behind a standby is in time, by our own clock: when did the primary write what the standby has just replayed? The standby
// reports its delay only for what it has replayed since, so one that replays nothing would report none.
class LagClock {
  public:
    void wrote(double now_ms, double position);        // the primary is at that position; positions never go back
    void all_replayed(double position);                 // by the slowest standby: what is before it need not be remembered
    double lag_ms(double now_ms, double replayed) const;   // at least that long
    bool knows(double replayed) const;                  // since when it is where it is
    double bytes_a_second(double now_ms) const;         // written lately; 0 while not known

  private:
    struct Sample {
        double at_ms, position;
    };
    std::deque<Sample> samples_;
};

// The standbys that were seen, so that one that is no longer there is still behind for a while: it may be restarting, or its
// connection may be broken. After that it counts as taken away, unless a slot keeps its place.
class SeenStandbys {
  public:
    void saw(const std::string &name, double now_ms, double replayed);
    std::vector<std::pair<std::string, double>> missing(double now_ms);   // not seen just now: name, and what it had replayed

  private:
    struct Seen {
        double at_ms, replayed;
    };
    std::map<std::string, Seen> seen_;
};

// The rest that keeps a rate below a limit, as a ratio; 0 when it is below, or no limit (0) is set.
double restraint_of_rate(double rate, double limit);

// How many bytes of WAL after one checkpoint begin the next.
double checkpoint_distance(double max_wal_bytes, double completion_target);

}  // namespace hotswap::core
