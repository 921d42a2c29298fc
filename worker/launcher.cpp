// Launcher: one a cluster, only under shared_preload_libraries. Connected to no database, so it is in nobody's way; starts a
// conductor in every database now and then, which leaves at once where there is nothing to do. This is what makes migrations
// go on by themselves after a restart or a promotion, and what remembers dates.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/databases.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"

HOTSWAP_WORKER(hotswap_launcher_main)
{
    using namespace hotswap;
    bridge::become_worker(arguments, bridge::WorkerKind::launcher);
    for (;;) {
        const bridge::ScratchMemory scratch;
        for (const unsigned database : bridge::connectable_databases()) {
            // One after the other: databases without hotswap cost one short-lived process each, never many at once.
            const auto handle = bridge::start_worker(bridge::WorkerKind::conductor, {.database = database}, "");
            if (!handle)
                break;   // no slot free: the next round comes
            bridge::wait_ms(20);
        }
        bridge::wait_ms(bridge::settings().launcher_interval_ms);
    }
}
