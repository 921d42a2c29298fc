// How long a stream of a backfill rests after a chunk, so that a busy server keeps most of itself for the application.
// SPDX-License-Identifier: PostgreSQL
#pragma once

namespace hotswap::core {

struct Load {
    double active_clients = 0;   // sessions of the application that run a statement right now, smoothed
    int processors = 1;
};

// busy_share (0 < s <= 1): the part of its time a stream works while the server is busy. A server is idle while fewer than
// half its processors have a client at work, and busy from one client a processor on; in between the rest grows in proportion.
inline constexpr double kLongestRestMs = 2000;   // a chunk that was held up does not put its stream to sleep for long
double rest_ms(double chunk_ms, const Load &load, double busy_share);

// How long a chunk may take: chunk_time_ms on an idle server, kBusyChunkMs on a busy one. A chunk keeps the rows it has changed
// locked until it commits, so this is also how long a client that wants one of them waits.
inline constexpr double kBusyChunkMs = 40;
double chunk_target_ms(double chunk_time_ms, const Load &load);

double smooth_load(double previous, double sample);   // exponential, a third for the newest

}  // namespace hotswap::core
