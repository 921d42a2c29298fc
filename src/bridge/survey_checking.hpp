// Shared by survey_checks.cpp and survey_conversion.cpp: what a statement asks of the rows that are there.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "bridge/surveying.hpp"

namespace hotswap::bridge {

bool has_rows(const Place &table);
ValueCheck *new_check(core::DataRule rule, Oid relation, bool only, const char *subject);
List *columns_in(Node *expression, Relation relation);   // names
void add_check(Finding *f, ValueCheck *check);

}  // namespace hotswap::bridge
