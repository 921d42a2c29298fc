// ADD COLUMN of a serial type or of an identity. PostgreSQL writes every row under a full lock for it. Here new rows get their
// value from a default, those that are there are filled in small transactions in the order in which they lie, and NOT NULL is
// proven. An identity gets its own sequence at the end, which goes on where the default's has stopped.
// SPDX-License-Identifier: PostgreSQL
#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/recipe.hpp"
#include "core/rows_sql.hpp"

namespace hotswap::core {

namespace {

Step fill(const Planning &planning, const TableFacts &table, const std::string &column)
{
    RowsSql parts;
    parts.target = qualified(table.schema, table.name);
    parts.alias = "t";
    const std::string name = quote_identifier(column);
    parts.set_text = name + " = DEFAULT";
    parts.conditions = {fmt::format("t.{} IS NULL", name)};
    Step step = make_step(planning, Phase::migrate, StepKind::fill, fmt::format("fill {} of {}", column, parts.target));
    step.relation = parts.target;
    step.repetition = "impossible";
    step.action = rows_sql(parts);
    return step;
}

void refuse_tree(const Planning &planning, const Change &change)
{
    if (!change.identity.empty() && !planning.table.descendants.empty())
        throw Error("42P16", "cannot recursively add identity column to table that has child tables", {},
                    "Use bigserial, or a default of a sequence.", change.position);
}

}  // namespace

void plan_serial(Planning &planning, const Change &change, bool adds_column)
{
    refuse_tree(planning, change);
    const TableFacts &table = planning.table;
    const bool identity = !change.identity.empty();
    const std::string column = quote_identifier(change.column), wanted = qualified(table.schema, change.sequence);
    const std::string sequence = identity ? qualified(table.schema, own_name("seq", table.name + "_" + change.column)) : wanted;
    const std::string options = change.sequence_options.empty() ? "" : " " + change.sequence_options;
    const std::string next = fmt::format("nextval({}::regclass)", quote_literal(sequence));

    Moves add;   // the sequence belongs to the column and goes with it
    if (adds_column)
        add.add(alter(planning.relation, fmt::format("ADD COLUMN {} {}", column, change.type)),
                alter(planning.relation, fmt::format("DROP COLUMN IF EXISTS {}", column)));
    add.add(fmt::format("CREATE SEQUENCE {} AS {}{} OWNED BY {}.{}", sequence, change.type, options, planning.relation, column));
    add.add(alter_column(planning.relation, change.column, "SET DEFAULT " + next));
    planning.add(make_ddl(planning, Phase::expand, fmt::format("give new rows a value in {}", change.column), add)).locks = tables_below(table);
    if (table.kind != 'p')
        planning.add(fill(planning, table, change.column));
    for (const TableFacts &below : table.descendants)
        if (below.kind == 'r')
            planning.add(fill(planning, below, change.column));
    prove_not_null(planning, {change.column}, Phase::migrate);
    if (planning.options.parallel.value_or(1) > 1)
        planning.warn(fmt::format("{} executors fill \"{}\", so its values do not follow the order in which the rows lie", *planning.options.parallel, change.column));
    else
        planning.warn(fmt::format("rows get the values of \"{}\" in the order in which they lie, but for those that are written meanwhile", change.column));
    if (!identity)
        return;
    Moves finish;
    finish.add(alter_column(planning.relation, change.column, "DROP DEFAULT"), alter_column(planning.relation, change.column, "DROP NOT NULL"));
    finish.add(alter_column(planning.relation, change.column,
                            fmt::format("ADD GENERATED {} AS IDENTITY (SEQUENCE NAME {}{})", change.identity, wanted, options)),
               alter_column(planning.relation, change.column, "DROP IDENTITY IF EXISTS"));
    finish.add(fmt::format("SELECT setval({}::regclass, {}, false)", quote_literal(wanted), next));
    finish.add(fmt::format("DROP SEQUENCE {}", sequence));
    planning.add(make_ddl(planning, Phase::switch_, fmt::format("make {} an identity", change.column), finish));
}

}  // namespace hotswap::core
