// See table_use.hpp. What each is used for, and why it matters, is told in store/table_use.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/table_use.hpp"

#include <algorithm>
#include <set>

#include "core/identifier.hpp"

namespace hotswap::engine {

namespace {

using bridge::Rows;
using bridge::Sql;
using core::ChangeKind;

// Named by the steps: what is in the family of the migration's own table changes with it, all else is at the end of a foreign key.
constexpr const char *kNamed =
    "WITH RECURSIVE named AS (SELECT DISTINCT to_regclass(name)::oid AS oid FROM unnest($1::text[]) AS name),"
    " down (oid) AS (SELECT $2::oid UNION SELECT i.inhrelid FROM down JOIN pg_inherits i ON i.inhparent = down.oid),"
    " up (oid) AS (SELECT $2::oid UNION SELECT i.inhparent FROM up JOIN pg_inherits i ON i.inhrelid = up.oid)"
    " SELECT c.oid::bigint AS oid, c.oid IN (SELECT oid FROM down UNION SELECT oid FROM up) AS in_family FROM named JOIN pg_class c USING (oid)"
    "  WHERE c.relkind IN ('r', 'p', 'f') ORDER BY 1";

bool takes_away(ChangeKind kind)
{
    return kind == ChangeKind::drop_table || kind == ChangeKind::drop_column || kind == ChangeKind::drop_constraint || kind == ChangeKind::rename_table ||
           kind == ChangeKind::rename_column;
}

std::vector<std::string> named_for_change(const core::Statement &statement)
{
    std::vector<std::string> names;
    for (const core::Change &change : statement.changes) {
        if (change.drops)
            for (const auto &table : change.drops->tables)
                names.push_back(core::qualified(table.schema, table.name));
        if (change.partition) {
            names.push_back(change.partition->child);
            if (!change.partition->default_partition.empty())
                names.push_back(change.partition->default_partition);
        }
    }
    return names;
}

}  // namespace

store::TableUse table_use(Sql &sql, const PlannedDdl &planned)
{
    store::TableUse use;
    std::set<unsigned> works_on, touches;
    const auto own = static_cast<std::int64_t>(planned.statement.relation_oid);
    if (own != 0)
        works_on.insert(planned.statement.relation_oid);
    for (const core::Twin &twin : planned.plan.twins)
        works_on.insert(twin.oid);
    const Rows changed = sql.run(kNamed, {named_for_change(planned.statement), own});
    for (std::size_t i = 0; i < changed.size(); ++i)
        works_on.insert(static_cast<unsigned>(changed[i].integer("oid")));
    std::vector<std::string> names;
    for (const core::Step &step : planned.plan.steps) {
        if (!step.relation.empty())
            names.push_back(step.relation);
        names.insert(names.end(), step.locks.begin(), step.locks.end());
    }
    const Rows named = sql.run(kNamed, {names, own});
    for (std::size_t i = 0; i < named.size(); ++i) {
        const auto oid = static_cast<unsigned>(named[i].integer("oid"));
        if (named[i].boolean("in_family"))
            works_on.insert(oid);
        else if (!works_on.contains(oid))
            touches.insert(oid);
    }
    use.works_on.assign(works_on.begin(), works_on.end());
    use.touches.assign(touches.begin(), touches.end());
    use.reshapes = planned.plan.strategy == "dual_write" || planned.plan.strategy == "online_rewrite" ||
                   std::any_of(planned.statement.changes.begin(), planned.statement.changes.end(), [](const core::Change &change) { return takes_away(change.kind); });
    return use;
}

}  // namespace hotswap::engine
