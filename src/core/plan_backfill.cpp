// The steps that give the new columns of a dual write their values: a backfill in place, or a rewrite without DDL. Whichever
// it is, the trigger is there before and keeps both sides equal, and verify proves the result.
// SPDX-License-Identifier: PostgreSQL
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "core/cost_model.hpp"
#include "core/dual_write_draft.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/rewrite_draft.hpp"

namespace hotswap::core {

namespace {

BackfillCosts costs_of(const TableFacts &table, std::size_t columns)
{
    BackfillCosts costs;
    costs.rows = table.rows;
    costs.blocks = table.blocks;
    costs.indexes = static_cast<int>(table.indexes.size());
    costs.index_blocks = table.index_blocks;
    costs.added_width = 8.0 * static_cast<double>(columns);
    costs.free_bytes = table.free_bytes;
    if (auto found = table.storage_options.find("fillfactor"); found != table.storage_options.end())
        costs.fillfactor = std::atoi(found->second.c_str());
    return costs;
}

// The type without its modifier: the assignment to the column applies that, and must not find it applied already, or what
// is too long would be cut instead of refused. Two names without a modifier mean one character.
std::string without_modifier(const std::string &type)
{
    std::string text;
    bool quoted = false, inside = false;
    for (const char c : type) {
        quoted = quoted != (c == '"');
        if (c == '(' && !quoted)
            inside = true;
        if (!inside)
            text += c;
        if (c == ')' && !quoted)
            inside = false;
    }
    for (const auto &[name, whole] :
         {std::pair<std::string, std::string>{"character", "pg_catalog.bpchar"}, {"bit", "pg_catalog.\"bit\""}})
        if (text == name || text == name + "[]")
            return whole + text.substr(name.size());
    return text;
}

// A row that has its new side is left as it is: the new application may have written it.
std::vector<TwinColumn> filled_columns(const Planning &planning, const std::vector<DualWrite> &writes)
{
    std::vector<TwinColumn> columns;
    for (const DualWrite &write : writes) {
        std::string none_given;
        for (const SideColumn &column : write.new_side)
            none_given += fmt::format("{}{} IS NULL", none_given.empty() ? "" : " AND ", quote_identifier(column.name));
        for (const SideColumn &column : write.new_side) {
            const std::string name = quote_identifier(column.name);
            TwinColumn twin;
            twin.name = column.name;
            twin.up = fmt::format("CASE WHEN {} THEN ({})::{} ELSE {} END", none_given, column.fill,
                                  without_modifier(column.type), name);
            twin.down = name;
            for (const auto &[key, facts] : planning.options.up_facts)
                twin.unstable = twin.unstable || (facts.unstable && (key.empty() || key == column.alias || key == column.name));
            for (const Change &change : planning.statement.changes)
                twin.unstable = twin.unstable || (change.unstable && change.column == column.alias);
            columns.push_back(std::move(twin));
        }
    }
    return columns;
}

Twin make_twin(Planning &planning, const std::vector<DualWrite> &writes)
{
    const Changes none;
    RewriteDraft draft{planning, none, {}, {}, {}, {}, {}, {}, {}, {}, {}};
    draft.trees.push_back(make_tree(planning.table, false));
    check_tables(draft);
    Twin twin;
    twin.oid = planning.table.oid;
    twin.schema = planning.table.schema;
    twin.name = planning.table.name;
    twin.key = choose_key(draft, draft.trees.front(), planning.table);
    twin.columns = filled_columns(planning, writes);
    return twin;
}

bool wants_rewrite(Planning &planning, const std::vector<DualWrite> &writes)
{
    if (!planning.options.backfill.empty())
        return planning.options.backfill == "rewrite";
    if (!prefers_rewrite(costs_of(planning.table, filled_columns(planning, writes).size())))
        return false;
    try {
        make_twin(planning, writes);
        return true;
    } catch (const Error &) {
        return false;  // nobody asked for it, and in place it goes as well
    }
}

void add_rewrite(Planning &planning, const std::vector<DualWrite> &writes)
{
    planning.plan.twins = {make_twin(planning, writes)};
    auto add = [&](StepKind kind, const char *title, const char *lock_mode, int member) {
        Step &step = planning.add(make_step(planning, Phase::migrate, kind, title, lock_mode));
        step.member = member;
    };
    add(StepKind::twin_create, "create the twin and its change log", kAccessExclusive, 0);
    add(StepKind::copy, "copy the table, with its new columns filled", "", 1);
    add(StepKind::twin_index, "build the indexes of the twin", "", 1);
    add(StepKind::catch_up, "apply what was written meanwhile", "", 0);
    add(StepKind::twin_verify, "prove that the table and its twin hold the same rows", "", 1);
    add(StepKind::switch_storage, "switch to the twin", kAccessExclusive, 0);
    add(StepKind::twin_drop, "drop the storage before it", kAccessExclusive, 0);
    planning.warn("the new columns are filled by writing the table anew: for that time there are two copies of it on the disk");
}

}  // namespace

void add_backfill(Planning &planning, const std::vector<DualWrite> &writes)
{
    if (wants_rewrite(planning, writes))
        add_rewrite(planning, writes);
    else
        planning.add(make_step(planning, Phase::migrate, StepKind::backfill, "fill the new columns", "ROW EXCLUSIVE"));
}

}  // namespace hotswap::core
