// See truncated_tables.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/truncated_tables.hpp"

namespace hotswap::bridge {

namespace {

// As the server finds them: it looks below the tables that are named, not below those that CASCADE adds, where each partition has
// its own constraint.
constexpr const char *kTables =
    "WITH RECURSIVE reached (oid, below, level) AS ("
    "  SELECT r.name::regclass::oid, r.name <> ALL ($2::text[]), 0 FROM unnest($1::text[]) AS r (name)"
    "  UNION SELECT n.oid, n.below, r.level + n.further FROM reached r CROSS JOIN LATERAL ("
    "    SELECT i.inhrelid, true, 0 FROM pg_inherits i WHERE r.below AND i.inhparent = r.oid"
    "    UNION ALL SELECT k.conrelid, false, 1 FROM pg_constraint k WHERE $3 AND k.contype = 'f' AND k.confrelid = r.oid AND k.conrelid <> r.oid AND r.level < 20) AS n (oid, below, further))"
    "SELECT c.oid::bigint AS oid, format('%I.%I', n.nspname, c.relname) AS name, c.relkind NOT IN ('p', 'f') AS has_rows, CASE"
    "    WHEN c.relkind = 'p' THEN NULL"
    "    WHEN c.relkind <> 'r' THEN 'is no plain table'"
    "    WHEN c.relpersistence <> 'p' THEN 'is temporary or not logged'"
    "    WHEN m.amname <> 'heap' THEN 'has another access method than heap'"
    "    WHEN NOT pg_has_role($4::oid, c.relowner, 'USAGE') THEN 'belongs to another role'"
    // It would look for the rows that go, and find none.
    "    WHEN EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgenabled <> 'D' AND g.tgtype & 34 = 34) THEN 'has a trigger BEFORE TRUNCATE'"
    "    END AS not_kept"
    "  FROM (SELECT oid, max(level) AS level FROM reached GROUP BY oid) r JOIN pg_class c ON c.oid = r.oid JOIN pg_namespace n ON n.oid = c.relnamespace"
    "  LEFT JOIN pg_am m ON m.oid = c.relam ORDER BY r.level, c.oid";

}  // namespace

std::vector<TruncatedTable> truncated_tables(Sql &sql, const core::Truncation &truncation, unsigned role)
{
    std::vector<TruncatedTable> result;
    const Rows rows = sql.run(kTables, {truncation.tables, truncation.only, truncation.cascade, static_cast<std::int64_t>(role)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        result.push_back({static_cast<unsigned>(rows[i].integer("oid")), rows[i].text("name"), rows[i].boolean("has_rows"),
                          rows[i].is_null("not_kept") ? "" : rows[i].text("name") + " " + rows[i].text("not_kept")});
    return result;
}

}  // namespace hotswap::bridge
