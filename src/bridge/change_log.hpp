// Reading a change log where SQL would be slow. (What writes it is the trigger function in change_log.cpp.)
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <vector>

namespace hotswap::bridge {

struct LogSurvey {
    std::vector<std::int64_t> parts;   // numbers of the stretches of part_blocks blocks that have entries
    std::int64_t entries = 0;
    bool truncated = false;            // one of them says that the table was truncated
};

// At the current snapshot. REQUIRES: a transaction.
LogSurvey survey_log(unsigned log, std::int64_t part_blocks);

}  // namespace hotswap::bridge
