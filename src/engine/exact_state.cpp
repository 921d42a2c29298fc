// See exact_state.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/exact_state.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/identifier.hpp"

namespace hotswap::engine {

namespace {

using bridge::Rows;
using bridge::Sql;

// Statistics targets of indexes and of statistics objects; comments that a rebuild copies from a parent's index to its leaves;
// the order in which storage parameters were set.
constexpr const char *kRestore =
    "SELECT format('ALTER INDEX %I.%I ALTER COLUMN %s SET STATISTICS %s', n.nspname, c.relname, a.attnum, a.attstattarget) AS statement"
    "  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    "  JOIN pg_attribute a ON a.attrelid = i.indexrelid WHERE i.indrelid = $1::oid AND a.attstattarget >= 0"
    " UNION ALL "
    "SELECT format('ALTER STATISTICS %I.%I SET STATISTICS %s', n.nspname, s.stxname, s.stxstattarget)"
    "  FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE s.stxrelid = $1::oid AND s.stxstattarget >= 0"
    " UNION ALL "
    "SELECT format('COMMENT ON INDEX %I.%I IS NULL', n.nspname, c.relname)"
    "  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    "  JOIN pg_inherits h ON h.inhrelid = c.oid"
    " WHERE i.indrelid = $1::oid AND obj_description(c.oid, 'pg_class') IS NULL AND obj_description(h.inhparent, 'pg_class') IS NOT NULL"
    " UNION ALL "
    "SELECT unnest(ARRAY[format('ALTER TABLE ONLY %I.%I RESET (%s)', n.nspname, c.relname, string_agg(quote_ident(o.option_name), ', ' ORDER BY o.place)),"
    "                    format('ALTER TABLE ONLY %I.%I SET (%s)', n.nspname, c.relname,"
    "                           string_agg(quote_ident(o.option_name) || ' = ' || quote_literal(o.option_value), ', ' ORDER BY o.place))])"
    "  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    "  CROSS JOIN LATERAL pg_options_to_table(c.reloptions) WITH ORDINALITY AS o(option_name, option_value, place)"
    " WHERE c.oid = $1::oid AND $2 AND c.relkind = 'r' GROUP BY n.nspname, c.relname HAVING count(*) > 1";

// Partitioned tables have no rows and are not copied, but their statistics objects and indexes are made again, too.
constexpr const char *kTree = "SELECT relid::oid::bigint AS oid FROM pg_partition_tree($1::oid) UNION SELECT relid::oid::bigint FROM pg_partition_ancestors($1::oid) AS relid"
                              " UNION SELECT $1 ORDER BY 1";

}  // namespace

void complete_undo(Sql &sql, core::Plan *plan)
{
    if (plan->twins.empty())
        return;
    for (core::Step &step : plan->steps) {
        if (step.kind != core::StepKind::switch_storage || (step.undo.empty() && step.statement.empty()))
            continue;
        bool options_change = false;
        for (const std::string &statement : step.undo)
            options_change = options_change || statement.find(" SET (") != std::string::npos || statement.find(" RESET (") != std::string::npos;
        std::vector<std::string> done;
        for (const core::Twin &twin : plan->twins) {
            const Rows tree = sql.run(kTree, {static_cast<std::int64_t>(twin.oid)});
            for (std::size_t t = 0; t < tree.size(); ++t) {
                const std::string oid = tree[t].text("oid");
                if (std::find(done.begin(), done.end(), oid) != done.end())
                    continue;
                done.push_back(oid);
                const Rows rows = sql.run(kRestore, {tree[t].integer("oid"), options_change});
                for (std::size_t i = 0; i < rows.size(); ++i)
                    step.undo.push_back(rows[i].text("statement"));
            }
        }
    }
}

void check_owners(Sql &sql, const core::Plan &plan)
{
    for (const core::Twin &twin : plan.twins) {
        const Rows rows = sql.run("SELECT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE oid = $1::oid"
                                  "   AND NOT (has_table_privilege(relowner, oid, 'SELECT') AND has_table_privilege(relowner, oid, 'INSERT'))",
                                  {static_cast<std::int64_t>(twin.oid)});
        if (!rows.empty())
            throw core::Error(core::sqlstate::kInsufficientPrivilege, "permission denied for table " + twin.name,
                              "Its rows are copied with the rights of its owner, and role \"" + rows[0].text("owner") + "\" may not read or write it.",
                              "GRANT SELECT, INSERT ON " + core::qualified(twin.schema, twin.name) + " TO " +
                                  core::quote_identifier(rows[0].text("owner")) + ".");
    }
}

}  // namespace hotswap::engine
