// Split and merge: n old columns against m new ones, one group of the trigger. up makes each new column from the old
// ones, down each old column from the new ones.
// SPDX-License-Identifier: PostgreSQL
#include <fmt/format.h>

#include "core/conversion.hpp"
#include "core/dual_write_draft.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"

namespace hotswap::core {

namespace {

// {"up": {"first": "...", "last": "..."}, "down": {...}} as a person would have to type it.
std::string example(const char *option, const Changes &changes)
{
    std::string members;
    for (const Change *change : changes)
        members += fmt::format("{}\"{}\": \"...\"", members.empty() ? "" : ", ", change->column);
    return fmt::format("\"{}\": {{{}}}", option, members);
}

std::string demand(const Planning &planning, const char *option, const Change &change, const Changes &added,
                   const Changes &dropped)
{
    bool is_up = std::string(option) == "up";
    std::string text =
        expression_of(is_up ? planning.options.up : planning.options.down, change.column, (is_up ? added : dropped).size() == 1);
    if (text.empty())
        throw Error(
            sqlstate::kInvalidParameter, fmt::format("option \"{}\" has no expression for column \"{}\"", option, change.column),
            is_up ? "Each added column needs one over the dropped columns."
                  : "Each dropped column needs one over the added columns.",
            fmt::format("Give options => '{{{}, {}}}'.", example("up", added), example("down", dropped)), change.position);
    return text;
}

SideColumn add_new(DualWriteDraft &draft, const Change &change, std::string up)
{
    const std::string &relation = draft.planning.relation;
    std::string name = quote_identifier(change.column);
    draft.expand.add(alter(relation, fmt::format("ADD COLUMN {} {}", name, type_text(change.type, change.collation))),
                     alter(relation, fmt::format("DROP COLUMN IF EXISTS {}", name)));
    if (change.not_null)
        require_not_null(draft, change.column, change.column);
    return {change.column, change.column, change.type, std::move(up), "", false};
}

SideColumn keep_old(DualWriteDraft &draft, const Change &change, std::string down)
{
    const Planning &planning = draft.planning;
    const Column &column = column_of(planning.table, change);
    if (column.generated)
        throw Error(sqlstate::kFeatureNotSupported,
                    fmt::format("cannot keep generated column \"{}\" equal to new columns", column.name),
                    "Its values are the server's own and cannot be written by a trigger.", "Drop it in a migration of its own.",
                    change.position);
    refuse_dependents(planning.table, column, change, "drop");
    refuse_incoming_keys(planning.table, column, change);
    bool moves_default = !column.default_text.empty() && !column.identity;
    if (moves_default)
        draft.expand.add(alter_column(planning.relation, column.name, "DROP DEFAULT"),
                         alter_column(planning.relation, column.name, default_command(column.default_text)));
    return {column.name,         column.name, column.type, std::move(down), moves_default ? column.default_text : "",
            column.identity != 0};
}

void warn_of_indexes(Planning &planning, const Changes &dropped)
{
    for (const Change *change : dropped)
        for (const Index &index : planning.table.indexes)
            if (index_reads(index, column_of(planning.table, *change).number))
                planning.warn(fmt::format(
                    "index \"{}\" goes away with column \"{}\"; create the ones the new columns need before the contract",
                    index.name, change->column));
}

}  // namespace

void draft_reshape(DualWriteDraft &draft, const Changes &added, const Changes &dropped)
{
    Planning &planning = draft.planning;
    DualWrite write;
    write.on_conflict = conflict_of(planning.options);
    std::vector<std::string> new_names, old_names, drops;
    for (const Change *change : added) {
        write.new_side.push_back(add_new(draft, *change, demand(planning, "up", *change, added, dropped)));
        new_names.push_back(change->column);
    }
    for (const Change *change : dropped) {
        write.old_side.push_back(keep_old(draft, *change, demand(planning, "down", *change, added, dropped)));
        old_names.push_back(change->column);
        drops.push_back(fmt::format("DROP COLUMN {}", quote_identifier(change->column)));
    }
    draft.before.push_back(write);
    draft.after.push_back(write);

    draft.contract.push_back(alter(planning.relation, comma_list(drops)));
    // Not earlier: a default in the catalog would make every INSERT of an old client look as if it gave the new side.
    for (const Change *change : added)
        if (!change->default_text.empty())
            draft.contract.push_back(alter_column(planning.relation, change->column, default_command(change->default_text)));
    draft.deployments.push_back(fmt::format("every client uses {} instead of {}", quote_list(new_names), quote_list(old_names)));
    warn_of_indexes(planning, dropped);
}

}  // namespace hotswap::core
