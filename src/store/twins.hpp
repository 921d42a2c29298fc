// hotswap._migration_twins: the tables an online_rewrite copies.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

#include "bridge/sql.hpp"
#include "core/twin.hpp"

namespace hotswap::store {

struct TwinRow {
    int member = 0;
    core::Twin twin;
    std::string relation;      // qualified, quoted
    std::string began_at;      // snapshot as text, once the change log is there
    unsigned filenode = 0;
    std::vector<std::string> old_indexes, new_indexes;
};

void insert_twins(bridge::Sql &sql, const std::string &migration, const std::vector<core::Twin> &twins);
std::vector<TwinRow> load_twins(bridge::Sql &sql, const std::string &migration);
TwinRow load_twin(bridge::Sql &sql, const std::string &migration, int member);
// What the expand step found out.
void twin_begins(bridge::Sql &sql, const std::string &migration, const TwinRow &row);
void set_filenode(bridge::Sql &sql, const std::string &migration, int member, unsigned filenode);

}  // namespace hotswap::store
