// See crash_mark.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/crash_mark.hpp"

#include "bridge/twin_heap.hpp"
#include "core/identifier.hpp"
#include "core/twin_sql.hpp"
#include "store/chunks.hpp"
#include "store/events.hpp"
#include "store/twins.hpp"

namespace hotswap::engine {

namespace {

using bridge::Sql;

std::string mark_of(const StepContext &context, const store::TwinRow &row)
{
    const std::string name = core::crash_mark_name(context.migration.number, row.member);
    return bridge::own_relation(name) == 0 ? "" : core::qualified("hotswap", name);
}

bool is_empty(Sql &sql, const std::string &table)
{
    return sql.run("SELECT 1 AS x FROM ONLY " + table + " LIMIT 1").empty();
}

}  // namespace

bool begin_again_after_crash(Sql &sql, const StepContext &context)
{
    bool crashed = false;
    for (const store::TwinRow &row : store::load_twins(sql, context.migration.id)) {
        const std::string mark = mark_of(context, row);
        crashed = crashed || (!mark.empty() && is_empty(sql, mark));
    }
    if (!crashed)
        return false;
    store::add_event(sql, context.migration.id, "copy begins again", context.row.number, "the server crashed, and an unlogged side lost its rows");
    for (const store::StepRow &row : store::load_steps(sql, context.migration.id)) {
        if (row.number > context.row.number)
            break;
        switch (row.step.kind) {
        case core::StepKind::twin_create:
        case core::StepKind::copy:
        case core::StepKind::twin_index:
        case core::StepKind::catch_up:
        case core::StepKind::twin_verify:
            store::forget_chunks(sql, context.migration.id, row.number);
            store::step_pending(sql, context.migration.id, row.number);
            break;
        default:
            break;
        }
    }
    return true;
}

bool carry_all_back_after_crash(Sql &sql, const StepContext &context)
{
    bool crashed = false;
    for (const store::TwinRow &row : store::load_twins(sql, context.migration.id)) {
        const std::string mark = mark_of(context, row);
        if (mark.empty() || !is_empty(sql, mark))
            continue;
        crashed = true;
        const std::string log = core::qualified("hotswap", core::change_log_back_name(context.migration.number, row.member));
        std::string key;
        for (const std::string &column : row.twin.key)
            key += ", " + core::quote_identifier(column);
        sql.run("INSERT INTO " + log + " (\"~op\") VALUES ('t')");
        sql.run("INSERT INTO " + log + " (\"~op\"" + key + ") SELECT 'k'" + key + " FROM ONLY " + core::qualified(row.twin.schema, row.twin.name));
        sql.run("INSERT INTO " + mark + " VALUES (true)");
        store::add_event(sql, context.migration.id, "previous is filled again", context.row.number,
                         "the server crashed, and an unlogged side lost its rows");
    }
    return crashed;
}

}  // namespace hotswap::engine
