// See object_cascade.hpp. The server follows pg_depend itself when it drops; this follows it the same way beforehand.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/object_cascade.hpp"

#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "core/identifier.hpp"

namespace hotswap::bridge {

namespace {

// own: goes without CASCADE (indexes of a column, rules of a view). gone: all that goes. What is internal to something else (the
// rule of a view, the expression of a generated column) means that. The deepest path decides the order.
constexpr const char *kFallen =
    "WITH RECURSIVE own (classid, objid, part) AS ("
    "  SELECT $1::oid, $2::oid, $3::integer"
    "  UNION SELECT d.classid, d.objid, d.objsubid FROM own o JOIN pg_depend d ON d.refclassid = o.classid AND d.refobjid = o.objid"
    "    AND (o.part = 0 OR d.refobjsubid = o.part) AND d.deptype IN ('a', 'i', 'e', 'P', 'S')),"
    " gone (classid, objid, part, depth, asked) AS ("
    "  SELECT $1::oid, $2::oid, $3::integer, 0, false"
    "  UNION SELECT coalesce(w.refclassid, d.classid), coalesce(w.refobjid, d.objid), coalesce(w.refobjsubid, d.objsubid), g.depth + 1, d.deptype = 'n'"
    "    FROM gone g JOIN pg_depend d ON d.refclassid = g.classid AND d.refobjid = g.objid AND (g.part = 0 OR d.refobjsubid = g.part)"
    "      AND d.deptype IN ('n', 'a', 'i', 'e', 'P', 'S')"
    "    LEFT JOIN pg_depend w ON w.classid = d.classid AND w.objid = d.objid AND w.objsubid = d.objsubid AND w.deptype = 'i' AND d.deptype <> 'i'"
    "   WHERE g.depth < 20 AND (coalesce(w.refclassid, d.classid), coalesce(w.refobjid, d.objid), coalesce(w.refobjsubid, d.objsubid)) <> (g.classid, g.objid, g.part))"
    " SELECT g.classid::bigint AS classid, g.objid::bigint AS objid, g.part::bigint AS part, pg_describe_object(g.classid, g.objid, g.part) AS words,"
    "   i.type, g.classid::regclass::text AS catalog"
    "  FROM gone g CROSS JOIN LATERAL pg_identify_object(g.classid, g.objid, g.part) AS i"
    "  WHERE g.depth > 0 AND (g.classid, g.objid, g.part) NOT IN (SELECT classid, objid, part FROM own)"
    "    AND NOT (g.classid = $1::oid AND g.objid = $2::oid AND ($3 = 0 OR g.part = 0))"
    "    AND NOT (g.classid = 'pg_constraint'::regclass AND EXISTS (SELECT FROM pg_constraint k WHERE k.oid = g.objid AND k.conparentid <> 0))"
    "  GROUP BY g.classid, g.objid, g.part, i.type HAVING bool_or(g.asked) ORDER BY max(g.depth), g.objid";

// The table, view or sequence that loses it, first; and for a foreign key the other side.
constexpr const char *kRelations =
    "SELECT format('%I.%I', n.nspname, c.relname) AS name, c.oid::bigint AS oid FROM ("
    "  SELECT 1, $2::oid WHERE $1::oid = 'pg_class'::regclass"
    "  UNION ALL SELECT 1, adrelid FROM pg_attrdef WHERE $1::oid = 'pg_attrdef'::regclass AND oid = $2::oid"
    "  UNION ALL SELECT 1, conrelid FROM pg_constraint WHERE $1::oid = 'pg_constraint'::regclass AND oid = $2::oid"
    "  UNION ALL SELECT 2, confrelid FROM pg_constraint WHERE $1::oid = 'pg_constraint'::regclass AND oid = $2::oid"
    "  UNION ALL SELECT 1, tgrelid FROM pg_trigger WHERE $1::oid = 'pg_trigger'::regclass AND oid = $2::oid"
    "  UNION ALL SELECT 1, ev_class FROM pg_rewrite WHERE $1::oid = 'pg_rewrite'::regclass AND oid = $2::oid"
    "  UNION ALL SELECT 1, polrelid FROM pg_policy WHERE $1::oid = 'pg_policy'::regclass AND oid = $2::oid) AS r (place, oid)"
    "  JOIN pg_class c ON c.oid = r.oid AND c.relkind <> 'i' JOIN pg_namespace n ON n.oid = c.relnamespace GROUP BY n.nspname, c.relname, c.oid ORDER BY min(r.place)";

// Parts of a table have no DROP of their own.
constexpr const char *kPart =
    "SELECT format('ALTER TABLE %I.%I ', n.nspname, c.relname) || p.drop_it AS drop_it, format('ALTER TABLE %I.%I ', n.nspname, c.relname) || p.validate_it AS validate_it, p.column_name FROM ("
    "  SELECT conrelid, format('DROP CONSTRAINT %I', conname), CASE WHEN contype = 'f' AND convalidated AND conparentid = 0 THEN format('VALIDATE CONSTRAINT %I', conname) END, NULL"
    "    FROM pg_constraint WHERE $1::oid = 'pg_constraint'::regclass AND oid = $2::oid AND conrelid <> 0"
    "  UNION ALL SELECT d.adrelid, format('ALTER COLUMN %I DROP DEFAULT', a.attname), NULL, NULL"
    "    FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE $1::oid = 'pg_attrdef'::regclass AND d.oid = $2::oid"
    "  UNION ALL SELECT a.attrelid, format('DROP COLUMN %I', a.attname), NULL, a.attname"
    "    FROM pg_attribute a WHERE $1::oid = 'pg_class'::regclass AND a.attrelid = $2::oid AND a.attnum = $3 AND $3 > 0) AS p (oid, drop_it, validate_it, column_name)"
    "  JOIN pg_class c ON c.oid = p.oid JOIN pg_namespace n ON n.oid = c.relnamespace";

}  // namespace

std::vector<core::Fallen> fallen_with(const ObjectId &object)
{
    struct Found {
        ObjectId id;
        core::Fallen fallen;
        std::string type;
    };
    std::vector<Found> found;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        const Rows rows = sql.run(kFallen, {static_cast<std::int64_t>(object.catalog), static_cast<std::int64_t>(object.oid), static_cast<std::int64_t>(object.part)});
        for (std::size_t i = 0; i < rows.size(); ++i) {
            Found one;
            one.id = {static_cast<unsigned>(rows[i].integer("classid")), static_cast<unsigned>(rows[i].integer("objid")), static_cast<int>(rows[i].integer("part"))};
            one.fallen.words = rows[i].text("words");
            one.type = rows[i].text("type");
            one.fallen.is_view = one.type == "view" || one.type == "materialized view";
            const std::vector<Parameter> key = {static_cast<std::int64_t>(one.id.catalog), static_cast<std::int64_t>(one.id.oid)};
            const Rows relations = sql.run(kRelations, key);
            for (std::size_t j = 0; j < relations.size(); ++j) {
                one.fallen.locks.push_back(relations[j].text("name"));
                one.fallen.relations.push_back(static_cast<unsigned>(relations[j].integer("oid")));
            }
            const Rows part = sql.run(kPart, {key[0], key[1], static_cast<std::int64_t>(one.id.part)});
            if (one.id.part > 0) {
                one.fallen.table = one.id.oid;
                one.fallen.column = part.empty() ? "" : part[0].text("column_name");
            }
            if (!part.empty()) {
                one.fallen.drop = part[0].text("drop_it");
                one.fallen.validation = part[0].is_null("validate_it") ? "" : part[0].text("validate_it");
            }
            found.push_back(std::move(one));
        }
    }
    std::vector<core::Fallen> result;
    for (Found &one : found) {
        static constexpr const char *kDroppable[] = {"view", "materialized view", "trigger", "policy", "rule", "function", "procedure", "aggregate",
                                                     "statistics object", "type", "sequence", "foreign table", "table", "index", "domain"};
        for (const char *type : kDroppable)
            if (one.fallen.drop.empty() && one.type == type) {
                const ObjectName name = name_object(one.id);
                one.fallen.drop = "DROP " + name.kind + " " + name.identity;
            }
        one.fallen.again = recreate(one.id);
        if (!one.fallen.validation.empty() && !one.fallen.again.empty())
            one.fallen.again[0] += " NOT VALID";
        result.push_back(std::move(one.fallen));
    }
    return result;
}

}  // namespace hotswap::bridge
