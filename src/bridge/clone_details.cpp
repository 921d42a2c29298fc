// See clone_set.hpp. What is of no interest to locks, files and scans, but to a plan: comments, privileges, settings and marks.
// Only for the dry run of a script.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/clone_set.hpp"

#include "bridge/clone_reading.hpp"
#include "bridge/scratch_schemas.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "core/identifier.hpp"

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"
#include "bridge/utility_statement.hpp"

extern "C" {
#include "catalog/pg_constraint.h"
#include "commands/comment.h"
}

namespace hotswap::bridge {

namespace {

// $1 the original, $2 its clone. A constraint or index that is not cloned has no comment and no mark.
constexpr const char *kDetails = R"(
WITH pair AS (
    SELECT o.*, format('%I.%I', n.nspname, c.relname) AS clone, n.nspname, n.oid AS place,
           CASE o.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END AS word
      FROM pg_class o CROSS JOIN pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE o.oid = $1::oid AND c.oid = $2::oid),
columns AS (SELECT p.word, p.clone, p.relkind, a.* FROM pair p JOIN pg_attribute a ON a.attrelid = p.oid AND a.attnum > 0 AND NOT a.attisdropped),
indexes AS (
    SELECT p.clone, format('%I.%I', p.nspname, i.relname) AS name, i.oid, i.relname, x.indisclustered, x.indisreplident
      FROM pair p JOIN pg_index x ON x.indrelid = p.oid JOIN pg_class i ON i.oid = x.indexrelid
     WHERE EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = p.place AND c.relname = i.relname))
SELECT format('COMMENT ON %s %s IS %L', word, clone, obj_description(oid, 'pg_class')) AS statement FROM pair WHERE obj_description(oid, 'pg_class') IS NOT NULL
UNION ALL
SELECT format('COMMENT ON COLUMN %s.%I IS %L', clone, attname, col_description(attrelid, attnum)) FROM columns WHERE col_description(attrelid, attnum) IS NOT NULL
UNION ALL
SELECT format('ALTER %s %s SET (%s)', p.word, p.clone, string_agg(format('%s = %L', o.name, o.value), ', '))
  FROM pair p LEFT JOIN pg_class t ON t.oid = p.reltoastrelid
  CROSS JOIN LATERAL (SELECT quote_ident(option_name) AS name, option_value AS value FROM pg_options_to_table(p.reloptions)
                      UNION ALL SELECT 'toast.' || quote_ident(option_name), option_value FROM pg_options_to_table(t.reloptions)) AS o
 GROUP BY p.word, p.clone
UNION ALL
SELECT format('ALTER TABLE ONLY %s ALTER COLUMN %I SET STATISTICS %s', clone, attname, attstattarget) FROM columns WHERE attstattarget >= 0 AND relkind IN ('r', 'p')
UNION ALL
SELECT format('ALTER TABLE ONLY %s ALTER COLUMN %I SET (%s)', clone, attname,
              (SELECT string_agg(format('%I = %L', option_name, option_value), ', ') FROM pg_options_to_table(attoptions)))
  FROM columns WHERE attoptions IS NOT NULL AND relkind IN ('r', 'p')
UNION ALL
SELECT format('ALTER TABLE ONLY %s ENABLE ROW LEVEL SECURITY', clone) FROM pair WHERE relrowsecurity
UNION ALL
SELECT format('ALTER TABLE ONLY %s FORCE ROW LEVEL SECURITY', clone) FROM pair WHERE relforcerowsecurity
UNION ALL
SELECT format('ALTER TABLE ONLY %s CLUSTER ON %I', clone, relname) FROM indexes WHERE indisclustered
UNION ALL
SELECT format('ALTER TABLE ONLY %s REPLICA IDENTITY %s', p.clone, CASE p.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' ELSE 'USING INDEX ' || quote_ident(i.relname) END)
  FROM pair p LEFT JOIN indexes i ON i.indisreplident WHERE p.relkind IN ('r', 'p') AND (p.relreplident IN ('f', 'n') OR i.relname IS NOT NULL)
UNION ALL
SELECT format('COMMENT ON INDEX %s IS %L', name, obj_description(oid, 'pg_class')) FROM indexes WHERE obj_description(oid, 'pg_class') IS NOT NULL
UNION ALL
SELECT format('COMMENT ON CONSTRAINT %I ON %s IS %L', k.conname, p.clone, obj_description(k.oid, 'pg_constraint'))
  FROM pair p JOIN pg_constraint k ON k.conrelid = p.oid JOIN pg_constraint c ON c.conrelid = $2::oid AND c.conname = k.conname
 WHERE obj_description(k.oid, 'pg_constraint') IS NOT NULL
UNION ALL
SELECT format('GRANT %s ON %s TO %s%s', a.privilege_type, p.clone, coalesce(quote_ident(r.rolname), 'PUBLIC'), CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' END)
  FROM pair p CROSS JOIN LATERAL aclexplode(p.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE a.grantee <> p.relowner
UNION ALL
SELECT format('GRANT %s (%I) ON %s TO %s%s', a.privilege_type, c.attname, c.clone, coalesce(quote_ident(r.rolname), 'PUBLIC'), CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' END)
  FROM columns c CROSS JOIN LATERAL aclexplode(c.attacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee)";

}  // namespace

void CloneSet::make_details(unsigned original)
{
    if (!are_complete)
        return;
    const Authority authority = Authority::of_role(original_facts(original).owner);
    std::vector<std::string> statements;
    {
        Sql sql;
        const Rows rows = sql.run(kDetails, {static_cast<std::int64_t>(original), static_cast<std::int64_t>(registry.originals[original].clone)});
        for (std::size_t i = 0; i < rows.size(); ++i)
            statements.push_back(rows[i].text("statement"));
    }
    for (const std::string &statement : statements)
        run_utility(statement);
}

void CloneSet::make_comment(unsigned object, unsigned catalog, const std::string &of)
{
    if (!are_complete)
        return;
    const char *comment = guarded([object, catalog] { return static_cast<const char *>(::GetComment(object, catalog, 0)); });
    if (comment != nullptr)
        run_utility("COMMENT ON " + of + " IS " + core::quote_literal(comment));
}

std::set<unsigned> CloneSet::tied_to(unsigned original)
{
    std::set<unsigned> result;
    const char kind = original_facts(original).kind;
    if (kind == RELKIND_INDEX || kind == RELKIND_PARTITIONED_INDEX)
        return tied_to(original_facts(original).table);
    if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
        return {original};
    for (const unsigned member : tree_of(original)) {
        result.insert(member);
        for (const OriginalConstraint &key : constraints_of(member))
            if (key.kind == CONSTRAINT_FOREIGN)
                result.insert(key.referenced);
        for (const OriginalConstraint &key : keys_leading_to(member))
            result.insert(key.table);
        for (const unsigned view : views_on(member, std::nullopt))
            result.insert(view);
    }
    return result;
}

}  // namespace hotswap::bridge
