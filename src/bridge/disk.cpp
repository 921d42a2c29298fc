// See disk.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/disk.hpp"

#include <sys/statvfs.h>

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"

extern "C" {
#include "common/relpath.h"
}

namespace hotswap::bridge {

Room room_in(unsigned tablespace)
{
    Room room;
    const Oid space = tablespace != 0 ? tablespace : MyDatabaseTableSpace;
    room.directory = std::string(DataDir) + "/" + guarded([space] { return static_cast<const char *>(::GetDatabasePath(MyDatabaseId, space)); });
    struct statvfs state;
    // The database's directory in a tablespace is made with its first relation there.
    if (::statvfs(room.directory.c_str(), &state) != 0 && ::statvfs(DataDir, &state) != 0)
        return room;
    room.free_bytes = static_cast<std::int64_t>(state.f_bavail) * static_cast<std::int64_t>(state.f_frsize);
    return room;
}

}  // namespace hotswap::bridge
