// Files that keep the rows of a rollback point: what COPY does not do itself.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>

namespace hotswap::bridge {

// Empty, and for nobody but the server's user; COPY then writes into it and leaves the mode alone. ERRORS: as the file system's.
void create_private_file(const std::string &path);
void sync_file(const std::string &path);       // to disk, with its directory. ERRORS: as the file system's
bool file_exists(const std::string &path);
bool remove_file(const std::string &path);     // false: it is still there
bool is_directory(const std::string &path);    // an absolute path of one, outside the data directory

}  // namespace hotswap::bridge
