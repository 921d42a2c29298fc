// DROP TABLE in four acts: deprecate it, wait until nobody uses it, hold it under another name so that a use fails loudly while
// everything is still there, drop it. The drop is the only irreversible part, and alone.
// SPDX-License-Identifier: PostgreSQL
#include <fmt/format.h>

#include "core/identifier.hpp"
#include "core/planning.hpp"

namespace hotswap::core {

namespace {

using Table = TableDrop::Table;

std::string comment_on(const Table &table, const std::string &comment)
{
    return fmt::format("COMMENT ON TABLE {} IS {}", qualified(table.schema, table.name), comment.empty() ? "NULL" : quote_literal(comment));
}

std::string held(const Table &table)
{
    return qualified(table.schema, own_name("held", table.name));
}

Step &add_step(Planning &planning, const TableDrop &drop, Phase phase, std::string title, const Moves &moves)
{
    Step &step = planning.add(make_ddl(planning, phase, std::move(title), moves));
    for (std::size_t i = 1; i < drop.tables.size(); ++i)
        step.locks.push_back(qualified(drop.tables[i].schema, drop.tables[i].name));
    return step;
}

}  // namespace

void plan_drop_tables(Planning &planning, const Change &change)
{
    const TableDrop &drop = *change.drops;
    Moves deprecate, hold, last;
    std::vector<std::string> names, held_names;
    for (const Table &table : drop.tables) {
        const std::string name = qualified(table.schema, table.name);
        names.push_back(name);
        held_names.push_back(planning.options.auto_contract ? name : held(table));
        deprecate.add(comment_on(table, "deprecated by hotswap, to be dropped" + (table.comment.empty() ? "" : "; " + table.comment)),
                      comment_on(table, table.comment));
        hold.add(alter(name, fmt::format("RENAME TO {}", quote_identifier(own_name("held", table.name)))),
                 alter(held(table), fmt::format("RENAME TO {}", quote_identifier(table.name))));
        if (table.is_partition)
            planning.warn(fmt::format("{} is a partition: while it is held under another name its rows are still part of the partitioned table; "
                                      "DETACH it first to see who misses them",
                                      name));
    }
    const std::string which = fmt::format("{} {}", names.size() == 1 ? "table" : "tables", comma_list(names));
    last.add(fmt::format("DROP TABLE {}{}", comma_list(held_names), drop.cascade ? " CASCADE" : ""));
    if (drop.cascade && !drop.dependents.empty())
        planning.warn(fmt::format("CASCADE also drops {}", comma_list(drop.dependents)));
    if (!planning.options.auto_contract) {
        add_step(planning, drop, Phase::expand, "deprecate " + which, deprecate).lock_mode = kShareUpdateExclusive;
        planning.add(make_await(Phase::switch_, "wait until nobody uses " + which, "no client reads or writes " + which + " any more",
                                planning.options.deprecation));
        add_step(planning, drop, Phase::switch_, "hold " + which + " under another name", hold);
        planning.add(make_await(Phase::contract, "hold " + which, "nobody has missed " + which, planning.options.keep_previous));
    }
    Step &step = planning.add(make_ddl(planning, Phase::contract, "drop " + which, last));
    for (std::size_t i = 1; i < held_names.size(); ++i)
        step.locks.push_back(held_names[i]);
    step.locks.insert(step.locks.end(), drop.locks.begin(), drop.locks.end());
    step.irreversible = true;
    if (plan_kept_tables(planning, drop, &step))
        step.title = "keep " + which + " for a while in place of dropping";
    end_kept_tables(planning);
}

}  // namespace hotswap::core
