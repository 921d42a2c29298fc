// A script as the server's parser splits it.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

namespace hotswap::bridge {

std::vector<std::string> statements_of(const std::string &script);   // ERRORS: 42601

}  // namespace hotswap::bridge
