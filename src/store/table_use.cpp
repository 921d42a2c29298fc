// See table_use.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "store/table_use.hpp"

#include <algorithm>

#include "bridge/locks.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"

namespace hotswap::store {

namespace {

using bridge::Rows;
using bridge::Sql;

// me: works_on, touches, reshapes, strategy, migration_id, number. A number of 0 stands for all others.
constexpr const char *kMeetings =
    " SELECT m.migration_id, m.state, n.nspname, c.relname, t.by_key FROM me CROSS JOIN hotswap._migrations m"
    "  CROSS JOIN LATERAL (SELECT w AS oid, false AS by_key FROM unnest(me.works_on) w WHERE w = m.relation_oid OR w = ANY (m.works_on)"
    "     UNION ALL SELECT w, true FROM unnest(me.works_on) w WHERE me.reshapes AND w = ANY (m.touches)"
    "     UNION ALL SELECT w, true FROM unnest(me.touches) w WHERE m.reshapes AND (w = m.relation_oid OR w = ANY (m.works_on))) t"
    "  JOIN pg_class c ON c.oid = t.oid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE m.state NOT IN ('completed', 'cancelled', 'rolled_back') AND m.migration_id <> me.migration_id AND (me.number = 0 OR m.number < me.number)"
    "   AND NOT (t.by_key AND me.strategy = 'online_rewrite' AND m.strategy = 'online_rewrite')"
    " ORDER BY t.by_key, m.number LIMIT 1";

std::vector<std::string> texts(const std::vector<unsigned> &oids)
{
    std::vector<std::string> result;
    for (const unsigned oid : oids)
        result.push_back(std::to_string(oid));
    return result;
}

std::optional<Occupied> first_of(const Rows &rows)
{
    if (rows.empty())
        return std::nullopt;
    return Occupied{core::qualified(rows[0].text("nspname"), rows[0].text("relname")), rows[0].text("migration_id"), rows[0].text("state"),
                    rows[0].boolean("by_key")};
}

}  // namespace

// Those that change a table stand alone, those that touch it together. In the order of OIDs, so that nobody waits in a circle.
void queue_up(Sql &sql, const TableUse &use)
{
    std::vector<std::pair<unsigned, bool>> tables;
    for (const unsigned oid : use.works_on)
        tables.emplace_back(oid, true);
    for (const unsigned oid : use.touches)
        tables.emplace_back(oid, false);
    std::sort(tables.begin(), tables.end());
    for (const auto &[oid, alone] : tables)
        bridge::lock_table_queue(sql, oid, alone);
}

std::optional<Occupied> occupied(Sql &sql, const TableUse &use, const std::string &strategy)
{
    return first_of(sql.run(std::string("WITH me AS (SELECT $1::oid[] AS works_on, $2::oid[] AS touches, $3::boolean AS reshapes, $4::text AS strategy,"
                                        "  '' AS migration_id, 0 AS number)") +
                                kMeetings,
                            {texts(use.works_on), texts(use.touches), use.reshapes, strategy}));
}

std::optional<Occupied> occupied(Sql &sql, const std::string &migration, bool older)
{
    return first_of(sql.run(std::string("WITH me AS (SELECT CASE WHEN relation_oid IS NULL THEN works_on ELSE works_on || relation_oid END AS works_on,"
                                        "  touches, reshapes, strategy, migration_id, CASE WHEN $2 THEN number ELSE 0 END AS number"
                                        "  FROM hotswap._migrations WHERE migration_id = $1)") +
                                kMeetings,
                            {migration, older}));
}

std::string describe(const Occupied &other)
{
    return "table " + other.table + (other.by_key ? " is at the other end of a foreign key, and one of the two migrations that meet there remakes, drops or renames something of it"
                                                  : " is already in a migration");
}

void raise(const Occupied &other)
{
    throw core::Error(core::sqlstate::kObjectInUse, describe(other), "Migration \"" + other.migration + "\" is " + other.state + ".",
                      "Finish it first: hotswap.complete, hotswap.cancel or hotswap.rollback('" + other.migration + "').");
}

void note_use(Sql &sql, const std::string &migration, const TableUse &use)
{
    sql.run("UPDATE hotswap._migrations SET works_on = $2::oid[], touches = $3::oid[], reshapes = $4 WHERE migration_id = $1",
            {migration, texts(use.works_on), texts(use.touches), use.reshapes});
}

}  // namespace hotswap::store
