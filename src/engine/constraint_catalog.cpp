// See constraint_catalog.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/constraint_catalog.hpp"

#include "bridge/ddl.hpp"
#include "core/dual_write.hpp"

namespace hotswap::engine {

using bridge::Row;
using bridge::Rows;
using bridge::Sql;

std::vector<core::Check> read_checks(Sql &sql, std::int64_t oid, const std::map<std::string, std::string> &renames)
{
    const Rows rows = sql.run("SELECT conname, conbin::text AS tree, convalidated, connoinherit, conislocal, pg_get_constraintdef(oid) AS definition,"
                              "       obj_description(oid, 'pg_constraint') AS comment"
                              "  FROM pg_constraint WHERE conrelid = $1::oid AND contype = 'c' ORDER BY conname",
                              {oid});
    std::vector<core::Check> result;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows[i];
        const auto printed = bridge::print_stored(row.text("tree"), static_cast<unsigned>(oid), renames);
        result.push_back({row.text("conname"), printed[0].text, printed[0].columns, row.boolean("convalidated"),
                          row.boolean("connoinherit"), row.text("comment"), row.text("definition"), row.boolean("conislocal")});
    }
    return result;
}

std::vector<core::ForeignKey> read_foreign_keys(Sql &sql, std::int64_t oid, const std::string &side)
{
    const Rows rows = sql.run(
        "SELECT k.conname, n.nspname, c.relname, fn.nspname AS f_schema, f.relname AS f_table, k.convalidated, c.relkind = 'p' AS on_partitioned,"
        "       regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', '') AS definition, x.relname AS index_name,"
        "       obj_description(k.oid, 'pg_constraint') AS comment,"
        "       (SELECT array_agg(a.attname::text ORDER BY u.n) FROM unnest(k.conkey) WITH ORDINALITY AS u(attnum, n)"
        "          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum) AS columns,"
        "       (SELECT array_agg(a.attname::text ORDER BY u.n) FROM unnest(k.confkey) WITH ORDINALITY AS u(attnum, n)"
        "          JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum) AS f_columns,"
        "       concat_ws(' ', CASE k.confmatchtype WHEN 'f' THEN 'MATCH FULL' END,"
        "         'ON UPDATE ' || CASE k.confupdtype WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' END,"
        "         'ON DELETE ' || CASE k.confdeltype WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' END,"
        "         CASE WHEN k.condeferrable THEN 'DEFERRABLE' END, CASE WHEN k.condeferred THEN 'INITIALLY DEFERRED' END) AS tail"
        "  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
        "  JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace LEFT JOIN pg_class x ON x.oid = k.conindid"
        " WHERE k.contype = 'f' AND k.conparentid = 0 AND k." +
            side + " = $1::oid ORDER BY n.nspname, c.relname, k.conname",
        {oid});
    std::vector<core::ForeignKey> result;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows[i];
        core::ForeignKey key;
        key.name = row.text("conname");
        key.schema = row.text("nspname");
        key.table = row.text("relname");
        key.referenced_schema = row.text("f_schema");
        key.referenced_table = row.text("f_table");
        key.columns = row.array("columns");
        key.referenced_columns = row.array("f_columns");
        key.tail = row.text("tail");
        key.validated = row.boolean("convalidated");
        key.comment = row.text("comment");
        key.definition = row.text("definition");
        key.index = row.text("index_name");
        key.on_partitioned = row.boolean("on_partitioned");
        result.push_back(key);
    }
    return result;
}

void read_statistics(Sql &sql, std::int64_t oid, core::TableFacts *facts)
{
    const Rows rows = sql.run("SELECT n.nspname, s.stxname, pg_get_statisticsobjdef(s.oid) AS definition, s.stxexprs::text AS tree,"
                              "       coalesce(s.stxstattarget, -1) AS target, r.rolname, obj_description(s.oid, 'pg_statistic_ext') AS comment"
                              "  FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace JOIN pg_roles r ON r.oid = s.stxowner"
                              " WHERE s.stxrelid = $1::oid AND s.stxexprs IS NOT NULL ORDER BY n.nspname, s.stxname",
                              {oid});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows[i];
        core::Statistics statistics{row.text("nspname"), row.text("stxname"), row.text("definition"), {}, static_cast<int>(row.integer("target")),
                                    row.text("rolname"), row.text("comment")};
        for (const bridge::StoredExpression &expression : bridge::print_stored(row.text("tree"), static_cast<unsigned>(oid), {}))
            statistics.columns.insert(statistics.columns.end(), expression.columns.begin(), expression.columns.end());
        facts->statistics.push_back(std::move(statistics));
    }
}

namespace {

core::Dependent dependent_of(const Row &row)
{
    core::Dependent dependent;
    dependent.column = static_cast<int>(row.integer("attnum"));
    dependent.description = row.text("description");
    dependent.view = static_cast<unsigned>(row.integer("view"));
    dependent.kind = dependent.view != 0                  ? core::DependentKind::view
                     : row.boolean("is_statistics") ? core::DependentKind::statistics
                     : row.boolean("is_generated")  ? core::DependentKind::generated_column
                                                    : core::DependentKind::other;
    return dependent;
}

}  // namespace

// What hangs on single columns and is not carried over: everything pg_depend knows less what the planner copies.
void read_dependents(Sql &sql, std::int64_t oid, core::TableFacts *facts)
{
    const Rows rows = sql.run(
        "SELECT DISTINCT d.refobjsubid AS attnum, pg_describe_object(d.classid, d.objid, d.objsubid) AS description,"
        "       (SELECT r.ev_class FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class"
        "         WHERE d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid AND c.relkind IN ('v', 'm')) AS view,"
        "       d.classid = 'pg_statistic_ext'::regclass AS is_statistics,"
        "       d.classid = 'pg_attrdef'::regclass AND EXISTS (SELECT FROM pg_attrdef f JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum"
        "                                                       WHERE f.oid = d.objid AND a.attgenerated <> '') AS is_generated"
        "  FROM pg_depend d"
        " WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::oid AND d.refobjsubid > 0 AND d.deptype IN ('n', 'a', 'P', 'S')"
        "   AND NOT (d.classid = 'pg_class'::regclass AND EXISTS (SELECT FROM pg_class c WHERE c.oid = d.objid AND c.relkind IN ('i', 'I', 'S')))"
        "   AND NOT (d.classid = 'pg_constraint'::regclass)"
        "   AND NOT (d.classid = 'pg_attrdef'::regclass AND EXISTS (SELECT FROM pg_attrdef a WHERE a.oid = d.objid AND a.adrelid = d.refobjid"
        "                                                               AND a.adnum = d.refobjsubid))"
        " ORDER BY 1, 2",
        {oid});
    for (std::size_t i = 0; i < rows.size(); ++i)
        facts->dependents.push_back(dependent_of(rows[i]));
    const Rows late = sql.run("SELECT tgname FROM pg_trigger WHERE tgrelid = $1::oid AND NOT tgisinternal AND tgtype & 3 = 3"
                              "   AND tgtype & 20 <> 0 AND tgname::text COLLATE \"C\" > $2 ORDER BY tgname",
                              {oid, std::string(core::kTriggerName)});
    for (std::size_t i = 0; i < late.size(); ++i)
        facts->late_triggers.push_back(late[i].text("tgname"));
}

}  // namespace hotswap::engine
