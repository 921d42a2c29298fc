// See twin_sql.hpp.
//
// An expression is always evaluated where exactly one relation is in scope, so its plain column names can mean nothing else.
// Names of our own in these queries begin with "~".
// SPDX-License-Identifier: PostgreSQL
#include "core/twin_sql.hpp"

#include <fmt/format.h>

#include "core/identifier.hpp"

namespace hotswap::core {

namespace {

constexpr const char *kRange = "ctid >= $1::tid AND ctid < $2::tid";

std::string name_of(const char *what, int migration, int member)
{
    return fmt::format("_{}_{}_{}", what, migration, member);
}

std::string join(const std::vector<std::string> &parts, const char *glue)
{
    return fmt::format("{}", fmt::join(parts, glue));
}

template <class Items, class Term> std::string list(const Items &items, const char *glue, Term term)
{
    std::vector<std::string> parts;
    for (const auto &item : items)
        parts.push_back(term(item));
    return join(parts, glue);
}

std::string own(const std::string &prefix, const std::string &column)
{
    return quote_identifier("~" + prefix + column);
}

// A value as the column's type, so that comparing finds the operator of the index.
std::string cast(const std::string &expression, const std::string &type)
{
    return fmt::format("({})::{}", expression, type);
}

std::string value_of(const FlowColumn &column)
{
    return column.value.empty() ? quote_identifier(column.name) : column.value;
}

std::string reverse_of(const FlowColumn &column)
{
    return column.reverse.empty() ? quote_identifier(column.name) : column.reverse;
}

// The touched keys, as keys of the source.
std::string touched(const Flow &flow)
{
    return fmt::format("(SELECT DISTINCT {} FROM ONLY {} WHERE \"~op\" = 'k' AND {})",
                       list(flow.key, ", ", [](const FlowKey &k) { return quote_identifier(k.column); }), flow.log, kRange);
}

// The same, as keys of the target.
std::string touched_in_target(const Flow &flow)
{
    return fmt::format("(SELECT DISTINCT {} FROM ONLY {} WHERE \"~op\" = 'k' AND {})", list(flow.key, ", ", [](const FlowKey &k) {
                           return fmt::format("{} AS {}", cast(k.to_target, k.target_type), own("k", k.column));
                       }),
                       flow.log, kRange);
}

std::string removal(const Flow &flow)
{
    return fmt::format("DELETE FROM ONLY {} AS w USING {} AS l WHERE {}", flow.target, touched_in_target(flow),
                       list(flow.key, " AND ", [](const FlowKey &k) {
                           return fmt::format("w.{} {} l.{}", quote_identifier(k.column), k.target_equals, own("k", k.column));
                       }));
}

std::string current_rows(const Flow &flow)
{
    return fmt::format("(SELECT t.* FROM {} AS l JOIN ONLY {} AS t ON {})", touched(flow), flow.source,
                       list(flow.key, " AND ", [](const FlowKey &k) {
                           return fmt::format("t.{0} {1} l.{0}", quote_identifier(k.column), k.source_equals);
                       }));
}

std::string target_columns(const Flow &flow)
{
    return list(flow.columns, ", ", [](const FlowColumn &c) { return quote_identifier(c.name); });
}

// The way back. A value that still means what the source has stays what it was: a row whose converted column nobody changed
// comes back exactly, even where the conversion loses something. The new rows are computed from the old ones first; counting the
// removed rows makes all of them go before the first new one comes.
std::string apply_keeping(const Flow &flow)
{
    std::vector<std::string> saved, values;
    for (const FlowKey &k : flow.key)
        saved.push_back(fmt::format("{} AS {}", quote_identifier(k.column), own("k", k.column)));
    for (const FlowColumn &c : flow.columns) {
        if (c.value.empty()) {
            values.push_back(fmt::format("r.{0} AS {0}", quote_identifier(c.name)));
            continue;
        }
        saved.push_back(fmt::format("{} AS {}", quote_identifier(c.name), own("o", c.name)));
        saved.push_back(fmt::format("{} AS {}", cast(reverse_of(c), c.source_type), own("u", c.name)));
        values.push_back(fmt::format("CASE WHEN g.\"~there\" AND pg_catalog.record_image_eq(ROW(g.{}), ROW(r.{})) THEN g.{} ELSE {} END AS {}",
                                     own("u", c.name), quote_identifier(c.name), own("o", c.name), cast(c.value, c.loose_type.empty() ? c.type : c.loose_type), quote_identifier(c.name)));
    }
    return fmt::format("WITH fresh AS MATERIALIZED (SELECT {} FROM {} AS r LEFT JOIN (SELECT true AS \"~there\", {} FROM ONLY {}) AS g ON {}),"
                       " gone AS ({} RETURNING 1)"
                       " INSERT INTO {} ({}) SELECT {} FROM fresh AS f CROSS JOIN (SELECT pg_catalog.count(*) FROM gone) AS ready",
                       join(values, ", "), current_rows(flow), join(saved, ", "), flow.target, list(flow.key, " AND ", [](const FlowKey &k) {
                           return fmt::format("g.{} {} {}", own("k", k.column), k.target_equals, cast(k.to_target, k.target_type));
                       }),
                       removal(flow), flow.target, target_columns(flow),
                       list(flow.columns, ", ", [](const FlowColumn &c) { return fmt::format("f.{}", quote_identifier(c.name)); }));
}

}  // namespace

std::string twin_name(int migration, int member)
{
    return name_of("twin", migration, member);
}

std::string previous_name(int migration, int member)
{
    return name_of("previous", migration, member);
}

std::string change_log_name(int migration, int member)
{
    return name_of("changes", migration, member);
}

std::string change_log_back_name(int migration, int member)
{
    return name_of("changes_back", migration, member);
}

std::string crash_mark_name(int migration, int member)
{
    return name_of("alive", migration, member);
}

std::string order_name(int migration, int member)
{
    return name_of("order", migration, member);
}

std::string remove_sql(const Flow &flow)
{
    return removal(flow);
}

std::string apply_sql(const Flow &flow)
{
    if (flow.keep_values)
        return apply_keeping(flow);
    return fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} AS r", flow.target, target_columns(flow),
                       list(flow.columns, ", ", value_of), current_rows(flow));
}

std::string current_sql(const Flow &flow)
{
    return fmt::format("SELECT 1 AS x FROM {} AS r", current_rows(flow));
}

std::string forget_sql(const Flow &flow)
{
    return fmt::format("DELETE FROM ONLY {} WHERE {}", flow.log, kRange);
}

namespace {

std::string key_json(const Flow &flow, const char *row, const char *prefix)
{
    return fmt::format("pg_catalog.jsonb_build_object({})", list(flow.key, ", ", [&](const FlowKey &k) {
                           return fmt::format("{}, {}.{}", quote_literal(k.column), row, own(prefix, k.column));
                       }));
}

std::string not_in_log(const Flow &flow)
{
    // NOT IN over texts: hashed whatever joins are allowed, and there is no null in it. The types are the same on both sides.
    return fmt::format("ROW({})::text NOT IN (SELECT ROW({})::text FROM ONLY {} AS l WHERE l.\"~op\" = 'k')"
                       " AND NOT EXISTS (SELECT FROM ONLY {} AS l WHERE l.\"~op\" = 't')",
                       list(flow.key, ", ", [](const FlowKey &k) { return "d." + own("s", k.column); }),
                       list(flow.key, ", ", [](const FlowKey &k) { return fmt::format("l.{}", quote_identifier(k.column)); }), flow.log, flow.log);
}

const char *chosen(Rows rows)
{
    return rows == Rows::in_range ? kRange : "ctid = ANY ($1::tid[])";
}

std::string found(const Flow &flow, const std::string &differing)
{
    return fmt::format("SELECT {}::text AS key FROM ({} OFFSET 0) AS d WHERE {} LIMIT 1000", key_json(flow, "d", "s"), differing,
                       not_in_log(flow));
}

}  // namespace

std::string missing_sql(const Flow &flow, Rows rows)
{
    std::vector<std::string> computed, left, right;
    for (const FlowKey &k : flow.key) {
        computed.push_back(fmt::format("{} AS {}", quote_identifier(k.column), own("s", k.column)));
        computed.push_back(fmt::format("{} AS {}", cast(k.to_target, k.target_type), own("k", k.column)));
    }
    for (const FlowColumn &c : flow.columns) {
        if (c.unstable)
            continue;
        computed.push_back(fmt::format("{} AS {}", c.value.empty() ? quote_identifier(c.name) : cast(c.value, c.type), own("v", c.name)));
        left.push_back("r." + own("v", c.name));
        right.push_back("w." + quote_identifier(c.name));
    }
    return found(flow, fmt::format("SELECT r.* FROM (SELECT {} FROM ONLY {} WHERE {}) AS r LEFT JOIN ONLY {} AS w ON {}"
                                   " WHERE w.ctid IS NULL OR NOT pg_catalog.record_image_eq(ROW({}), ROW({}))",
                                   join(computed, ", "), flow.source, chosen(rows), flow.target, list(flow.key, " AND ", [](const FlowKey &k) {
                                       return fmt::format("w.{} {} r.{}", quote_identifier(k.column), k.target_equals, own("k", k.column));
                                   }),
                                   join(left, ", "), join(right, ", ")));
}

std::string extra_sql(const Flow &flow, Rows rows)
{
    return found(flow, fmt::format("SELECT r.* FROM (SELECT {} FROM ONLY {} WHERE {}) AS r WHERE NOT EXISTS (SELECT FROM ONLY {} AS t WHERE {})",
                                   list(flow.key, ", ", [](const FlowKey &k) {
                                       return fmt::format("{} AS {}", cast(k.to_source, k.source_type), own("s", k.column));
                                   }),
                                   flow.target, chosen(rows), flow.source, list(flow.key, " AND ", [](const FlowKey &k) {
                                       return fmt::format("t.{} {} r.{}", quote_identifier(k.column), k.source_equals, own("s", k.column));
                                   })));
}

std::string relog_sql(const Flow &flow)
{
    return fmt::format("INSERT INTO {} (\"~op\", {}) SELECT 'k', {}", flow.log,
                       list(flow.key, ", ", [](const FlowKey &k) { return quote_identifier(k.column); }),
                       list(flow.key, ", ", [](const FlowKey &k) {
                           return fmt::format("($1::jsonb ->> {})::{}", quote_literal(k.column), k.source_type);
                       }));
}

std::vector<std::string> log_trigger_sql(const std::string &table, const std::string &log, const std::vector<int> &key_numbers)
{
    std::string arguments = quote_literal(log);
    for (const int number : key_numbers)
        arguments += fmt::format(", '{}'", number);
    const std::string row = quote_identifier(kLogTriggerName), truncate = quote_identifier(kTruncateTriggerName);
    return {
        fmt::format("CREATE TRIGGER {} AFTER INSERT OR UPDATE OR DELETE ON {} FOR EACH ROW EXECUTE FUNCTION hotswap.log_change({})", row, table,
                    arguments),
        fmt::format("ALTER TABLE ONLY {} ENABLE ALWAYS TRIGGER {}", table, row),
        fmt::format("CREATE TRIGGER {} AFTER TRUNCATE ON {} FOR EACH STATEMENT EXECUTE FUNCTION hotswap.log_change({})", truncate, table, arguments),
        fmt::format("ALTER TABLE ONLY {} ENABLE ALWAYS TRIGGER {}", table, truncate),
    };
}

std::vector<std::string> drop_log_trigger_sql(const std::string &table)
{
    return {fmt::format("DROP TRIGGER IF EXISTS {} ON {}", quote_identifier(kLogTriggerName), table),
            fmt::format("DROP TRIGGER IF EXISTS {} ON {}", quote_identifier(kTruncateTriggerName), table)};
}

}  // namespace hotswap::core
