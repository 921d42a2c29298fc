// The check of hotswap.maintenance_window: a text that core can read, with time zones that the server knows.
//
// Separate from settings.cpp because core's errors have to be caught here: the server calls this by itself.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "bridge/compat.hpp"

namespace hotswap::bridge {

bool check_maintenance_window(char **value, void **extra, GucSource source);

}  // namespace hotswap::bridge
