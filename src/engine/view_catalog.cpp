// Views and materialized views, with all that has to be made again when one is dropped. See relatives.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/relatives.hpp"

namespace hotswap::engine {

namespace {

using bridge::Row;
using bridge::Rows;
using bridge::Sql;

core::Grant grant_of(const Row &row)
{
    return {row.text("privilege_type"), row.text("grantee"), row.boolean("is_grantable")};
}

void read_view(Sql &sql, std::int64_t oid, core::View *view)
{
    const Row row = sql.run("SELECT n.nspname, c.relname, r.rolname, c.relkind = 'm' AS materialized, c.relispopulated,"
                            "       rtrim(pg_get_viewdef(c.oid), '; ') AS definition, am.amname, ts.spcname, c.relacl IS NOT NULL"
                            "       AND (SELECT array_agg(a.privilege_type || a.is_grantable ORDER BY a.privilege_type) FROM aclexplode(c.relacl) a"
                            "             WHERE a.grantee = c.relowner) IS DISTINCT FROM"
                            "           (SELECT array_agg(a.privilege_type || a.is_grantable ORDER BY a.privilege_type)"
                            "              FROM aclexplode(acldefault('r', c.relowner)) a) AS owner_limited,"
                            "       (SELECT string_agg(quote_ident(option_name) || ' = ' || quote_literal(option_value), ', ')"
                            "          FROM pg_options_to_table(c.reloptions)) AS options, obj_description(c.oid, 'pg_class') AS comment"
                            "  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.oid = c.relowner"
                            "  LEFT JOIN pg_am am ON am.oid = c.relam LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace"
                            " WHERE c.oid = $1::oid",
                            {oid})[0];
    view->oid = static_cast<unsigned>(oid);
    view->schema = row.text("nspname");
    view->name = row.text("relname");
    view->owner = row.text("rolname");
    view->materialized = row.boolean("materialized");
    view->populated = row.boolean("relispopulated");
    view->definition = row.text("definition");
    view->options = row.text("options");
    view->tablespace = row.text("spcname");
    view->access_method = row.text("amname");
    view->comment = row.text("comment");
    view->owner_limited = row.boolean("owner_limited");
    const Rows grants = sql.run("SELECT a.privilege_type, r.rolname AS grantee, a.is_grantable FROM pg_class t, aclexplode(t.relacl) a"
                                "  LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE t.oid = $1::oid AND (a.grantee <> t.relowner OR $2)",
                                {oid, view->owner_limited});
    for (std::size_t i = 0; i < grants.size(); ++i)
        view->grants.push_back(grant_of(grants[i]));
}

void read_columns(Sql &sql, std::int64_t oid, core::View *view)
{
    const Rows rows = sql.run("SELECT a.attnum, a.attname, pg_get_expr(d.adbin, d.adrelid) AS default_text, coalesce(a.attstattarget, -1) AS statistics,"
                              "       col_description(a.attrelid, a.attnum) AS comment"
                              "  FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
                              " WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
                              {oid});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        core::ViewColumn column;
        column.name = rows[i].text("attname");
        column.default_text = rows[i].text("default_text");
        column.comment = rows[i].text("comment");
        column.statistics = static_cast<int>(rows[i].integer("statistics"));
        const Rows grants = sql.run("SELECT a.privilege_type, r.rolname AS grantee, a.is_grantable FROM pg_attribute t, aclexplode(t.attacl) a"
                                    "  LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE t.attrelid = $1::oid AND t.attnum = $2",
                                    {oid, rows[i].integer("attnum")});
        for (std::size_t g = 0; g < grants.size(); ++g)
            column.grants.push_back(grant_of(grants[g]));
        view->columns.push_back(std::move(column));
    }
}

void read_rules(Sql &sql, std::int64_t oid, core::View *view)
{
    const Rows rules = sql.run("SELECT rtrim(pg_get_ruledef(r.oid), '; ') AS definition,"
                               "       CASE WHEN obj_description(r.oid, 'pg_rewrite') IS NOT NULL THEN format('COMMENT ON RULE %I ON %I.%I IS %L',"
                               "         r.rulename, n.nspname, c.relname, obj_description(r.oid, 'pg_rewrite')) END AS remark"
                               "  FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace"
                               " WHERE r.ev_class = $1::oid AND r.rulename <> '_RETURN' ORDER BY r.rulename",
                               {oid});
    const Rows triggers = sql.run("SELECT pg_get_triggerdef(t.oid) AS definition,"
                                  "       CASE WHEN obj_description(t.oid, 'pg_trigger') IS NOT NULL THEN format('COMMENT ON TRIGGER %I ON %I.%I IS %L',"
                                  "         t.tgname, n.nspname, c.relname, obj_description(t.oid, 'pg_trigger')) END AS remark"
                                  "  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
                                  " WHERE t.tgrelid = $1::oid AND NOT t.tgisinternal ORDER BY t.tgname",
                                  {oid});
    for (std::size_t i = 0; i < rules.size(); ++i)
        view->rules.push_back(rules[i].text("definition"));
    for (std::size_t i = 0; i < triggers.size(); ++i)
        view->triggers.push_back(triggers[i].text("definition"));
    for (const Rows *rows : {&rules, &triggers})
        for (std::size_t i = 0; i < rows->size(); ++i)
            if (!(*rows)[i].is_null("remark"))
                view->remarks.push_back((*rows)[i].text("remark"));
}

void read_indexes(Sql &sql, std::int64_t oid, core::View *view)
{
    const Rows rows = sql.run("SELECT c.relname, pg_get_indexdef(i.indexrelid) AS definition, ts.spcname, i.indisclustered,"
                              "       obj_description(c.oid, 'pg_class') AS comment"
                              "  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace"
                              " WHERE i.indrelid = $1::oid ORDER BY c.relname",
                              {oid});
    for (std::size_t i = 0; i < rows.size(); ++i)
        view->indexes.push_back({rows[i].text("relname"), rows[i].text("definition"), rows[i].text("spcname"), rows[i].text("comment"),
                                 rows[i].boolean("indisclustered")});
}

// Of every rule of the view: the query, and what its other rules do.
void read_reads(Sql &sql, std::int64_t oid, core::View *view)
{
    const Rows rows = sql.run("SELECT DISTINCT d.refobjid, d.refobjsubid FROM pg_depend d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid"
                              " WHERE r.ev_class = $1::oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class ORDER BY 1, 2",
                              {oid});
    for (std::size_t i = 0; i < rows.size(); ++i)
        view->reads.push_back({static_cast<unsigned>(rows[i].integer("refobjid")), static_cast<int>(rows[i].integer("refobjsubid"))});
}

// What depends on the view or on its row type, less its own parts and other views; and what hotswap cannot make again.
void read_obstacles(Sql &sql, std::int64_t oid, core::View *view)
{
    const Rows rows = sql.run(
        "SELECT DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid) AS description"
        "  FROM pg_depend d JOIN pg_class v ON v.oid = $1::oid"
        " WHERE ((d.refclassid = 'pg_class'::regclass AND d.refobjid = v.oid)"
        "        OR (d.refclassid = 'pg_type'::regclass AND d.refobjid IN (v.reltype, (SELECT t.typarray FROM pg_type t WHERE t.oid = v.reltype))))"
        "   AND d.deptype NOT IN ('i', 'e')"
        "   AND NOT (d.classid = 'pg_rewrite'::regclass AND EXISTS (SELECT FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class"
        "                                                            WHERE r.oid = d.objid AND c.relkind IN ('v', 'm')))"
        "   AND NOT (d.classid = 'pg_trigger'::regclass AND EXISTS (SELECT FROM pg_trigger t WHERE t.oid = d.objid AND t.tgrelid = v.oid))"
        "   AND NOT (d.classid = 'pg_attrdef'::regclass AND EXISTS (SELECT FROM pg_attrdef a WHERE a.oid = d.objid AND a.adrelid = v.oid))"
        "   AND NOT (d.classid = 'pg_class'::regclass AND EXISTS (SELECT FROM pg_index x WHERE x.indexrelid = d.objid AND x.indrelid = v.oid))"
        " UNION SELECT 'extension ' || e.extname || ', which it belongs to' FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid"
        "  WHERE d.classid = 'pg_class'::regclass AND d.objid = $1::oid AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass"
        " UNION SELECT 'a security label' FROM pg_seclabel l WHERE l.classoid = 'pg_class'::regclass AND l.objoid = $1::oid"
        " ORDER BY 1",
        {oid});
    for (std::size_t i = 0; i < rows.size(); ++i)
        view->obstacles.push_back(rows[i].text("description"));
}

}  // namespace

std::vector<core::View> read_views(Sql &sql, const std::vector<unsigned> &relations)
{
    std::vector<std::string> oids;
    for (unsigned oid : relations)
        oids.push_back(std::to_string(oid));
    const Rows rows = sql.run("WITH RECURSIVE found (oid) AS ("
                              "  SELECT o::oid FROM unnest($1::text[]) AS o"
                              "  UNION SELECT r.ev_class FROM found f JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = f.oid"
                              "          JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid"
                              "          JOIN pg_class c ON c.oid = r.ev_class AND c.relkind IN ('v', 'm'))"
                              " SELECT c.oid FROM found f JOIN pg_class c ON c.oid = f.oid AND c.relkind IN ('v', 'm') ORDER BY c.oid",
                              {oids});
    std::vector<core::View> views;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::int64_t oid = rows[i].integer("oid");
        core::View view;
        read_view(sql, oid, &view);
        read_columns(sql, oid, &view);
        read_rules(sql, oid, &view);
        read_indexes(sql, oid, &view);
        read_reads(sql, oid, &view);
        read_obstacles(sql, oid, &view);
        views.push_back(std::move(view));
    }
    return views;
}

}  // namespace hotswap::engine
