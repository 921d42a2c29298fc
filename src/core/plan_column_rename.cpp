// RENAME COLUMN by dual write: both names are columns until every client uses the new one. The copy is a helper; at the
// contract it goes away and the column itself, with all its constraints, gets the name.
// SPDX-License-Identifier: PostgreSQL
#include <fmt/format.h>

#include "core/dual_write_draft.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"

namespace hotswap::core {

void draft_column_rename(DualWriteDraft &draft, const Change &change)
{
    Planning &planning = draft.planning;
    const Column &column = column_of(planning.table, change);
    check_name_is_free(planning.table, change.new_name, change.position);
    if (column.generated)
        throw Error(
            sqlstate::kFeatureNotSupported, fmt::format("cannot rename generated column \"{}\" by dual write", column.name),
            "Its values are the server's own and cannot be written by a trigger.", "Use strategy => 'direct'.", change.position);

    std::string name = quote_identifier(column.name);
    std::string copy = quote_identifier(change.new_name);
    bool moves_default = !column.default_text.empty() && !column.identity;
    carry_column(draft, column, change.new_name, column.type, column.collation);
    // A default in the catalog would make every INSERT look as if it gave the old name.
    if (moves_default)
        draft.expand.add(alter_column(planning.relation, column.name, "DROP DEFAULT"),
                         alter_column(planning.relation, column.name, default_command(column.default_text)));

    DualWrite write;
    write.on_conflict = conflict_of(planning.options);
    write.old_side = {
        {column.name, column.name, column.type, copy, moves_default ? column.default_text : "", column.identity != 0}};
    write.new_side = {{change.new_name, change.new_name, column.type, name, "", false}};
    draft.before.push_back(write);
    draft.after.push_back(write);
    draft.copies[column.number] = change.new_name;

    draft.contract.push_back(alter(planning.relation, fmt::format("DROP COLUMN {}", copy)));
    draft.contract.push_back(alter(planning.relation, fmt::format("RENAME COLUMN {} TO {}", name, copy)));
    if (moves_default)
        draft.contract.push_back(alter_column(planning.relation, change.new_name, default_command(column.default_text)));
    draft.deployments.push_back(fmt::format("every client uses {} instead of {}", copy, name));

    planning.warn(fmt::format(
        "until the contract, \"{}\" is a helper column: create no view, constraint or index of your own on it", change.new_name));
    if (moves_default && !column.not_null)
        planning.warn(fmt::format("until the contract, an explicit NULL for {} or {} in an INSERT means \"not given\" and gets the default",
                                  name, copy));
    for (const Dependent &dependent : planning.table.dependents)
        if (dependent.column == column.number)
            planning.warn(fmt::format("{} follows column \"{}\" and knows the new name only after the contract",
                                      dependent.description, column.name));
}

}  // namespace hotswap::core
