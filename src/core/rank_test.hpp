// Two samples, and whether the second is greater: the test of Mann and Whitney, the effect of Cliff and the shift of Hodges and
// Lehmann. No assumption on the distribution is made, which latencies would break; outliers count as ranks only.
//
// Mann, Whitney (1947), with mid-ranks for ties, the normal approximation, its correction for ties and for continuity (good from
// about 20 values on). Hodges, Lehmann (1963) with the distribution-free interval of Hollander, Wolfe, Nonparametric Statistical
// Methods, 4.3. Cliff (1993), delta = P(second > first) - P(second < first).
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <vector>

namespace hotswap::core {

struct RankTest {
    double u = 0;          // pairs in which the second is greater; ties count half
    double p_greater = 1;  // one-sided: as great a u by chance alone
    double delta = 0;      // Cliff's delta, -1 .. 1
};

struct Shift {
    double estimate = 0;        // median of all differences second - first
    double low = 0, high = 0;   // interval that holds the true shift with the confidence asked for
};

double median(std::vector<double> values);   // 0 when there are none
// Either may be empty: then nothing is known, and the result is the default.
RankTest rank_test(const std::vector<double> &first, const std::vector<double> &second);
// confidence: two-sided, 0 < confidence < 1. Time and memory grow with the product of the sizes.
Shift shift_between(const std::vector<double> &first, const std::vector<double> &second, double confidence);

}  // namespace hotswap::core
