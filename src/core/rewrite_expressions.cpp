// Checks, indexes and statistics with expressions over altered columns. The server reads their texts again whenever a type
// changes, and adds casts as it needs them: after there and back, v > 0 could be v::numeric > 0::numeric, and queries would
// no longer use the index. So on the way back they are made again from the texts they had.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include <fmt/format.h>

#include "core/identifier.hpp"
#include "core/rewrite_draft.hpp"

namespace hotswap::core {

namespace {

using Statements = std::vector<std::string>;

bool reads_altered(const RewriteDraft &draft, const TableFacts &table, const std::vector<int> &columns)
{
    return std::any_of(columns.begin(), columns.end(), [&](int number) { return draft.alters(table, number); });
}

void drop_checks(const RewriteDraft &draft, const TableFacts &table, Statements &statements)
{
    for (const Check &check : table.checks)
        if (check.local && has_altered_expression(draft, table, check) && !drops_constraint(draft, table, check.name))
            statements.push_back(
                alter(qualified(table.schema, table.name), fmt::format("DROP CONSTRAINT {}", quote_identifier(check.name))));
}

void drop_indexes(const RewriteDraft &draft, const TableFacts &table, Statements &statements)
{
    for (const Index &index : table.indexes) {
        if (!index.parent.empty() || !has_altered_expression(draft, table, index))
            continue;  // an attached one goes with the index it is attached to
        if (!index.constraint.empty() && drops_constraint(draft, table, index.constraint))
            continue;
        statements.push_back(index.constraint.empty()
                                 ? fmt::format("DROP INDEX {}", qualified(index.schema, index.name))
                                 : alter(qualified(table.schema, table.name),
                                         fmt::format("DROP CONSTRAINT {}", quote_identifier(index.constraint))));
    }
}

void restore_statistics(const Statistics &statistics, Statements &statements)
{
    const std::string name = qualified(statistics.schema, statistics.name);
    statements.push_back(statistics.definition);
    if (statistics.target >= 0)
        statements.push_back(fmt::format("ALTER STATISTICS {} SET STATISTICS {}", name, statistics.target));
    statements.push_back(fmt::format("ALTER STATISTICS {} OWNER TO {}", name, quote_identifier(statistics.owner)));
    if (!statistics.comment.empty())
        statements.push_back(fmt::format("COMMENT ON STATISTICS {} IS {}", name, quote_literal(statistics.comment)));
}

}  // namespace

bool has_altered_expression(const RewriteDraft &draft, const TableFacts &table, const Index &index)
{
    return reads_altered(draft, table, index.predicate_columns) ||
           std::any_of(index.keys.begin(), index.keys.end(),
                       [&](const IndexKey &key) { return key.column == 0 && reads_altered(draft, table, key.columns); });
}

bool has_altered_expression(const RewriteDraft &draft, const TableFacts &table, const Check &check)
{
    return reads_altered(draft, table, check.columns);
}

void restore_check(const TableFacts &table, const Check &check, Statements &statements)
{
    const std::string name = quote_identifier(check.name), relation = qualified(table.schema, table.name);
    statements.push_back(alter(relation, fmt::format("ADD CONSTRAINT {} {}", name, check.definition)));
    if (!check.comment.empty())
        statements.push_back(fmt::format("COMMENT ON CONSTRAINT {} ON {} IS {}", name, relation, quote_literal(check.comment)));
}

void restore_index(const TableFacts &table, const Index &index, Statements &statements)
{
    const std::string name = qualified(index.schema, index.name), relation = qualified(table.schema, table.name);
    statements.push_back(
        index.constraint.empty()
            ? index.definition
            : alter(relation, fmt::format("ADD CONSTRAINT {} {}", quote_identifier(index.constraint), index.definition)));
    if (!index.tablespace.empty())
        statements.push_back(fmt::format("ALTER INDEX {} SET TABLESPACE {}", name, quote_identifier(index.tablespace)));
    if (!index.parent.empty())
        statements.push_back(fmt::format("ALTER INDEX {} ATTACH PARTITION {}", index.parent, name));
    if (index.clustered)
        statements.push_back(alter(relation, fmt::format("CLUSTER ON {}", quote_identifier(index.name))));
    if (!index.comment.empty())
        statements.push_back(fmt::format("COMMENT ON INDEX {} IS {}", name, quote_literal(index.comment)));
    if (!index.constraint.empty() && !index.constraint_comment.empty())
        statements.push_back(fmt::format("COMMENT ON CONSTRAINT {} ON {} IS {}", quote_identifier(index.constraint), relation,
                                         quote_literal(index.constraint_comment)));
}

void drop_expressions(const RewriteDraft &draft, Statements &statements)
{
    for (const Tree &tree : draft.trees)
        for (const TableFacts *table : tree.tables) {
            drop_checks(draft, *table, statements);
            drop_indexes(draft, *table, statements);
            for (const Statistics &statistics : table->statistics)
                if (reads_altered(draft, *table, statistics.columns))
                    statements.push_back(fmt::format("DROP STATISTICS {}", qualified(statistics.schema, statistics.name)));
        }
}

void restore_expressions(const RewriteDraft &draft, Statements &statements)
{
    for (const Tree &tree : draft.trees) {
        // A check of a table below that is its own as well has to be there before the one of the parent joins it.
        for (auto table = tree.tables.rbegin(); table != tree.tables.rend(); ++table)
            for (const Check &check : (*table)->checks)
                if (check.local && has_altered_expression(draft, **table, check))
                    restore_check(**table, check, statements);
        for (const TableFacts *table : tree.tables) {
            for (const Index &index : table->indexes)
                if (has_altered_expression(draft, *table, index))
                    restore_index(*table, index, statements);
            for (const Statistics &statistics : table->statistics)
                if (reads_altered(draft, *table, statistics.columns))
                    restore_statistics(statistics, statements);
        }
    }
}

}  // namespace hotswap::core
