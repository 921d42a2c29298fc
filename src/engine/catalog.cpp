// See catalog.hpp. One query a kind of object; what a query cannot say (expressions under other names) comes from bridge/ddl.
// SPDX-License-Identifier: PostgreSQL
#include "engine/catalog.hpp"

#include "bridge/ddl.hpp"
#include "core/dual_write.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "engine/constraint_catalog.hpp"

namespace hotswap::engine {

namespace {

using bridge::Row;
using bridge::Rows;
using bridge::Sql;
using core::qualified;

std::string qualified_or_empty(const Row &row, const std::string &schema, const std::string &name)
{
    return row.is_null(name) ? std::string() : qualified(row.text(schema), row.text(name));
}

void read_table(Sql &sql, std::int64_t oid, core::TableFacts *facts)
{
    const Rows rows = sql.run(
        "SELECT c.oid, n.nspname, c.relname, r.rolname, c.relkind, c.relpersistence = 't' AS temporary, c.relpersistence = 'u' AS unlogged,"
        "       c.relrowsecurity, c.relforcerowsecurity, am.amname,"
        "       (SELECT t.spcname FROM pg_tablespace t WHERE t.oid = CASE WHEN c.reltablespace <> 0 THEN c.reltablespace"
        "          ELSE (SELECT d.dattablespace FROM pg_database d WHERE d.datname = current_database()) END) AS tablespace,"
        "       pg_relation_size(c.oid) / current_setting('block_size')::bigint AS blocks, greatest(c.reltuples, 0) AS tuples,"
        "       current_setting('server_version_num')::integer AS version,"
        "       EXISTS (SELECT FROM pg_inherits WHERE inhrelid = c.oid) AS has_parents,"
        "       EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid) AS has_children, obj_description(c.oid, 'pg_class') AS comment"
        "  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.oid = c.relowner"
        "  LEFT JOIN pg_am am ON am.oid = c.relam WHERE c.oid = $1::oid",
        {oid});
    if (rows.empty())
        throw core::Error(core::sqlstate::kUndefinedTable, "relation with OID " + std::to_string(oid) + " does not exist");
    const Row row = rows[0];
    facts->oid = static_cast<unsigned>(row.integer("oid"));
    facts->schema = row.text("nspname");
    facts->name = row.text("relname");
    facts->owner = row.text("rolname");
    facts->kind = row.text("relkind")[0];
    facts->server_version = static_cast<int>(row.integer("version"));
    facts->temporary = row.boolean("temporary");
    facts->unlogged = row.boolean("unlogged");
    facts->tablespace = row.text("tablespace");
    facts->access_method = row.text("amname");
    facts->row_security = row.boolean("relrowsecurity");
    facts->forced_row_security = row.boolean("relforcerowsecurity");
    facts->blocks = row.integer("blocks");
    facts->rows = row.number("tuples");
    facts->has_parents = row.boolean("has_parents");
    facts->has_children = row.boolean("has_children");
    facts->comment = row.text("comment");
    const Rows options = sql.run("SELECT o.option_name AS name, o.option_value AS value FROM pg_class c, pg_options_to_table(c.reloptions) o"
                                 " WHERE c.oid = $1::oid UNION ALL"
                                 " SELECT 'toast.' || o.option_name, o.option_value FROM pg_class c JOIN pg_class t ON t.oid = c.reltoastrelid,"
                                 "        pg_options_to_table(t.reloptions) o WHERE c.oid = $1::oid",
                                 {oid});
    for (std::size_t i = 0; i < options.size(); ++i)
        facts->storage_options[options[i].text("name")] = options[i].text("value");
}

core::Grant grant_of(const Row &row)
{
    return {row.text("privilege_type"), row.text("grantee"), row.boolean("is_grantable")};
}

constexpr const char *kAclColumns = "a.privilege_type, r.rolname AS grantee, a.is_grantable";

void read_columns(Sql &sql, std::int64_t oid, core::TableFacts *facts)
{
    const Rows rows = sql.run(
        "SELECT a.attnum, a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull,"
        "       pg_get_expr(d.adbin, d.adrelid) AS default_text, a.attidentity, a.attgenerated,"
        "       (SELECT string_agg(quote_ident(split_part(e, '=', 1)) || ' = ' || quote_literal(substr(e, strpos(e, '=') + 1)), ', ')"
        "          FROM unnest(a.attoptions) AS e WHERE e NOT LIKE 'pg\\_%') AS options,"
        "       coalesce(a.attstattarget, -1) AS statistics,"
        "       CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END AS storage, a.attstorage AS stored_as, a.attinhcount > 0 AS inherited,"
        "       EXISTS (SELECT FROM pg_depend k WHERE k.classid = 'pg_class'::regclass AND k.objid = a.attrelid AND k.objsubid = a.attnum"
        "                 AND k.refclassid = k.classid AND k.refobjid = a.attrelid AND k.refobjsubid = 0 AND k.deptype = 'i') AS partition_key,"
        "       CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END AS compression,"
        "       col_description(a.attrelid, a.attnum) AS comment,"
        "       CASE WHEN a.attcollation <> t.typcollation THEN cn.nspname END AS collation_schema,"
        "       CASE WHEN a.attcollation <> t.typcollation THEN co.collname END AS collation_name,"
        "       sn.nspname AS sequence_schema, s.relname AS sequence_name, q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle,"
        "       format_type(q.seqtypid, NULL) AS sequence_type"
        "  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
        "  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
        "  LEFT JOIN pg_collation co ON co.oid = a.attcollation LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace"
        "  LEFT JOIN pg_depend p ON p.refclassid = 'pg_class'::regclass AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum"
        "                       AND p.classid = 'pg_class'::regclass AND p.deptype IN ('a', 'i')"
        "                       AND EXISTS (SELECT FROM pg_class x WHERE x.oid = p.objid AND x.relkind = 'S')"
        "  LEFT JOIN pg_class s ON s.oid = p.objid LEFT JOIN pg_namespace sn ON sn.oid = s.relnamespace"
        "  LEFT JOIN pg_sequence q ON q.seqrelid = s.oid"
        " WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
        {oid});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows[i];
        core::Column c;
        c.number = static_cast<int>(row.integer("attnum"));
        c.name = row.text("attname");
        c.type = row.text("type");
        c.collation = qualified_or_empty(row, "collation_schema", "collation_name");
        c.not_null = row.boolean("attnotnull");
        c.generated = !row.text("attgenerated").empty();
        (c.generated ? c.generation : c.default_text) = row.text("default_text");
        c.inherited = row.boolean("inherited");
        c.partition_key = row.boolean("partition_key");
        const std::string identity = row.text("attidentity");
        c.identity = identity.empty() ? 0 : identity[0];
        c.sequence_schema = row.text("sequence_schema");
        c.sequence_name = row.text("sequence_name");
        c.sequence_type = row.text("sequence_type");
        if (c.identity != 0 && !c.sequence_name.empty()) {
            // Limits that are only the old type's own are left to the new type.
            const std::string top = row.text("seqmax");
            const bool own_limit = top == "32767" || top == "2147483647" || top == "9223372036854775807";
            c.identity_options = "START WITH " + row.text("seqstart") + " INCREMENT BY " + row.text("seqincrement") + " MINVALUE " +
                                 row.text("seqmin") + (own_limit ? "" : " MAXVALUE " + top) + " CACHE " + row.text("seqcache") +
                                 (row.boolean("seqcycle") ? " CYCLE" : " NO CYCLE");
        }
        c.options = row.text("options");
        c.statistics = static_cast<int>(row.integer("statistics"));
        const std::string storage = row.text("storage");
        c.storage = storage.empty() ? 0 : storage[0];
        c.stored_as = row.text("stored_as")[0];
        c.compression = row.text("compression");
        c.comment = row.text("comment");
        const Rows grants =
            sql.run(std::string("SELECT ") + kAclColumns +
                        "  FROM pg_attribute t, aclexplode(t.attacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee"
                        " WHERE t.attrelid = $1::oid AND t.attnum = $2",
                    {oid, static_cast<std::int64_t>(c.number)});
        for (std::size_t g = 0; g < grants.size(); ++g)
            c.grants.push_back(grant_of(grants[g]));
        facts->columns.push_back(c);
    }
    const Rows grants = sql.run(std::string("SELECT ") + kAclColumns +
                                    "  FROM pg_class t, aclexplode(t.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee"
                                    " WHERE t.oid = $1::oid AND a.grantee <> t.relowner",
                                {oid});
    for (std::size_t g = 0; g < grants.size(); ++g)
        facts->grants.push_back(grant_of(grants[g]));
}

std::string order_of(const std::string &method, int option)
{
    if (method != "btree" || option == 0)
        return "";
    const bool descending = (option & 1) != 0, nulls_first = (option & 2) != 0;
    if (descending)
        return nulls_first ? "DESC" : "DESC NULLS LAST";
    return "NULLS FIRST";
}

void read_keys(Sql &sql, std::int64_t index, const std::string &method, const std::vector<bridge::StoredExpression> &expressions,
               core::Index *result)
{
    const Rows rows = sql.run(
        "SELECT k.n, i.indkey[k.n - 1] AS attnum, k.n <= i.indnkeyatts AS is_key,"
        "       CASE WHEN k.n <= i.indnkeyatts THEN i.indoption[k.n - 1] ELSE 0 END AS option,"
        "       CASE WHEN NOT o.opcdefault OR EXISTS (SELECT FROM unnest(x.attoptions) AS e WHERE e NOT LIKE 'pg\\_%') THEN o_n.nspname END AS opclass_schema,"
        "       CASE WHEN NOT o.opcdefault OR EXISTS (SELECT FROM unnest(x.attoptions) AS e WHERE e NOT LIKE 'pg\\_%') THEN o.opcname END AS opclass_name,"
        "       (SELECT string_agg(quote_ident(split_part(e, '=', 1)) || ' = ' || quote_literal(substr(e, strpos(e, '=') + 1)), ', ')"
        "          FROM unnest(x.attoptions) AS e WHERE e NOT LIKE 'pg\\_%') AS opclass_options,"
        "       CASE WHEN i.indcollation[k.n - 1] <> coalesce(t.attcollation, i.indcollation[k.n - 1])"
        "              OR (i.indkey[k.n - 1] = 0 AND i.indcollation[k.n - 1] NOT IN (0, 100)) THEN c_n.nspname END AS collation_schema,"
        "       CASE WHEN i.indcollation[k.n - 1] <> coalesce(t.attcollation, i.indcollation[k.n - 1])"
        "              OR (i.indkey[k.n - 1] = 0 AND i.indcollation[k.n - 1] NOT IN (0, 100)) THEN c.collname END AS collation_name"
        "  FROM pg_index i CROSS JOIN LATERAL generate_series(1, i.indnatts) AS k(n)"
        "  LEFT JOIN pg_attribute t ON t.attrelid = i.indrelid AND t.attnum = i.indkey[k.n - 1] AND t.attnum > 0"
        "  LEFT JOIN pg_attribute x ON x.attrelid = i.indexrelid AND x.attnum = k.n"
        "  LEFT JOIN pg_opclass o ON k.n <= i.indnkeyatts AND o.oid = i.indclass[k.n - 1]"
        "  LEFT JOIN pg_namespace o_n ON o_n.oid = o.opcnamespace"
        "  LEFT JOIN pg_collation c ON k.n <= i.indnkeyatts AND c.oid = i.indcollation[k.n - 1]"
        "  LEFT JOIN pg_namespace c_n ON c_n.oid = c.collnamespace"
        " WHERE i.indexrelid = $1::oid ORDER BY k.n",
        {index});
    std::size_t next_expression = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows[i];
        const int column = static_cast<int>(row.integer("attnum"));
        if (!row.boolean("is_key")) {
            result->include.push_back(column);
            continue;
        }
        core::IndexKey key;
        key.column = column;
        if (column != 0) {
            key.columns = {column};
        } else if (next_expression < expressions.size()) {
            key.expression = expressions[next_expression].text;
            key.columns = expressions[next_expression].columns;
            ++next_expression;
        }
        key.collation = qualified_or_empty(row, "collation_schema", "collation_name");
        key.opclass = qualified_or_empty(row, "opclass_schema", "opclass_name");
        if (!row.is_null("opclass_options"))
            key.opclass += " (" + row.text("opclass_options") + ")";
        key.order = order_of(method, static_cast<int>(row.integer("option")));
        result->keys.push_back(key);
    }
}

// The server prints no tablespace; its place is before WHERE.
std::string tail_of(const std::string &whole, const core::Index &index)
{
    const auto start = whole.find(" USING " + index.method + " (");
    if (start == std::string::npos)
        return "";
    std::string tail = whole.substr(start + 1);
    if (index.tablespace.empty())
        return tail;
    const auto where = tail.find(" WHERE ");
    const std::string words = " TABLESPACE " + core::quote_identifier(index.tablespace);
    return where == std::string::npos ? tail + words : tail.insert(where, words);
}

std::vector<core::Index> read_indexes(Sql &sql, std::int64_t oid, const std::map<std::string, std::string> &renames)
{
    const Rows rows = sql.run(
        "SELECT i.indexrelid, n.nspname, c.relname, am.amname, i.indisunique, i.indisprimary, i.indisexclusion,"
        "       i.indisvalid AND i.indisready AS valid, coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS nulls_not_distinct,"
        "       i.indisclustered, i.indisreplident, k.conname, k.condeferrable, k.condeferred,"
        "       i.indexprs::text AS expressions, i.indpred::text AS predicate, ts.spcname, obj_description(c.oid, 'pg_class') AS comment,"
        "       obj_description(k.oid, 'pg_constraint') AS constraint_comment,"
        "       coalesce(pg_get_constraintdef(k.oid), pg_get_indexdef(i.indexrelid)) AS definition, pg_get_indexdef(i.indexrelid) AS whole,"
        "       (SELECT format('%I.%I', pn.nspname, p.relname) FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent"
        "          JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE h.inhrelid = c.oid) AS parent,"
        "       (SELECT string_agg(quote_ident(option_name) || ' = ' || quote_literal(option_value), ', ')"
        "          FROM pg_options_to_table(c.reloptions)) AS reloptions"
        "  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
        "  JOIN pg_am am ON am.oid = c.relam LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace"
        "  LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')"
        " WHERE i.indrelid = $1::oid ORDER BY c.relname",
        {oid});
    std::vector<core::Index> result;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows[i];
        core::Index index;
        index.schema = row.text("nspname");
        index.name = row.text("relname");
        index.method = row.text("amname");
        index.unique = row.boolean("indisunique");
        index.primary = row.boolean("indisprimary");
        index.exclusion = row.boolean("indisexclusion");
        index.valid = row.boolean("valid");
        index.nulls_not_distinct = row.boolean("nulls_not_distinct");
        index.clustered = row.boolean("indisclustered");
        index.replica_identity = row.boolean("indisreplident");
        index.constraint = row.text("conname");
        index.deferrable = row.boolean("condeferrable");
        index.initially_deferred = row.boolean("condeferred");
        index.reloptions = row.text("reloptions");
        index.tablespace = row.text("spcname");
        index.comment = row.text("comment");
        index.constraint_comment = row.text("constraint_comment");
        index.definition = row.text("definition");
        index.parent = row.text("parent");
        index.tail = tail_of(row.text("whole"), index);
        const auto relation = static_cast<unsigned>(oid);
        std::vector<bridge::StoredExpression> expressions;
        if (!row.is_null("expressions"))
            expressions = bridge::print_stored(row.text("expressions"), relation, renames);
        if (!row.is_null("predicate")) {
            const auto predicate = bridge::print_stored(row.text("predicate"), relation, renames);
            index.predicate = predicate[0].text;
            index.predicate_columns = predicate[0].columns;
        }
        read_keys(sql, row.integer("indexrelid"), index.method, expressions, &index);
        result.push_back(index);
    }
    return result;
}

}  // namespace

core::TableFacts read_facts(Sql &sql, unsigned relation, const std::map<std::string, std::string> &renames)
{
    const auto oid = static_cast<std::int64_t>(relation);
    core::TableFacts facts;
    read_table(sql, oid, &facts);
    read_columns(sql, oid, &facts);
    facts.indexes = read_indexes(sql, oid, {});
    facts.checks = read_checks(sql, oid, {});
    facts.outgoing = read_foreign_keys(sql, oid, "conrelid");
    facts.incoming = read_foreign_keys(sql, oid, "confrelid");
    read_statistics(sql, oid, &facts);
    read_dependents(sql, oid, &facts);
    facts.renames = renames;
    if (!renames.empty()) {
        facts.renamed.indexes = read_indexes(sql, oid, renames);
        facts.renamed.checks = read_checks(sql, oid, renames);
        facts.renamed.outgoing = facts.outgoing;
        facts.renamed.incoming = facts.incoming;
    }
    return facts;
}

std::string fingerprint(Sql &sql, unsigned relation)
{
    // Options whose names begin with pg_ are the server's own notes.
    const Rows rows = sql.run("SELECT md5(concat("
                              "  (SELECT string_agg(concat_ws(',', attnum, attname, atttypid, atttypmod, attnotnull), ';' ORDER BY attnum)"
                              "     FROM pg_attribute WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped),"
                              "  (SELECT concat_ws(',', tgfoid, tgenabled, tgtype, encode(tgargs, 'hex')) FROM pg_trigger"
                              "    WHERE tgrelid = $1::oid AND tgname = $2))) AS hash",
                              {static_cast<std::int64_t>(relation), std::string(core::kTriggerName)});
    return rows[0].text("hash");
}

}  // namespace hotswap::engine
