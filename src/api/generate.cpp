// hotswap.generate_dual_write: the dual-write trigger as plain PL/pgSQL, for servers without the library.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/expression.hpp"
#include "bridge/function.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "core/dual_write.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "engine/catalog.hpp"

namespace hotswap::api {

namespace {

const core::Column &find(const core::TableFacts &facts, const std::string &name)
{
    if (const core::Column *column = facts.find(name))
        return *column;
    throw core::Error(core::sqlstate::kUndefinedColumn,
                      "column \"" + name + "\" of relation \"" + facts.name + "\" does not exist", "",
                      "Both columns must exist; add the new one first.");
}

}  // namespace

}  // namespace hotswap::api

// generate_dual_write(relation, old_column, new_column, up, down) -> SQL text.
HOTSWAP_FUNCTION(hotswap_generate_dual_write)
{
    using namespace hotswap;
    const std::string relation = call.text(0), old_name = call.text(1), new_name = call.text(2);
    core::TableFacts facts;
    unsigned oid = 0;
    {
        bridge::Sql sql;
        oid = static_cast<unsigned>(sql.run("SELECT $1::regclass::oid::bigint AS oid", {relation}, true)[0].integer("oid"));
    }
    {
        const bridge::Authority authority = bridge::Authority::of_store();
        bridge::Sql sql;
        facts = engine::read_facts(sql, oid, {});
    }
    const core::Column &old_column = api::find(facts, old_name);
    const core::Column &new_column = api::find(facts, new_name);
    const std::string up = call.optional_text(3).value_or(core::quote_identifier(old_name));
    const std::string down = call.optional_text(4).value_or(core::quote_identifier(new_name));

    core::DualWrite write;
    write.old_side = {{.name = old_name,
                       .alias = old_name,
                       .type = old_column.type,
                       .fill = bridge::qualify_expression(down, oid, {old_name}, {}, old_column.type).text,
                       .default_text = old_column.default_text,
                       .generated_by_server = old_column.identity != 0}};
    write.new_side = {{.name = new_name,
                       .alias = new_name,
                       .type = new_column.type,
                       .fill = bridge::qualify_expression(up, oid, {new_name}, {}, new_column.type).text,
                       .default_text = "",
                       .generated_by_server = false}};
    std::vector<std::string> columns;
    for (const core::Column &column : facts.columns)
        columns.push_back(column.name);
    return bridge::Call::text_value(core::plpgsql_text(core::qualified(facts.schema, facts.name),
                                                       core::qualified(facts.schema, core::own_name("dual_write", facts.name)), columns,
                                                       {write}));
}
