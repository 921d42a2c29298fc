// Reads what a rewrite touches besides its table: the tables below it, those that reference it, the views on all of
// them. Separate from catalog.hpp, because only a rewrite asks.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "bridge/rehearsal.hpp"
#include "bridge/sql.hpp"
#include "core/facts.hpp"

namespace hotswap::engine {

// Fills the end of TableFacts. `altered`: columns of the table whose types change. With `cascade` the tables whose foreign
// keys follow these columns are read as well, and those that follow them.
void read_relatives(bridge::Sql &sql, const std::vector<std::string> &altered, bool cascade, core::TableFacts *facts);

// Only TableFacts::descendants: for recipes that go partition by partition.
void read_descendants(bridge::Sql &sql, core::TableFacts *facts);

// How much of its disk is left, and what its indexes take: for the choice between two ways of filling columns.
void read_space(bridge::Sql &sql, core::TableFacts *facts);

// Of clones: the sizes of what they stand for, the tables below and around included.
void read_sizes_of_originals(bridge::Sql &sql, const bridge::Rehearsal &clones, core::TableFacts *facts);

// view_catalog.cpp: views on the relations, and views on those, each with all it has.
std::vector<core::View> read_views(bridge::Sql &sql, const std::vector<unsigned> &relations);

}  // namespace hotswap::engine
