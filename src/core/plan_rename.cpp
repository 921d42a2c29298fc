// Renames that are metadata: a table with a view under its former name, a column at once.
// SPDX-License-Identifier: PostgreSQL
#include <fmt/format.h>

#include "core/identifier.hpp"
#include "core/planning.hpp"

namespace hotswap::core {

namespace {

std::string grant_text(const Grant &grant, const std::string &columns, const std::string &relation)
{
    return fmt::format("GRANT {}{} ON {} TO {}{}", grant.privilege, columns, relation,
                       grant.grantee.empty() ? "PUBLIC" : quote_identifier(grant.grantee),
                       grant.with_grant_option ? " WITH GRANT OPTION" : "");
}

// The former name as a view with every column by name, so that it keeps its shape when the table gets another column.
void add_compatibility_view(const Planning &planning, const std::string &renamed, Moves &moves)
{
    std::vector<std::string> names;
    for (const Column &column : planning.table.columns)
        names.push_back(column.name);
    const std::string &view = planning.relation;
    // Rights and policies are those of whoever asks, as with the table itself. Before 15 a view asks as its owner.
    const char *as_caller = planning.table.server_version >= 150000 ? " WITH (security_invoker = true)" : "";
    moves.add(fmt::format("CREATE VIEW {}{} AS SELECT {} FROM {}", view, as_caller, quote_list(names), renamed),
              fmt::format("DROP VIEW IF EXISTS {}", view));
    for (const Grant &grant : planning.table.grants)
        moves.add(grant_text(grant, "", view));
    for (const Column &column : planning.table.columns)
        for (const Grant &grant : column.grants)
            moves.add(grant_text(grant, fmt::format(" ({})", quote_identifier(column.name)), view));
    std::string comment = fmt::format("hotswap: former name of table {}, kept until every client uses the new name", renamed);
    moves.add(fmt::format("COMMENT ON VIEW {} IS {}", view, quote_literal(comment)));
}

}  // namespace

void plan_rename_table(Planning &planning, const Change &change)
{
    std::string renamed = qualified(planning.statement.schema, change.new_name);
    Moves moves;
    moves.add(alter(planning.relation, fmt::format("RENAME TO {}", quote_identifier(change.new_name))),
              alter(renamed, fmt::format("RENAME TO {}", quote_identifier(planning.statement.relation))));
    bool with_view = planning.table.kind == 'r' || planning.table.kind == 'p';
    if (with_view)
        add_compatibility_view(planning, renamed, moves);
    std::string title = fmt::format("rename {} to {}", planning.statement.relation, change.new_name);
    planning.add(make_ddl(planning, Phase::switch_, with_view ? title + " and keep the former name as a view" : title, moves));
    if (!with_view)
        return;
    planning.warn(
        "until the contract the former name is a view: SELECT, INSERT, UPDATE, DELETE and ON CONFLICT with columns work through "
        "it, but COPY FROM, TRUNCATE, LOCK of the table alone, ON CONFLICT ON CONSTRAINT, foreign keys and DDL need the new "
        "name");
    if (!planning.options.auto_contract)
        planning.add(make_await(Phase::contract, "wait until nobody uses the former name",
                                fmt::format("every client uses the new name {} instead of {}", renamed, planning.relation)));
    Moves contract;
    contract.add(fmt::format("DROP VIEW IF EXISTS {}", planning.relation));
    Step &step = planning.add(make_ddl(planning, Phase::contract, "drop the view under the former name", contract));
    step.irreversible = true;
}

void plan_plain_column_rename(Planning &planning, const Change &change)
{
    column_of(planning.table, change);
    auto rename = [&](const std::string &from, const std::string &to) {
        return alter(planning.relation, fmt::format("RENAME COLUMN {} TO {}", quote_identifier(from), quote_identifier(to)));
    };
    Moves moves;
    moves.add(rename(change.column, change.new_name), rename(change.new_name, change.column));
    planning.warn(
        fmt::format("clients that still use \"{}\" fail from the moment of the rename on; strategy dual_write keeps both names",
                    change.column));
    planning.add(
        make_ddl(planning, Phase::switch_, fmt::format("rename column {} to {}", change.column, change.new_name), moves));
}

}  // namespace hotswap::core
