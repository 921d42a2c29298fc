// See object_text.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/object_text.hpp"

#include "core/identifier.hpp"

#include "bridge/session.hpp"
#include "bridge/sql.hpp"

namespace hotswap::bridge {

namespace {

std::vector<Parameter> key_of(const ObjectId &object)
{
    return {static_cast<std::int64_t>(object.catalog), static_cast<std::int64_t>(object.oid), static_cast<std::int64_t>(object.part)};
}

// Each prints the statements that make one object of a catalog again; $1 is its OID. The functions of the server do the work
// where there is one.
struct Printer {
    const char *catalog;
    const char *query;
};

constexpr Printer kPrinters[] = {
    {"pg_class",
     "SELECT ARRAY['CREATE VIEW ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname)"
     "  || coalesce(' WITH (' || array_to_string(c.reloptions, ', ') || ')', '') || ' AS ' || rtrim(pg_get_viewdef(c.oid), ';')]"
     "  || ARRAY(SELECT format('ALTER VIEW %I.%I ALTER COLUMN %I SET DEFAULT %s', n.nspname, c.relname, a.attname, pg_get_expr(d.adbin, d.adrelid))"
     "             FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE d.adrelid = c.oid ORDER BY d.adnum)"
     "  || ARRAY(SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal ORDER BY t.tgname)"
     "  || ARRAY(SELECT format('COMMENT ON COLUMN %I.%I.%I IS %L', n.nspname, c.relname, a.attname, col_description(c.oid, a.attnum))"
     "             FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND col_description(c.oid, a.attnum) IS NOT NULL ORDER BY a.attnum)"
     "  || ARRAY(SELECT format('GRANT %s ON %I.%I TO %s%s', a.privilege_type, n.nspname, c.relname, coalesce(quote_ident(r.rolname), 'PUBLIC'),"
     "             CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)"
     "             FROM aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE a.grantee <> c.relowner)"
     "  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1::oid AND c.relkind = 'v'"
     "   AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL)"
     "   AND NOT EXISTS (SELECT FROM pg_rewrite w WHERE w.ev_class = c.oid AND w.rulename <> '_RETURN')"},
    {"pg_proc",
     "SELECT ARRAY[rtrim(pg_get_functiondef(p.oid), E'\\n')]"
     "  || CASE WHEN p.proacl IS NULL THEN '{}' ELSE ARRAY[format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', p.oid::regprocedure)] END"
     "  || ARRAY(SELECT format('GRANT %s ON ROUTINE %s TO %s%s', a.privilege_type, p.oid::regprocedure, coalesce(quote_ident(r.rolname), 'PUBLIC'),"
     "             CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)"
     "             FROM aclexplode(p.proacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE a.grantee <> p.proowner)"
     "  FROM pg_proc p WHERE p.oid = $1::oid AND p.prokind IN ('f', 'p', 'w')"},
    {"pg_trigger",
     "SELECT ARRAY[pg_get_triggerdef(t.oid)] || CASE t.tgenabled WHEN 'O' THEN '{}'"
     "  ELSE ARRAY[format('ALTER TABLE %s %s TRIGGER %I', t.tgrelid::regclass,"
     "    CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, t.tgname)] END"
     "  FROM pg_trigger t WHERE t.oid = $1::oid"},
    {"pg_rewrite",
     "SELECT ARRAY[rtrim(pg_get_ruledef(w.oid), ';')] || CASE w.ev_enabled WHEN 'O' THEN '{}'"
     "  ELSE ARRAY[format('ALTER TABLE %s %s RULE %I', w.ev_class::regclass,"
     "    CASE w.ev_enabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, w.rulename)] END"
     "  FROM pg_rewrite w WHERE w.oid = $1::oid"},
    {"pg_policy",
     "SELECT ARRAY[format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, p.polrelid::regclass,"
     "    CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,"
     "    CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,"
     "    (SELECT string_agg(CASE WHEN u = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(u)) END, ', ') FROM unnest(p.polroles) AS u))"
     "  || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')"
     "  || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')]"
     "  FROM pg_policy p WHERE p.oid = $1::oid"},
    {"pg_statistic_ext",
     "SELECT ARRAY[pg_get_statisticsobjdef(s.oid)] || CASE WHEN s.stxstattarget >= 0 THEN"
     "   ARRAY[format('ALTER STATISTICS %I.%I SET STATISTICS %s', n.nspname, s.stxname, s.stxstattarget)] ELSE '{}' END"
     "  FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE s.oid = $1::oid"},
    {"pg_type",
     "SELECT ARRAY[CASE t.typtype"
     "  WHEN 'e' THEN format('CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, t.typname,"
     "    (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid))"
     "  WHEN 'd' THEN format('CREATE DOMAIN %I.%I AS %s', n.nspname, t.typname, format_type(t.typbasetype, t.typtypmod))"
     "    || coalesce(' DEFAULT ' || t.typdefault, '') || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END"
     "    || coalesce((SELECT string_agg(format(' CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)), '' ORDER BY k.conname)"
     "                   FROM pg_constraint k WHERE k.contypid = t.oid), '')"
     "  ELSE format('CREATE TYPE %I.%I AS (%s)', n.nspname, t.typname,"
     "    (SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)"
     "       FROM pg_attribute a WHERE a.attrelid = t.typrelid AND NOT a.attisdropped AND a.attnum > 0)) END]"
     "  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
     "  WHERE t.oid = $1::oid AND t.typtype IN ('e', 'd', 'c') AND t.typacl IS NULL"},
    {"pg_attrdef",
     "SELECT ARRAY[format('ALTER %s %I.%I ALTER COLUMN %I SET DEFAULT %s', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END,"
     "    n.nspname, c.relname, a.attname, pg_get_expr(d.adbin, d.adrelid))]"
     "  FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
     "  JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE d.oid = $1::oid AND a.attgenerated = ''"},
    {"pg_constraint",
     "SELECT ARRAY[format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid))]"
     "  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
     "  WHERE k.oid = $1::oid AND k.contype IN ('f', 'c') AND k.conparentid = 0 AND c.relkind <> 'p'"},
    {"pg_namespace",
     "SELECT ARRAY[format('CREATE SCHEMA %I', n.nspname)] FROM pg_namespace n WHERE n.oid = $1::oid AND n.nspacl IS NULL"},
};

}  // namespace

ObjectName name_object(const ObjectId &object)
{
    const Authority authority = Authority::of_store();
    Sql sql;
    const Row row = sql.run(
        "SELECT CASE i.type WHEN 'statistics object' THEN 'STATISTICS' WHEN 'table column' THEN 'COLUMN' WHEN 'composite type' THEN 'TYPE'"
        "            WHEN 'table constraint' THEN 'CONSTRAINT' WHEN 'domain' THEN 'TYPE' ELSE upper(i.type) END AS kind,"
        "  i.identity, i.schema, CASE WHEN $3 = 0 THEN obj_description($2::oid, $1::oid::regclass::name) ELSE col_description($2::oid, $3::integer) END AS comment,"
        "  pg_get_userbyid(CASE $1::oid WHEN 'pg_class'::regclass THEN (SELECT relowner FROM pg_class WHERE oid = $2::oid)"
        "    WHEN 'pg_proc'::regclass THEN (SELECT proowner FROM pg_proc WHERE oid = $2::oid)"
        "    WHEN 'pg_type'::regclass THEN (SELECT typowner FROM pg_type WHERE oid = $2::oid)"
        "    WHEN 'pg_namespace'::regclass THEN (SELECT nspowner FROM pg_namespace WHERE oid = $2::oid)"
        "    WHEN 'pg_publication'::regclass THEN (SELECT pubowner FROM pg_publication WHERE oid = $2::oid)"
        "    WHEN 'pg_statistic_ext'::regclass THEN (SELECT stxowner FROM pg_statistic_ext WHERE oid = $2::oid) END) AS owner"
        "  FROM pg_identify_object($1::oid, $2::oid, $3::integer) AS i",
        key_of(object))[0];
    return {row.text("kind"), row.text("identity"), row.text("owner"), row.text("schema"), row.text("comment")};
}

std::string comment_statement(const ObjectName &object, const std::string &comment)
{
    return "COMMENT ON " + object.kind + " " + object.identity + " IS " + (comment.empty() ? "NULL" : core::quote_literal(comment));
}

std::vector<std::string> recreate(const ObjectId &object)
{
    const ObjectName name = name_object(object);
    const std::string caller = role_name(current_role());
    const Authority authority = Authority::of_store();
    Sql sql;
    const std::string catalog = sql.run("SELECT $1::oid::regclass::text AS name", {static_cast<std::int64_t>(object.catalog)})[0].text("name");
    std::vector<std::string> statements;
    for (const Printer &printer : kPrinters) {
        if (catalog != printer.catalog)
            continue;
        const Rows rows = sql.run("SELECT statements FROM (" + std::string(printer.query) + ") AS p (statements)", {static_cast<std::int64_t>(object.oid)});
        if (!rows.empty() && !rows[0].is_null("statements"))
            statements = rows[0].array("statements");
    }
    if (statements.empty())
        return statements;
    if (!name.comment.empty())
        statements.push_back(comment_statement(name, name.comment));
    if (!name.owner.empty() && name.owner != caller)
        statements.push_back("ALTER " + name.kind + " " + name.identity + " OWNER TO " + core::quote_identifier(name.owner));
    return statements;
}

std::string sequence_settings(unsigned sequence)
{
    const Authority authority = Authority::of_store();
    Sql sql;
    return sql.run(
        "SELECT format('ALTER SEQUENCE %I.%I AS %s INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s %s OWNED BY %s', q.nspname, r.relname,"
        "    format_type(s.seqtypid, NULL), s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, CASE WHEN s.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END,"
        "  coalesce((SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname) FROM pg_depend d JOIN pg_class c ON c.oid = d.refobjid"
        "     JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid"
        "    WHERE d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a'), 'NONE')) AS statement"
        "  FROM pg_sequence s JOIN pg_class r ON r.oid = s.seqrelid JOIN pg_namespace q ON q.oid = r.relnamespace WHERE s.seqrelid = $1::oid",
        {static_cast<std::int64_t>(sequence)})[0].text("statement");
}

std::vector<std::string> dependents_of(const ObjectId &object)
{
    const Authority authority = Authority::of_store();
    Sql sql;
    // What goes anyway (its own defaults, indexes, type) is not named. Views depend through their rules: people know the view.
    const Rows rows = sql.run(
        "WITH RECURSIVE own (classid, objid) AS ("
        "  SELECT $1::oid, $2::oid"
        "  UNION SELECT d.classid, d.objid FROM own o JOIN pg_depend d ON d.refclassid = o.classid AND d.refobjid = o.objid AND d.deptype IN ('a', 'i', 'P', 'S')),"
        " gone (classid, objid) AS ("
        "  SELECT $1::oid, $2::oid"
        "  UNION SELECT CASE WHEN w.oid IS NULL THEN d.classid ELSE 'pg_class'::regclass END, coalesce(w.ev_class, d.objid)"
        "    FROM gone g JOIN pg_depend d ON d.refclassid = g.classid AND d.refobjid = g.objid AND d.deptype IN ('n', 'a', 'i', 'P', 'S')"
        "    LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid AND w.rulename = '_RETURN')"
        " SELECT DISTINCT pg_describe_object(g.classid, g.objid, 0) AS words FROM gone g"
        "  WHERE (g.classid, g.objid) NOT IN (SELECT classid, objid FROM own)"
        "    AND EXISTS (SELECT FROM pg_depend d LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid"
        "                 WHERE d.deptype = 'n' AND (d.refclassid, d.refobjid) IN (SELECT classid, objid FROM gone)"
        "                   AND ((d.classid = g.classid AND d.objid = g.objid) OR (g.classid = 'pg_class'::regclass AND w.ev_class = g.objid)))"
        " ORDER BY 1",
        {static_cast<std::int64_t>(object.catalog), static_cast<std::int64_t>(object.oid)});
    std::vector<std::string> result;
    for (std::size_t i = 0; i < rows.size(); ++i)
        result.push_back(rows[i].text("words"));
    return result;
}

}  // namespace hotswap::bridge
