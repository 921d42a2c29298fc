// Making a table in schema hotswap. Needs the server's types: for this folder only. Both may raise.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "bridge/postgres.hpp"

namespace hotswap::bridge {

Oid schema_oid();   // of hotswap
// options, toast_options: pg_class.reloptions, 0 = none. table: what the heap is a part of (relrewrite).
Oid create_own_heap(const char *name, Oid table, TupleDesc columns, Oid tablespace, Oid access_method, Oid owner, char persistence,
                    Datum options, Datum toast_options);

}  // namespace hotswap::bridge
