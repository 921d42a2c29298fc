// See time_zone.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/time_zone.hpp"

#include "bridge/guard.hpp"

extern "C" {
#include "utils/guc.h"
}

namespace hotswap::bridge {

TimeZoneScope::TimeZoneScope(const std::string &zone)
{
    if (zone.empty())
        return;
    const int level = ::NewGUCNestLevel();
    const char *name = zone.c_str();
    try {
        guarded([name] { ::set_config_option("TimeZone", name, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false); });
    } catch (...) {
        ::AtEOXact_GUC(false, level);
        throw;
    }
    guc_level_ = level;
}

TimeZoneScope::~TimeZoneScope()
{
    if (guc_level_ != 0)
        ::AtEOXact_GUC(false, guc_level_);
}

}  // namespace hotswap::bridge
