// See switch_ddl.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/switch_ddl.hpp"

#include "bridge/heap_storage.hpp"
#include "bridge/session.hpp"
#include "bridge/stop_point.hpp"
#include "bridge/twin_heap.hpp"
#include "core/error.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;

void run_as_owner(const StepContext &context, const std::vector<std::string> &statements, const std::string &search_path)
{
    if (statements.empty())
        return;
    const Authority authority = Authority::of_role(owner_oid(context), search_path);
    Sql sql;
    for (const std::string &statement : statements) {
        sql.run(statement);
        HOTSWAP_STOP("switch_statement_done");
    }
}

unsigned own(const StepContext &context, const std::string &name)
{
    const unsigned oid = bridge::own_relation(name);
    if (oid == 0)
        throw core::Error(core::sqlstate::kWrongState, "table hotswap." + name + " of migration \"" + context.migration.id + "\" is gone", "",
                          "Take the migration back with hotswap.rollback and start it again.");
    return oid;
}

void swap_with(const StepContext &context, const store::TwinRow &row, const std::string &name, const std::vector<std::string> &indexes)
{
    const unsigned other = own(context, name);
    bridge::swap_storage(row.twin.oid, other, indexes_of(row.twin.oid, indexes), own_indexes_of(other, name, indexes.size()));
}

}  // namespace

core::Step switch_of(Sql &sql, const StepContext &context)
{
    for (const store::StepRow &row : store::load_steps(sql, context.migration.id))
        if (row.step.kind == core::StepKind::switch_storage)
            return row.step;
    throw core::Error(core::sqlstate::kInternal, "migration \"" + context.migration.id + "\" has no switch");
}

void run_between(const StepContext &context, const core::Step &step, bool undo)
{
    if (undo) {
        run_as_owner(context, step.undo, "");
        return;
    }
    run_as_owner(context, step.action, "");
    if (!step.statement.empty())
        run_as_owner(context, {step.statement}, step.caller_path ? context.migration.search_path : "");
    run_as_owner(context, step.after, "");
}

void run_populate(const StepContext &context, const core::Step &step, bool undo)
{
    run_as_owner(context, undo ? step.undo_populate : step.populate, "");
}

std::vector<unsigned> indexes_of(unsigned table, const std::vector<std::string> &names)
{
    std::vector<unsigned> result;
    for (const std::string &name : names) {
        const unsigned oid = bridge::index_of(table, name);
        if (oid == 0)
            throw core::Error(core::sqlstate::kWrongState, "index \"" + name + "\" is gone", "", "Take the migration back with hotswap.rollback.");
        result.push_back(oid);
    }
    return result;
}

std::vector<unsigned> own_indexes_of(unsigned heap, const std::string &heap_name, std::size_t count)
{
    std::vector<std::string> names;
    for (std::size_t i = 1; i <= count; ++i)
        names.push_back(bridge::index_name(heap_name, i));
    return indexes_of(heap, names);
}

void swap_previous(const StepContext &context, const store::TwinRow &row)
{
    swap_with(context, row, core::previous_name(context.migration.number, row.member), row.old_indexes);
}

void swap_twin(const StepContext &context, const store::TwinRow &row)
{
    swap_with(context, row, core::twin_name(context.migration.number, row.member), row.new_indexes);
}

}  // namespace hotswap::engine
