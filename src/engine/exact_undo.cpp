// See exact_undo.hpp.
//
// A row of a catalog that this transaction wrote has its number as xmin. That tells a table that CREATE TABLE IF NOT EXISTS made from
// one that somebody else made a moment before, and the objects whose privileges the statement changed from all others; nobody else
// can have changed them in between, because the server refuses two writers of one row of a catalog.
// SPDX-License-Identifier: PostgreSQL
#include "engine/exact_undo.hpp"

#include <algorithm>

#include "core/privileges_undo.hpp"

namespace hotswap::engine {

namespace {

using bridge::Rows;
using bridge::Sql;

// Every privilege of the database, one a row: where, who, which. Default privileges of an object without a list are given, too.
constexpr const char *kPrivileges = R"(
WITH objects AS (
    SELECT 'pg_class'::regclass AS class, oid, 0 AS sub, xmin, relowner AS owner, relacl AS acl, CASE relkind WHEN 'S' THEN 's' ELSE 'r' END AS kind,
           CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS word FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL SELECT 'pg_class'::regclass, a.attrelid, a.attnum, a.xmin, c.relowner, a.attacl, 'c', 'TABLE' FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
               WHERE a.attnum > 0 AND NOT a.attisdropped AND (a.attacl IS NOT NULL OR a.xmin = pg_current_xact_id_if_assigned()::xid)
    UNION ALL SELECT 'pg_namespace'::regclass, oid, 0, xmin, nspowner, nspacl, 'n', 'SCHEMA' FROM pg_namespace
    UNION ALL SELECT 'pg_proc'::regclass, oid, 0, xmin, proowner, proacl, 'f', 'ROUTINE' FROM pg_proc
    UNION ALL SELECT 'pg_type'::regclass, oid, 0, xmin, typowner, typacl, 'T', 'TYPE' FROM pg_type WHERE typrelid = 0
    UNION ALL SELECT 'pg_database'::regclass, oid, 0, xmin, datdba, datacl, 'd', 'DATABASE' FROM pg_database
    UNION ALL SELECT 'pg_language'::regclass, oid, 0, xmin, lanowner, lanacl, 'l', 'LANGUAGE' FROM pg_language
    UNION ALL SELECT 'pg_foreign_server'::regclass, oid, 0, xmin, srvowner, srvacl, 'S', 'FOREIGN SERVER' FROM pg_foreign_server
    UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid, 0, xmin, fdwowner, fdwacl, 'F', 'FOREIGN DATA WRAPPER' FROM pg_foreign_data_wrapper),
privileges AS (
    SELECT o.class::oid::bigint AS class, o.oid::bigint AS oid, o.sub, o.word, a.grantee::bigint AS grantee, a.privilege_type AS privilege, bool_or(a.is_grantable) AS grantable
      FROM objects o CROSS JOIN LATERAL aclexplode(coalesce(o.acl, CASE WHEN o.kind <> 'c' THEN acldefault(o.kind::"char", o.owner) END)) a
     GROUP BY o.class, o.oid, o.sub, o.word, a.grantee, a.privilege_type
    UNION ALL
    SELECT 'pg_authid'::regclass::oid::bigint, roleid::bigint, 0, 'ROLE', member::bigint, 'MEMBER', bool_or(admin_option) FROM pg_auth_members
     GROUP BY roleid, member))";

// Lost ones come back before new ones go. $1: what there was before.
constexpr const char *kDifference = R"(
, before AS (SELECT * FROM jsonb_to_recordset($1::jsonb) AS b(class bigint, oid bigint, sub int, word text, grantee bigint, privilege text, grantable boolean)),
written AS (SELECT DISTINCT class::oid::bigint AS class, oid::bigint AS oid, sub FROM objects WHERE xmin = pg_current_xact_id()::xid
            UNION SELECT b.class, b.oid, 0 FROM before b WHERE b.word = 'ROLE'
            UNION SELECT p.class, p.oid, 0 FROM privileges p WHERE p.word = 'ROLE'),
pairs AS (SELECT class, oid, sub, grantee, privilege, coalesce(b.word, p.word) AS word, b.class IS NOT NULL AS had, coalesce(b.grantable, false) AS was_grantable,
                 p.class IS NOT NULL AS has, coalesce(p.grantable, false) AS is_grantable
            FROM before b FULL JOIN privileges p USING (class, oid, sub, grantee, privilege) JOIN written USING (class, oid, sub)),
texts AS (SELECT had, has, was_grantable, is_grantable, privilege, word, sub,
                 CASE WHEN word = 'ROLE' THEN quote_ident(pg_get_userbyid(oid::oid)) WHEN sub = 0 THEN privilege
                      ELSE format('%s (%I)', privilege, (SELECT attname FROM pg_attribute WHERE attrelid = oid::oid AND attnum = sub)) END
                 || CASE WHEN word = 'ROLE' THEN '' ELSE format(' ON %s %s', word, (SELECT identity FROM pg_identify_object(class::oid, oid::oid, 0))) END AS what,
                 CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee::oid)) END AS who,
                 CASE WHEN word = 'ROLE' THEN 'ADMIN' ELSE 'GRANT' END AS option
            FROM pairs WHERE had <> has OR was_grantable <> is_grantable)
SELECT CASE WHEN NOT had THEN format('REVOKE %s FROM %s', what, who)
            WHEN NOT has OR was_grantable THEN format('GRANT %s TO %s', what, who) || CASE WHEN was_grantable THEN format(' WITH %s OPTION', option) ELSE '' END
            ELSE format('REVOKE %s OPTION FOR %s FROM %s', option, what, who) END AS text
  FROM texts ORDER BY had DESC, what, who)";

bool begins(const std::string &text, const std::string &with)
{
    return text.compare(0, with.size(), with) == 0;
}

// Whether what this would drop is there and was not made by this transaction. False for all other statements.
bool drops_anothers(Sql &sql, const std::string &undo)
{
    struct Kind {
        const char *drop, *question;
    };
    static constexpr Kind kKinds[] = {
        {"DROP TABLE IF EXISTS ", "SELECT c.xmin <> pg_current_xact_id()::xid AS old FROM pg_class c WHERE c.oid = to_regclass($1)"},
        {"DROP SEQUENCE IF EXISTS ", "SELECT c.xmin <> pg_current_xact_id()::xid AS old FROM pg_class c WHERE c.oid = to_regclass($1)"},
        {"DROP MATERIALIZED VIEW IF EXISTS ", "SELECT c.xmin <> pg_current_xact_id()::xid AS old FROM pg_class c WHERE c.oid = to_regclass($1)"},
        {"DROP SCHEMA IF EXISTS ", "SELECT n.xmin <> pg_current_xact_id()::xid AS old FROM pg_namespace n WHERE quote_ident(n.nspname) = $1 OR '\"' || replace(n.nspname, '\"', '\"\"') || '\"' = $1"},
        {"DROP EXTENSION IF EXISTS ", "SELECT e.xmin <> pg_current_xact_id()::xid AS old FROM pg_extension e WHERE quote_ident(e.extname) = $1 OR '\"' || replace(e.extname, '\"', '\"\"') || '\"' = $1"},
    };
    for (const Kind &kind : kKinds)
        if (begins(undo, kind.drop)) {
            const Rows rows = sql.run(kind.question, {undo.substr(std::string(kind.drop).size())});
            return !rows.empty() && rows[0].boolean("old");
        }
    return false;
}

}  // namespace

ExactUndo::ExactUndo(Sql &sql, const core::Step &step) : undo_(step.undo)
{
    if (!step.caller_path || step.undo.empty())
        return;
    privileges_ = undo_[0] == core::kUndoOfPrivileges;
    makes_ = !privileges_;
    if (privileges_)
        before_ = sql.run(std::string(kPrivileges) + " SELECT coalesce(jsonb_agg(to_jsonb(p)), '[]')::text AS all FROM privileges p")[0].text("all");
}

bool ExactUndo::changed(Sql &sql)
{
    if (privileges_) {
        undo_.clear();
        const Rows rows = sql.run(std::string(kPrivileges) + kDifference, {before_});
        for (std::size_t i = 0; i < rows.size(); ++i)
            undo_.push_back(rows[i].text("text"));
        return true;
    }
    if (!makes_)
        return false;
    return std::erase_if(undo_, [&](const std::string &undo) { return drops_anothers(sql, undo); }) > 0;
}

}  // namespace hotswap::engine
