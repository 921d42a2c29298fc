// Statements that refuse a transaction block (CREATE INDEX CONCURRENTLY, DROP INDEX CONCURRENTLY, VACUUM), run in a worker
// through a top-level portal: no loopback connection, no password.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>

namespace hotswap::bridge {

// REQUIRES: a worker, outside a transaction; exactly one statement. as_role: the session runs as that role meanwhile.
// lock_timeout_ms 0 = none. ERRORS: as the server's; an index build may leave an INVALID index behind.
void run_top_level(const std::string &statement, unsigned as_role, double lock_timeout_ms);

}  // namespace hotswap::bridge
