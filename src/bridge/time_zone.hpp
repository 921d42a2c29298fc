// The TimeZone that a script sets before its first statement: in force while it is planned and stored, which is when it is recorded
// for all that comes later.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>

namespace hotswap::bridge {

// Put back at the end, also by an exception. Nothing happens for an empty zone.
class TimeZoneScope {
  public:
    explicit TimeZoneScope(const std::string &zone);   // ERRORS: 22023 for a zone that the server does not know
    ~TimeZoneScope();
    TimeZoneScope(const TimeZoneScope &) = delete;
    TimeZoneScope &operator=(const TimeZoneScope &) = delete;

  private:
    int guc_level_ = 0;
};

}  // namespace hotswap::bridge
