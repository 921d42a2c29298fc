// See twins.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "store/twins.hpp"

#include "bridge/error.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"

namespace hotswap::store {

namespace {

using bridge::Row;
using bridge::Rows;
using bridge::Sql;

constexpr const char *kSelect =
    "SELECT t.member_no, t.relation_oid, t.relation, c.relname, n.nspname, t.key_columns, t.columns, t.up, t.down, t.flags, t.order_by, t.began_at,"
    "       t.filenode, t.old_indexes, t.new_indexes"
    "  FROM hotswap._migration_twins t LEFT JOIN pg_class c ON c.oid = t.relation_oid LEFT JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE t.migration_id = $1";

TwinRow twin_of(const Row &row)
{
    TwinRow result;
    result.member = static_cast<int>(row.integer("member_no"));
    result.relation = row.text("relation");
    result.twin.oid = static_cast<unsigned>(row.integer("relation_oid"));
    result.twin.schema = row.text("nspname");
    result.twin.name = row.text("relname");
    result.twin.key = row.array("key_columns");
    result.twin.order_by = row.text("order_by");
    const auto columns = row.array("columns"), up = row.array("up"), down = row.array("down"), flags = row.array("flags");
    for (std::size_t i = 0; i < columns.size(); ++i)
        result.twin.columns.push_back({columns[i], up[i], down[i], flags[i].find("added") != std::string::npos,
                                       flags[i].find("unstable") != std::string::npos});
    result.began_at = row.text("began_at");
    result.filenode = static_cast<unsigned>(row.integer("filenode"));
    result.old_indexes = row.array("old_indexes");
    result.new_indexes = row.array("new_indexes");
    return result;
}

// A table is in one migration at a time, as its main table or as one that is copied along.
void refuse_busy(Sql &sql, const std::string &migration, const core::Twin &twin)
{
    const Rows others = sql.run("SELECT m.migration_id, m.state FROM hotswap._migrations m"
                                " WHERE m.migration_id <> $1 AND m.state NOT IN ('completed', 'cancelled', 'rolled_back')"
                                "   AND (m.relation_oid = $2::oid OR EXISTS (SELECT FROM hotswap._migration_twins t"
                                "          WHERE t.migration_id = m.migration_id AND t.active AND t.relation_oid = $2::oid))",
                                {migration, static_cast<std::int64_t>(twin.oid)});
    if (!others.empty())
        throw core::Error(core::sqlstate::kObjectInUse, "table " + core::qualified(twin.schema, twin.name) + " is already in a migration",
                          "Migration \"" + others[0].text("migration_id") + "\" is " + others[0].text("state") + ".",
                          "Finish it first: hotswap.complete, hotswap.cancel or hotswap.rollback('" + others[0].text("migration_id") + "').");
}

}  // namespace

void insert_twins(Sql &sql, const std::string &migration, const std::vector<core::Twin> &twins)
{
    std::int64_t number = 0;
    for (const core::Twin &twin : twins) {
        std::vector<std::string> names, up, down, flags;
        for (const core::TwinColumn &column : twin.columns) {
            names.push_back(column.name);
            up.push_back(column.up);
            down.push_back(column.down);
            flags.push_back(std::string(column.added ? "added" : "") + (column.unstable ? " unstable" : ""));
        }
        refuse_busy(sql, migration, twin);
        const std::string relation = core::qualified(twin.schema, twin.name);
        try {
            sql.run("INSERT INTO hotswap._migration_twins (migration_id, member_no, relation_oid, relation, key_columns, columns, up, down, flags, order_by)"
                    " VALUES ($1, $2::integer, $3::oid, $4, $5, $6, $7, $8, $9, nullif($10, ''))",
                    {migration, ++number, static_cast<std::int64_t>(twin.oid), relation, twin.key, names, up, down, flags, twin.order_by});
        } catch (const bridge::PgError &error) {
            if (error.constraint_name == "_migration_twins_one_a_relation")
                throw core::Error(core::sqlstate::kObjectInUse, "table " + relation + " is already in a migration",
                                  "Another session started one at the same time.", "See hotswap.status() and try again when it is finished.");
            throw;
        }
    }
}

std::vector<TwinRow> load_twins(Sql &sql, const std::string &migration)
{
    const Rows rows = sql.run(std::string(kSelect) + " ORDER BY t.member_no", {migration});
    std::vector<TwinRow> result;
    for (std::size_t i = 0; i < rows.size(); ++i)
        result.push_back(twin_of(rows[i]));
    return result;
}

TwinRow load_twin(Sql &sql, const std::string &migration, int member)
{
    const Rows rows = sql.run(std::string(kSelect) + " AND t.member_no = $2::integer", {migration, static_cast<std::int64_t>(member)});
    if (rows.empty())
        throw core::Error(core::sqlstate::kInternal, "migration \"" + migration + "\" has no table number " + std::to_string(member));
    return twin_of(rows[0]);
}

void twin_begins(Sql &sql, const std::string &migration, const TwinRow &row)
{
    sql.run("UPDATE hotswap._migration_twins SET began_at = $3, filenode = $4::oid, old_indexes = $5, new_indexes = $6"
            " WHERE migration_id = $1 AND member_no = $2::integer",
            {migration, static_cast<std::int64_t>(row.member), row.began_at, static_cast<std::int64_t>(row.filenode), row.old_indexes,
             row.new_indexes});
}

void set_filenode(Sql &sql, const std::string &migration, int member, unsigned filenode)
{
    sql.run("UPDATE hotswap._migration_twins SET filenode = $3::oid WHERE migration_id = $1 AND member_no = $2::integer",
            {migration, static_cast<std::int64_t>(member), static_cast<std::int64_t>(filenode)});
}

}  // namespace hotswap::store
