// How a piece of a migration's work ended. Written to the tables by whoever did the work; the conductor only reads them.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>

namespace hotswap::engine {

enum class Ended {
    done,      // and recorded
    stopped,   // the migration was paused, cancelled or taken over meanwhile: leave everything as it is
    paused,    // hotswap paused the migration, with a reason
    failed,    // retrying would not help; the migration is failed, with the error
};

}  // namespace hotswap::engine
