// ALTER COLUMN TYPE by dual write: a hidden copy of the new type that takes over the name at the switch.
// SPDX-License-Identifier: PostgreSQL
#include <fmt/format.h>

#include "core/conversion.hpp"
#include "core/dual_write_draft.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"

namespace hotswap::core {

namespace {

void check_column(const TableFacts &table, const Column &column, const Change &change)
{
    if (column.generated)
        throw Error(sqlstate::kFeatureNotSupported,
                    fmt::format("cannot change the type of generated column \"{}\" by dual write", column.name),
                    "Its values are the server's own and cannot be written by a trigger.",
                    "Add a generated column of the new type, then drop this one.", change.position);
    if (column.identity && !is_integer(change.type))
        throw Error(sqlstate::kFeatureNotSupported,
                    fmt::format("cannot change identity column \"{}\" to type {}", column.name, change.type),
                    "An identity column is smallint, integer or bigint.", "Drop the identity first.", change.position);
    refuse_dependents(table, column, change, "change the type of");
}

// The default moves to the copy at the switch. Whether the new type accepts it must be known now, not then (T29).
void try_default(DualWriteDraft &draft, const Column &column, const std::string &copy)
{
    if (column.default_text.empty() || column.identity)
        return;
    draft.expand.add(alter_column(draft.planning.relation, copy, default_command(column.default_text)));
    draft.expand.add(alter_column(draft.planning.relation, copy, "DROP DEFAULT"));
}

void warn_of_sequence(Planning &planning, const Column &column, const Change &change)
{
    if (!column.sequence_name.empty() && !column.identity && is_integer(change.type))
        planning.warn(
            fmt::format("sequence {0} of column \"{1}\" keeps its own type; for a wider range also run ALTER SEQUENCE {0} AS {2}",
                        qualified(column.sequence_schema, column.sequence_name), column.name, change.type));
}

}  // namespace

void draft_type_change(DualWriteDraft &draft, const Change &change, bool single)
{
    Planning &planning = draft.planning;
    const Column &column = column_of(planning.table, change);
    check_column(planning.table, column, change);
    const Conversion conversion{column, change, expression_of(planning.options.up, column.name, single),
                                expression_of(planning.options.down, column.name, single), planning.statement.time_zone};
    const std::string up = find_up(conversion);
    const auto down = find_down(conversion);
    if (!down)
        refuse_without_down(conversion);
    if (!deciding_zone(conversion).empty())
        planning.warn(zone_warning(conversion));

    Swap swap{&column, own_name("new", column.name), own_name("old", column.name), change.type};
    check_name_is_free(planning.table, swap.copy, change.position);
    check_name_is_free(planning.table, swap.previous, change.position);

    carry_column(draft, column, swap.copy, change.type, change.collation);
    try_default(draft, column, swap.copy);
    if (column.not_null)
        require_not_null(draft, column.name, swap.copy);

    DualWrite write;
    write.on_conflict = conflict_of(planning.options);
    write.old_side = {{column.name, column.name, column.type, *down, "", column.identity != 0}};
    write.new_side = {{swap.copy, column.name, change.type, up, "", false}};
    draft.before.push_back(write);
    write.old_side[0].name = swap.previous;
    write.old_side[0].generated_by_server = false;  // the identity is on the new side then
    write.new_side[0].name = column.name;
    draft.after.push_back(write);

    warn_of_sequence(planning, column, change);
    draft.copies[column.number] = swap.copy;
    draft.swaps.push_back(std::move(swap));
}

}  // namespace hotswap::core
