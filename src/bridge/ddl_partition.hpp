// Partitions that join and leave, and publications: the parts of a statement that need the server's own analysis of a bound.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "core/change.hpp"

#include "bridge/postgres.hpp"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace hotswap::bridge {

// ALTER TABLE parent ATTACH | DETACH PARTITION. statement: of the parent, already found. False: another subcommand.
bool read_partition_command(AlterTableCmd *command, const std::string &text, core::Statement *statement, core::Change *change);
// CREATE TABLE child PARTITION OF parent.
void read_partition_of(CreateStmt *node, const std::string &child, const std::string &text, core::Statement *statement, core::Change *change);

std::vector<std::string> published_relations(CreatePublicationStmt *node);

}  // namespace hotswap::bridge
