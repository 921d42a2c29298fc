// See held_file.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/held_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"

extern "C" {
#include "miscadmin.h"
#include "storage/fd.h"
}

namespace hotswap::bridge {

void create_private_file(const std::string &path)
{
    const char *name = path.c_str();
    guarded([name] {
        // Our own from a broken-off attempt may be there: only this name is in the tables, and nobody could have guessed it.
        const int file = ::OpenTransientFilePerm(name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
        if (file < 0)
            ereport(ERROR, (errcode_for_file_access(), errmsg("could not create file \"%s\": %m", name)));
        if (::CloseTransientFile(file) != 0)
            ereport(ERROR, (errcode_for_file_access(), errmsg("could not close file \"%s\": %m", name)));
    });
}

void sync_file(const std::string &path)
{
    const char *name = path.c_str();
    guarded([name] {
        ::fsync_fname(name, false);
        char *directory = ::pstrdup(name);
        ::get_parent_directory(directory);
        ::fsync_fname(directory, true);
    });
}

bool file_exists(const std::string &path)
{
    struct stat found = {};
    return ::stat(path.c_str(), &found) == 0;
}

bool remove_file(const std::string &path)
{
    return ::unlink(path.c_str()) == 0 || errno == ENOENT;
}

bool is_directory(const std::string &path)
{
    struct stat found = {};
    return is_absolute_path(path.c_str()) && ::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode) && !path_is_prefix_of_path(DataDir, path.c_str());
}

}  // namespace hotswap::bridge
