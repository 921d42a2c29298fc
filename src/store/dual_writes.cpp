// See dual_writes.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "store/dual_writes.hpp"

namespace hotswap::store {

namespace {
struct Side {
    std::vector<std::string> names, fills;
};
Side side_of(const std::vector<core::SideColumn> &columns)
{
    Side side;
    for (const core::SideColumn &column : columns) {
        side.names.push_back(column.name);
        side.fills.push_back(column.fill);
    }
    return side;
}
}  // namespace

void insert_dual_writes(bridge::Sql &sql, const std::string &migration, unsigned relation_oid, const std::string &relation,
                        const std::vector<core::DualWrite> &writes)
{
    std::int64_t number = 0;
    for (const core::DualWrite &write : writes) {
        const Side old_side = side_of(write.old_side), new_side = side_of(write.new_side);
        sql.run("INSERT INTO hotswap._migration_dual_writes (migration_id, group_no, relation_oid, relation, old_columns, new_columns, up, down,"
                "  on_conflict) VALUES ($1, $2::integer, $3::oid, $4, $5, $6, $7, $8, $9)",
                {migration, ++number, static_cast<std::int64_t>(relation_oid), relation, old_side.names, new_side.names, new_side.fills,
                 old_side.fills, std::string(write.on_conflict == core::Conflict::new_wins ? "new_wins" : "error")});
    }
}

void refresh_dual_writes(bridge::Sql &sql, const std::string &migration)
{
    sql.run("UPDATE hotswap._migration_dual_writes d SET active = NOT d.active WHERE migration_id = $1"
            "   AND active <> EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = d.relation_oid AND t.tgname = $2)",
            {migration, std::string(core::kTriggerName)});
}

}  // namespace hotswap::store
