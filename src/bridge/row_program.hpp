// Expressions over one row of a table, compiled for many rows. Needs the server's types: for this folder only.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "bridge/postgres.hpp"

extern "C" {
#include "parser/parse_node.h"
}

namespace hotswap::bridge {

// Compiles text, with the columns of relation in scope (and what the hook resolves), assignment-cast to the target column.
// Whatever it calls that is not the server's own sets *user_code. Raises what the parser raises, 42804 without a cast.
ExprState *compile_row_expression(const char *text, Relation relation, PreParseColumnRefHook hook, void *hook_state,
                                  Form_pg_attribute target, bool *user_code);

}  // namespace hotswap::bridge
