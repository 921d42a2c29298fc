// See window_setting.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/window_setting.hpp"

#include <cstring>

#include "bridge/guard.hpp"
#include "core/error.hpp"
#include "core/maintenance_window.hpp"

extern "C" {
#include "pgtime.h"
#include "utils/guc.h"
}

namespace hotswap::bridge {

namespace {

constexpr std::size_t kMost = 300;

void keep(char *into, const std::string &text)
{
    std::strncpy(into, text.c_str(), kMost - 1);
}

// The first zone that the server does not know, in `into`.
bool zones_are_known(const core::MaintenanceWindows &windows, char *into)
{
    for (const std::string &zone : windows.zones()) {
        const char *name = zone.c_str();
        if (!zone.empty() && !guarded([name] { return ::pg_tzset(name) != nullptr; })) {
            keep(into, "time zone \"" + zone + "\" is not known");
            return false;
        }
    }
    return true;
}

}  // namespace

bool check_maintenance_window(char **value, void **, GucSource)
{
    // No C++ object may be alive where the server allocates the message.
    char detail[kMost] = {}, hint[kMost] = {};
    bool good = true;
    try {
        if (*value != nullptr)
            good = zones_are_known(core::MaintenanceWindows::parse(*value), detail);
    } catch (const core::Error &error) {
        good = false;
        keep(detail, error.detail());
        keep(hint, error.hint());
    } catch (const std::exception &error) {
        good = false;
        keep(detail, error.what());
    }
    if (good)
        return true;
    if (detail[0] != '\0')
        GUC_check_errdetail("%s", detail);
    if (hint[0] != '\0')
        GUC_check_errhint("%s", hint);
    return false;
}

}  // namespace hotswap::bridge
