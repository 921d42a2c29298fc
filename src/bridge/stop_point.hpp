// Named places where a test can stop a worker and kill it. In a normal build HOTSWAP_STOP is nothing at all.
// The list of all names: tests/server/stop_points.txt (a test checks that it is complete).
// SPDX-License-Identifier: PostgreSQL
#pragma once

namespace hotswap::bridge {
void stop_point(const char *name);
}

#ifdef HOTSWAP_STOP_POINTS
#define HOTSWAP_STOP(name) ::hotswap::bridge::stop_point(name)
#else
#define HOTSWAP_STOP(name) static_cast<void>(0)
#endif
