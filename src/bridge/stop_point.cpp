// See stop_point.hpp. A stopped process shows "stopped at NAME" in pg_stat_activity and goes on when the setting changes.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/stop_point.hpp"

#ifdef HOTSWAP_STOP_POINTS

#include <cstdlib>
#include <cstring>
#include <string>

#include "bridge/process.hpp"
#include "bridge/settings.hpp"

namespace hotswap::bridge {

namespace {

bool wanted(const char *name, int *arrival)
{
    const char *setting = settings().stop_point;
    if (setting == nullptr || setting[0] == '\0')
        return false;
    const char *colon = strchr(setting, ':');
    const std::size_t length = colon == nullptr ? strlen(setting) : static_cast<std::size_t>(colon - setting);
    if (strlen(name) != length || strncmp(name, setting, length) != 0)
        return false;
    *arrival = colon == nullptr ? 1 : atoi(colon + 1);
    return true;
}

struct Arrivals {
    const char *name;   // string literals, compared by address of the same call site
    int count;
};
Arrivals arrivals[64];   // NOLINT: counts of this process

}  // namespace

void stop_point(const char *name)
{
    int arrival = 1;
    if (!wanted(name, &arrival))
        return;
    Arrivals *slot = arrivals;
    while (slot->name != nullptr && strcmp(slot->name, name) != 0)
        ++slot;
    slot->name = name;
    if (++slot->count != arrival)
        return;
    report_activity(std::string("stopped at ") + name);
    while (wanted(name, &arrival))
        wait_ms(50);
}

}  // namespace hotswap::bridge

#endif
