// See twin_flow.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/twin_flow.hpp"

#include <map>

#include "bridge/twin_heap.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"

namespace hotswap::engine {

namespace {

using bridge::Row;
using bridge::Rows;
using bridge::Sql;

std::int64_t big(unsigned oid)
{
    return static_cast<std::int64_t>(oid);
}

unsigned need(const StepContext &context, const std::string &name)
{
    const unsigned oid = bridge::own_relation(name);
    if (oid == 0)
        throw core::Error(core::sqlstate::kWrongState, "table hotswap." + name + " of migration \"" + context.migration.id + "\" is gone", "",
                          "Take the migration back with hotswap.rollback and start it again.");
    return oid;
}

struct TypedColumn {
    std::string name, type;
    std::string loose;   // the type without the length that a cast cuts to
    bool is_enum;
};

std::vector<TypedColumn> columns_of(Sql &sql, unsigned relation)
{
    const Rows rows = sql.run("SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type, t.typtype = 'e' AS is_enum,"
                              "  format_type(a.atttypid, CASE WHEN t.typname IN ('varchar', 'bpchar', 'varbit', 'bit') THEN -1 ELSE a.atttypmod END) AS loose"
                              "  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
                              " WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
                              {big(relation)});
    std::vector<TypedColumn> result;
    for (std::size_t i = 0; i < rows.size(); ++i)
        result.push_back({rows[i].text("attname"), rows[i].text("type"), rows[i].text("loose"), rows[i].boolean("is_enum")});
    return result;
}

// Text is not assigned to an enum, and a plan does not name its type: that may have another name by now.
std::string as_label(const std::string &value, const TypedColumn &column)
{
    return value.empty() || !column.is_enum ? value : "(" + value + ")::" + column.type;
}

// What "equal" means to the unique index over these columns.
std::map<std::string, std::string> key_operators(Sql &sql, unsigned relation, const std::vector<std::string> &key)
{
    const Rows rows = sql.run(
        "SELECT a.attname, n.nspname, o.oprname FROM pg_index i"
        "  CROSS JOIN LATERAL unnest(i.indkey::smallint[], i.indclass::oid[]) WITH ORDINALITY AS u(attnum, opclass, n)"
        "  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.attnum"
        "  JOIN pg_opclass c ON c.oid = u.opclass"
        "  JOIN pg_amop m ON m.amopfamily = c.opcfamily AND m.amoplefttype = c.opcintype AND m.amoprighttype = c.opcintype AND m.amopstrategy = 3"
        "  JOIN pg_operator o ON o.oid = m.amopopr JOIN pg_namespace n ON n.oid = o.oprnamespace"
        " WHERE u.n <= i.indnkeyatts AND i.indexrelid ="
        "       (SELECT k.indexrelid FROM pg_index k JOIN pg_class x ON x.oid = k.indexrelid JOIN pg_am am ON am.oid = x.relam"
        "         WHERE k.indrelid = $1::oid AND k.indisunique AND k.indpred IS NULL AND k.indexprs IS NULL AND am.amname = 'btree'"
        "           AND k.indnkeyatts = cardinality($2::text[])"
        "           AND (SELECT bool_and(b.attname = ANY ($2)) FROM pg_attribute b WHERE b.attrelid = k.indrelid"
        "                   AND b.attnum = ANY ((k.indkey::smallint[])[0:k.indnkeyatts - 1]))"
        "         ORDER BY k.indisprimary DESC, k.indexrelid LIMIT 1)",
        {big(relation), key});
    std::map<std::string, std::string> result;
    for (std::size_t i = 0; i < rows.size(); ++i)
        result[rows[i].text("attname")] =
            "OPERATOR(" + core::quote_identifier(rows[i].text("nspname")) + "." + rows[i].text("oprname") + ")";
    for (const std::string &column : key)
        if (result.find(column) == result.end())
            throw core::Error(core::sqlstate::kWrongState, "no unique index over " + core::quote_list(key) + " is left", "",
                              "Take the migration back with hotswap.rollback and start it again.");
    return result;
}

}  // namespace

TwinFlow load_flow(Sql &sql, const StepContext &context, const store::TwinRow &row, Direction direction)
{
    const bool back = direction == Direction::back;
    const int migration = context.migration.number;
    TwinFlow f;
    f.row = row;
    f.target_name = back ? core::previous_name(migration, row.member) : core::twin_name(migration, row.member);
    f.log_name = back ? core::change_log_back_name(migration, row.member) : core::change_log_name(migration, row.member);
    f.source = row.twin.oid;
    f.target = need(context, f.target_name);
    f.log = need(context, f.log_name);
    const Rows owner = sql.run("SELECT relowner FROM pg_class WHERE oid = $1::oid", {big(f.source)});
    if (owner.empty())
        throw core::Error(core::sqlstate::kUndefinedTable, "table " + row.relation + " is gone", "", "Take the migration back with hotswap.rollback.");
    f.owner = static_cast<unsigned>(owner[0].integer("relowner"));
    f.flow.source = core::qualified(row.twin.schema, row.twin.name);
    f.flow.target = core::qualified("hotswap", f.target_name);
    f.flow.log = core::qualified("hotswap", f.log_name);
    f.flow.keep_values = back;

    std::map<std::string, TypedColumn> sources;
    for (const TypedColumn &column : columns_of(sql, f.source))
        sources[column.name] = column;
    std::map<std::string, core::TwinColumn> changed;
    for (const core::TwinColumn &column : row.twin.columns)
        changed[column.name] = column;
    for (const TypedColumn &target : columns_of(sql, f.target)) {
        const auto found = sources.find(target.name);
        const TypedColumn &source = found == sources.end() ? target : found->second;
        core::FlowColumn column;
        column.name = target.name;
        column.type = target.type;
        column.source_type = source.type;
        column.loose_type = target.loose;
        if (const auto it = changed.find(target.name); it != changed.end()) {
            column.value = as_label(back ? it->second.down : it->second.up, target);
            column.reverse = as_label(back ? it->second.up : it->second.down, source);
            column.unstable = it->second.unstable;
        }
        f.flow.columns.push_back(column);
    }
    const auto target_operators = key_operators(sql, f.target, row.twin.key), source_operators = key_operators(sql, f.source, row.twin.key);
    for (const std::string &name : row.twin.key) {
        core::FlowKey key;
        key.column = name;
        key.to_target = key.to_source = core::quote_identifier(name);
        for (const core::FlowColumn &column : f.flow.columns)
            if (column.name == name) {
                key.target_type = column.loose_type;
                key.source_type = sources.at(name).loose;
                if (!column.value.empty())
                    key.to_target = column.value;
                if (!column.reverse.empty())
                    key.to_source = column.reverse;
            }
        key.target_equals = target_operators.at(name);
        key.source_equals = source_operators.at(name);
        f.flow.key.push_back(key);
    }
    return f;
}

std::string about_table(const TwinFlow &flow, std::string message)
{
    const std::string name = "\"" + flow.target_name + "\"";
    if (const std::size_t at = message.find(name); at != std::string::npos)
        message.replace(at, name.size(), "\"" + flow.row.twin.name + "\"");
    return message;
}

std::vector<TwinFlow> load_flows(Sql &sql, const StepContext &context, Direction direction)
{
    std::vector<TwinFlow> result;
    for (const store::TwinRow &row : store::load_twins(sql, context.migration.id))
        result.push_back(load_flow(sql, context, row, direction));
    return result;
}

}  // namespace hotswap::engine
