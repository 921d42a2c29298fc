// DROP COLUMN in three acts: deprecate it, wait until nobody names it, drop it. The drop is the only irreversible part.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/planning.hpp"

namespace hotswap::core {

namespace {

std::string comment_on(const Planning &planning, const Column &column, const std::string &comment)
{
    return fmt::format("COMMENT ON COLUMN {}.{} IS {}", planning.relation, quote_identifier(column.name),
                       comment.empty() ? "NULL" : quote_literal(comment));
}

// A new application no longer names the column in its INSERT: that must not fail on NOT NULL. Key columns stay, because
// the key needs it, and so do columns that get a value anyway.
bool must_become_nullable(const TableFacts &table, const Column &column)
{
    bool is_identity_of_replicas = std::any_of(table.indexes.begin(), table.indexes.end(), [&](const Index &index) {
        return index.replica_identity && index_reads(index, column.number);
    });
    return column.not_null && column.default_text.empty() && !column.identity && !column.generated &&
           !in_primary_key(table, column.number) && !is_identity_of_replicas;
}

void warn_of_losses(Planning &planning, const Column &column)
{
    std::vector<std::string> lost;
    for (const Index &index : planning.table.indexes)
        if (index_reads(index, column.number))
            lost.push_back(index.constraint.empty() ? "index " + index.name : "constraint " + index.constraint);
    for (const Check &check : planning.table.checks)
        if (reads(check.columns, column.number))
            lost.push_back("constraint " + check.name);
    for (const ForeignKey &key : planning.table.outgoing)
        if (std::find(key.columns.begin(), key.columns.end(), column.name) != key.columns.end())
            lost.push_back("constraint " + key.name);
    if (!lost.empty())
        planning.warn(fmt::format("dropping column \"{}\" also drops {}", column.name, comma_list(lost)));
}

void deprecate(Planning &planning, const Column &column, Moves &moves)
{
    if (must_become_nullable(planning.table, column)) {
        moves.add(alter_column(planning.relation, column.name, "DROP NOT NULL"),
                  alter_column(planning.relation, column.name, "SET NOT NULL"));
        planning.warn(fmt::format(
            "column \"{}\" becomes nullable while it is deprecated; the undo fails once a row holds null in it", column.name));
    }
    std::string comment = "deprecated by hotswap, to be dropped";
    if (!column.comment.empty())
        comment += "; " + column.comment;
    moves.add(comment_on(planning, column, comment), comment_on(planning, column, column.comment));
}

}  // namespace

void plan_drop_columns(Planning &planning, const Changes &changes)
{
    Moves moves;
    std::vector<std::string> names, drops;
    for (const Change *change : changes) {
        const Column &column = column_of(planning.table, *change);
        if (!change->cascade) {
            refuse_dependents(planning.table, column, *change, "drop");
            refuse_incoming_keys(planning.table, column, *change);
        }
        deprecate(planning, column, moves);
        warn_of_losses(planning, column);
        names.push_back(column.name);
    }
    std::string which = fmt::format("{} {}", names.size() == 1 ? "column" : "columns", quote_list(names));
    if (!planning.options.auto_contract) {
        planning.add(make_ddl(planning, Phase::expand, "deprecate " + which, moves));
        planning.add(make_await(Phase::contract, "wait until nobody uses " + which,
                                "no client reads or writes " + which + " any more", planning.options.deprecation));
    }
    plan_cascade(planning, changes, Phase::contract);
    Moves drop;
    for (const std::string &name : plan_kept_columns(planning, names))
        drops.push_back(fmt::format("DROP COLUMN {}", quote_identifier(name)));
    drop.add(alter(planning.relation, comma_list(drops)));
    planning.add(make_ddl(planning, Phase::contract, "drop " + which, drop)).irreversible = true;
}

}  // namespace hotswap::core
