// See verdict.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/verdict.hpp"

namespace hotswap::core {

const char *to_text(LockMode mode)
{
    static constexpr const char *kTexts[] = {"",      "ACCESS SHARE",        "ROW SHARE", "ROW EXCLUSIVE",   "SHARE UPDATE EXCLUSIVE",
                                             "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"};
    return kTexts[static_cast<int>(mode)];
}

const char *blocked_by(LockMode mode)
{
    // Writers take ROW EXCLUSIVE, readers ACCESS SHARE, SELECT FOR UPDATE ROW SHARE (which EXCLUSIVE refuses, too).
    if (mode == LockMode::access_exclusive)
        return "reads and writes";
    return mode >= LockMode::share ? "writes" : "nothing";
}

}  // namespace hotswap::core
