// The making of an index, and of the constraint that rests on it: concurrently, on a partitioned table partition by
// partition. The index of a partitioned table cannot be built concurrently; it is made empty and not valid, and becomes
// valid when the last index of a partition is attached.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/recipe.hpp"

namespace hotswap::core {

namespace {

std::string name_on(const TreeIndex &index, const TableFacts &table, bool is_root)
{
    const auto found = index.below.find(table.oid);
    return is_root || found == index.below.end() ? index.name : found->second;
}

std::string create_sql(const TreeIndex &index, const std::string &how, const std::string &name, const std::string &table)
{
    return fmt::format("CREATE {}INDEX {}{} ON {} {}", index.unique ? "UNIQUE " : "", how, quote_identifier(name), table, index.tail);
}

Step build(const Planning &planning, const TreeIndex &index, const TableFacts &table, const std::string &name)
{
    const std::string relation = qualified(table.schema, table.name);
    Step step = make_step(planning, Phase::migrate, StepKind::index_build, fmt::format("build index {}", name), kShareUpdateExclusive);
    step.relation = relation;
    step.action = {create_sql(index, "CONCURRENTLY ", name, relation)};
    step.undo = {fmt::format("DROP INDEX CONCURRENTLY IF EXISTS {}", qualified(table.schema, name))};
    step.index_schema = table.schema;
    step.index_name = name;
    return step;
}

// What hangs on the index and does not come with its definition; runs where the index has come into being.
void add_marks(const TreeIndex &index, const std::string &relation, const std::string &name, Moves &moves)
{
    if (!index.comment.empty())
        moves.add(fmt::format("COMMENT ON INDEX {} IS {}", qualified(index.schema, name), quote_literal(index.comment)));
    if (!index.constraint_comment.empty())
        moves.add(fmt::format("COMMENT ON CONSTRAINT {} ON {} IS {}", quote_identifier(index.constraint), relation,
                              quote_literal(index.constraint_comment)));
    if (index.clustered)
        moves.add(alter(relation, fmt::format("CLUSTER ON {}", quote_identifier(name))));
    if (index.replica_identity)
        moves.add(alter(relation, fmt::format("REPLICA IDENTITY USING INDEX {}", quote_identifier(name))));
}

// The constraint of one table that is not partitioned takes the index that is there, and gives it its own name.
Step add_constraint(const Planning &planning, const TreeIndex &index, const TableFacts &table, const std::string &name, const std::string &index_name)
{
    const std::string relation = qualified(table.schema, table.name);
    Moves moves;
    std::string text = fmt::format("ADD CONSTRAINT {} {} USING INDEX {}", quote_identifier(name), index.primary ? "PRIMARY KEY" : "UNIQUE",
                                   quote_identifier(index_name));
    if (!index.attributes.empty())
        text += " " + index.attributes;
    moves.add(alter(relation, text), alter(relation, fmt::format("DROP CONSTRAINT IF EXISTS {}", quote_identifier(name))));
    if (&table == &planning.table)
        add_marks(index, relation, name, moves);
    Step step = make_ddl(planning, Phase::switch_, fmt::format("add constraint {} of {}", name, relation), moves);
    if (relation != planning.relation) {
        step.relation = relation;
        step.locks = {relation};
    }
    return step;
}

Steps plain_recipe(const Planning &planning, const TreeIndex &index)
{
    const TableFacts &table = planning.table;
    if (index.constraint.empty()) {
        Steps steps = {build(planning, index, table, index.name)};
        Moves marks;
        add_marks(index, planning.relation, index.name, marks);
        if (!marks.empty())
            steps.push_back(make_ddl(planning, Phase::switch_, fmt::format("add the marks of index {}", index.name), marks));
        return steps;
    }
    const std::string built = index.built_as.empty() ? index.name : index.built_as;
    return {build(planning, index, table, built), add_constraint(planning, index, table, index.constraint, built)};
}

// The empty index, or constraint, of a partitioned table.
Step create_parent(const Planning &planning, const TreeIndex &index, const TableFacts &table, const std::string &name)
{
    const std::string relation = qualified(table.schema, table.name);
    Moves moves;
    if (index.constraint.empty())
        moves.add(create_sql(index, "", name, "ONLY " + relation), fmt::format("DROP INDEX IF EXISTS {}", qualified(table.schema, name)));
    else
        moves.add(alter("ONLY " + relation, fmt::format("ADD CONSTRAINT {} {}", quote_identifier(name), index.constraint_text)),
                  alter(relation, fmt::format("DROP CONSTRAINT IF EXISTS {}", quote_identifier(name))));
    if (&table == &planning.table)
        add_marks(index, relation, name, moves);
    // A primary key asks all partitions for NOT NULL, which is proven by then.
    Step step = make_ddl(planning, index.primary ? Phase::switch_ : Phase::expand,
                         fmt::format("create index {} of {}, not valid yet", name, relation), moves);
    if (index.constraint.empty())
        step.lock_mode = "SHARE";
    if (relation != planning.relation) {
        step.relation = relation;
        step.locks = {relation};
    }
    return step;
}

// Dropping the index takes those of all partitions along that are attached; so it comes back before they are looked for.
Step drop_attached(const Planning &planning, const TreeIndex &index)
{
    Step step = make_step(planning, Phase::switch_, StepKind::ddl, fmt::format("index {} with those attached to it", index.name), kAccessExclusive);
    step.locks = tables_below(planning.table);
    step.undo = {index.constraint.empty()
                     ? fmt::format("DROP INDEX IF EXISTS {}", qualified(index.schema, index.name))
                     : alter(planning.relation, fmt::format("DROP CONSTRAINT IF EXISTS {}", quote_identifier(index.constraint)))};
    return step;
}

Step attach(const Planning &planning, const std::string &parent, const std::string &child)
{
    Step step = make_step(planning, Phase::switch_, StepKind::ddl, fmt::format("attach index {}", child), kAccessExclusive);
    step.relation = child;
    step.locks = {child};
    step.action = {fmt::format("ALTER INDEX {} ATTACH PARTITION {}", parent, child)};
    return step;
}

// The server quotes names where it has to, hotswap always.
std::string unquoted(std::string text)
{
    std::erase(text, '"');
    return text;
}

// An index of a partition that serves as it is: the server would attach it as well.
const Index *serving(const TreeIndex &index, const TableFacts &table)
{
    for (const Index &found : table.indexes) {
        if (unquoted(found.tail) != unquoted(index.tail) || found.unique != index.unique || !found.valid || !found.parent.empty() || table.kind == 'p')
            continue;
        if (index.constraint.empty())
            return &found;
        if (!found.constraint.empty())
            throw Error(sqlstate::kFeatureNotSupported,
                        fmt::format("cannot add constraint \"{}\" of partitioned table online", index.constraint),
                        fmt::format("Partition \"{}\" has constraint \"{}\" on the same columns.", table.name, found.constraint),
                        "Drop that constraint first, or add the constraint by itself in a maintenance window.");
    }
    return nullptr;
}

Steps partitioned_recipe(const Planning &planning, TreeIndex index)
{
    const TableFacts &root = planning.table;
    Steps parents = {create_parent(planning, index, root, index.name)}, builds, constraints, attaches;
    std::map<unsigned, std::string> made = {{root.oid, qualified(index.schema, index.name)}};
    for (const TableFacts &table : root.descendants) {
        if (table.kind != 'p' && table.kind != 'r')
            throw Error(sqlstate::kFeatureNotSupported, fmt::format("cannot build an index of partitioned table \"{}\" online", root.name),
                        fmt::format("Partition \"{}\" is not an ordinary table.", table.name), "Detach that partition first.");
        const Index *found = serving(index, table);
        const std::string name = found ? found->name : name_on(index, table, false);
        made[table.oid] = qualified(table.schema, name);
        if (table.kind == 'p') {
            parents.push_back(create_parent(planning, index, table, name));
            continue;
        }
        Step step = build(planning, index, table, name);
        if (found) {   // kept as it is; only the way back, where dropping the whole takes it along, builds it again
            step.kind = StepKind::index_drop;
            step.undo = std::move(step.action);
            step.action.clear();
            step.title = fmt::format("keep index {}", name);
        }
        builds.push_back(std::move(step));
        if (!index.constraint.empty())
            constraints.push_back(add_constraint(planning, index, table, name, name));
    }
    for (auto table = root.descendants.rbegin(); table != root.descendants.rend(); ++table)  // the deepest first
        attaches.push_back(attach(planning, made[table->parent], made[table->oid]));
    Steps steps = std::move(parents);
    steps.insert(steps.end(), builds.begin(), builds.end());
    steps.insert(steps.end(), constraints.begin(), constraints.end());
    steps.push_back(drop_attached(planning, index));
    steps.insert(steps.end(), attaches.begin(), attaches.end());
    return steps;
}

}  // namespace

TreeIndex index_in(const TableFacts &table, const Index &index)
{
    TreeIndex result;
    result.schema = index.schema;
    result.name = index.name;
    result.tail = index.tail;
    result.unique = index.unique;
    result.primary = index.primary;
    result.constraint = index.constraint;
    result.constraint_text = index.constraint.empty() ? "" : index.definition;
    result.comment = index.comment;
    result.constraint_comment = index.constraint_comment;
    result.clustered = index.clustered;
    result.replica_identity = index.replica_identity;
    if (index.deferrable)
        result.attributes = index.initially_deferred ? "DEFERRABLE INITIALLY DEFERRED" : "DEFERRABLE";
    std::map<unsigned, std::string> names = {{table.oid, qualified(index.schema, index.name)}};
    for (const TableFacts &below : table.descendants)
        for (const Index &part : below.indexes)
            if (const auto parent = names.find(below.parent); parent != names.end() && unquoted(part.parent) == unquoted(parent->second)) {
                names[below.oid] = qualified(part.schema, part.name);
                result.below[below.oid] = part.name;
            }
    return result;
}

Steps index_recipe(const Planning &planning, const TreeIndex &index)
{
    if (planning.table.kind == 'p' && planning.statement.only)
        return {create_parent(planning, index, planning.table, index.name)};
    return planning.table.kind == 'p' ? partitioned_recipe(planning, index) : plain_recipe(planning, index);
}

}  // namespace hotswap::core
