// Questions about flags as they come in: check_feature_flag and its relatives.
//
// The quick way, a plain flag asked again, makes no C++ object with a destructor and allocates nothing. So the server may raise
// from within it (a broken toasted value, an output function of the key's type) without a guard, and no guard is paid for.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "bridge/function.hpp"

namespace hotswap::bridge {

bool flag_is_on(FunctionCallInfoBaseData *info);        // (name, key): never null
bool flag_is_on_in(Call &call);                         // (name, key, context)
Value flag_detail(Call &call);                          // (name, key, context) -> (value, variant, reason, error_code)
Value flag_bucket(Call &call);                          // (name, key, salt)

}  // namespace hotswap::bridge
