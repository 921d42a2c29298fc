// Do the values of the rows that are there have to be computed, for a column that is added or gets another type? As the server
// decides it for ALTER TABLE.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "bridge/postgres.hpp"

namespace hotswap::bridge {

// REQUIRES for all: inside guarded().

enum class Rewriting {
    no,
    yes,
    no_in_utc,    // only because this session's TimeZone has no offset from UTC
    not_in_utc,   // only because this session's TimeZone has one
};

// planned: the value that the column is to have, over the column of that number, after expression_planner.
Rewriting rewriting_of(Node *planned, AttrNumber column);

inline bool is_rewriting(Rewriting rewriting)
{
    return rewriting == Rewriting::yes || rewriting == Rewriting::not_in_utc;
}

// A default that differs from row to row. After planning, because a function may inline to a constant (PostgreSQL 14.10, 15.5, 16.1 and
// later look at it like this).
bool differs_by_row(Node *default_value);

}  // namespace hotswap::bridge
