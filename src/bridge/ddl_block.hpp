// DO blocks. Tools write one statement into a block to forgive that its object is there already:
//     DO $$ BEGIN ALTER TABLE ... ADD CONSTRAINT ...; EXCEPTION WHEN duplicate_object THEN NULL; END $$
// That is IF NOT EXISTS for what has none, and is read as the statement inside. Every other block is a program.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

namespace hotswap::bridge {

struct ForgivingBlock {
    std::string statement;               // as written, without semicolon; empty: the block is not of this kind
    std::vector<std::string> sqlstates;  // what it forgives
};

// REQUIRES: the body of a DO block in PL/pgSQL.
ForgivingBlock read_forgiving(const std::string &body);

}  // namespace hotswap::bridge
