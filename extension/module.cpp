// The library's door: the magic block and _PG_init. Nothing else lives here.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/boundary.hpp"
#include "bridge/process.hpp"
#include "bridge/settings.hpp"

#include "bridge/postgres.hpp"

extern "C" {
#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "hotswap", .version = HOTSWAP_VERSION);
#else
PG_MODULE_MAGIC;
#endif

void _PG_init(void);
void _PG_init(void)
{
    // pg_upgrade starts servers whose catalogs are not ready for anybody.
    if (IsBinaryUpgrade)
        return;
    hotswap::bridge::boundary([] {
        hotswap::bridge::define_settings();
        if (process_shared_preload_libraries_in_progress)
            hotswap::bridge::register_launcher();
    });
}
}
