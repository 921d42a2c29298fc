// Speed and time left of a chunked step: an exponentially weighted rate, and an ETA that says when it does not know yet.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace hotswap::core {

// A new smoothed rate from the last one and one more sample (weight by time constant 10 s).
double smooth_rate(double previous_rate, double rows, double elapsed_ms);

// Seconds left, nothing while there is no rate yet.
std::optional<double> seconds_left(double rows_left, double rate);

double percent(double done, double total);   // 0 .. 100, total 0 is 100

// "2 m 5 s", "3.1 s"
std::string duration_text(double seconds);

}  // namespace hotswap::core
