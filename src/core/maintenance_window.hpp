// Maintenance windows: "Mon-Fri 02:00-04:30 Europe/Berlin, Sat 00:00-24:00". Open now? Else when next?
//
// What a clock on the wall shows somewhere is the server's to know. So this goes in three moves: the zones that are named; the
// spans of the days around, in wall time; the answer, once the server has turned those into moments. Wall time is counted in
// milliseconds as if it were UTC.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <map>
#include <string>
#include <vector>

namespace hotswap::core {

struct WallSpan {
    std::string zone;   // empty: the zone that is taken where none is given
    double begin_ms = 0, end_ms = 0;
};

struct Moments {
    double begin_ms = 0, end_ms = 0;   // since 1970; the end is not part of it
};

struct WindowAnswer {
    bool open = true;
    double until_ms = 0;   // open: when it closes; infinity when it does not within a week. Closed: when it opens next; infinity: never
};

class MaintenanceWindows {
  public:
    // Empty text: always open. ERRORS: 22023 naming the part that cannot be read.
    static MaintenanceWindows parse(const std::string &text);

    bool always() const { return spans_.empty(); }
    std::vector<std::string> zones() const;                                          // each once; may hold the empty one
    // Of yesterday to the same day of the next week. wall_now_ms: of each zone.
    std::vector<WallSpan> around(const std::map<std::string, double> &wall_now_ms) const;
    static WindowAnswer judge(std::vector<Moments> moments, double now_ms);

  private:
    struct Span {
        unsigned days = 0;          // bit 0 is Sunday
        int from = 0, to = 0;       // minutes of the day; to <= from: on the next day
        std::string zone;
    };
    std::vector<Span> spans_;
};

}  // namespace hotswap::core
