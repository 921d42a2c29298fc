// See rights.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/rights.hpp"

#include <algorithm>
#include <set>

#include "bridge/session.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"

namespace hotswap::engine {

namespace {

using bridge::Sql;
using core::Change;
using core::ChangeKind;

[[noreturn]] void refuse(const std::string &message, const std::string &detail, const std::string &hint)
{
    throw core::Error(core::sqlstate::kInsufficientPrivilege, message, detail, hint);
}

void need_create(Sql &sql, std::int64_t role, const std::string &schema, const std::string &detail)
{
    if (!sql.run("SELECT has_schema_privilege($1::oid, $2, 'CREATE') AS ok", {role, schema})[0].boolean("ok"))
        refuse("permission denied for schema " + schema, detail,
               "GRANT CREATE ON SCHEMA " + core::quote_identifier(schema) + " TO the role that starts the migration.");
}

bool owns(Sql &sql, std::int64_t role, const std::string &relation)
{
    return sql.run("SELECT pg_has_role($1::oid, relowner, 'USAGE') AS ok FROM pg_class WHERE oid = $2::regclass", {role, relation})[0]
        .boolean("ok");
}

bool creates_something(const core::Statement &statement, const core::TableFacts &facts, const core::Plan &plan)
{
    const bool rewrite = plan.strategy == "online_rewrite";
    const bool builds = std::any_of(plan.steps.begin(), plan.steps.end(),
                                    [](const core::Step &step) { return step.kind == core::StepKind::index_build; });
    return builds || std::any_of(statement.changes.begin(), statement.changes.end(), [&](const Change &change) {
               const core::Column *column = facts.find(change.column);
               return !change.sequence.empty() || change.kind == ChangeKind::rename_table || change.kind == ChangeKind::drop_index || change.kind == ChangeKind::add_unique ||
                      (change.kind == ChangeKind::alter_type && !rewrite && column != nullptr && column->identity != 0);
           });
}

void check_keys(Sql &sql, std::int64_t role, const core::Statement &statement, const core::TableFacts &facts)
{
    for (const core::ForeignKey &key : facts.incoming) {
        const bool touched = std::any_of(statement.changes.begin(), statement.changes.end(), [&](const Change &change) {
            return change.kind == ChangeKind::alter_type && change.rewrites &&
                   std::find(key.referenced_columns.begin(), key.referenced_columns.end(), change.column) != key.referenced_columns.end();
        });
        if (touched && !owns(sql, role, core::qualified(key.schema, key.table)))
            refuse("must be owner of table " + key.table, "Its foreign key \"" + key.name + "\" references the column, and has to be made again.",
                   "Start the migration as a role that owns both tables.");
    }
}

// What a recipe does to other tables: foreign keys reference them, partitions are altered one by one.
void check_recipe(Sql &sql, std::int64_t role, const core::Statement &statement, const core::TableFacts &facts, const core::Plan &plan)
{
    for (const Change &change : statement.changes) {
        if (change.kind != ChangeKind::add_foreign_key)
            continue;
        const std::string referenced = core::qualified(change.referenced_schema, change.referenced_table);
        if (!sql.run("SELECT has_any_column_privilege($1::oid, $2::regclass, 'REFERENCES') AS ok", {role, referenced})[0].boolean("ok"))
            refuse("permission denied for table " + change.referenced_table, "Foreign key \"" + change.new_name + "\" references it.",
                   "GRANT REFERENCES ON " + referenced + " TO the role that starts the migration.");
    }
    // PostgreSQL's CASCADE asks nobody; the steps drop each thing as its owner.
    for (const Change &change : statement.changes)
        for (const core::Fallen &fallen : change.cascade ? *change.cascade : std::vector<core::Fallen>())
            if (!fallen.locks.empty() && !owns(sql, role, fallen.locks[0]))
                refuse("must be owner of " + fallen.locks[0], "CASCADE would drop " + fallen.words + ".",
                       "Start the migration as a role that owns both, or have its owner drop it first.");
    for (const core::TableFacts &below : facts.descendants) {
        const std::string name = core::qualified(below.schema, below.name);
        const bool altered = std::any_of(plan.steps.begin(), plan.steps.end(), [&](const core::Step &step) { return step.relation == name; });
        if (altered && !owns(sql, role, name))
            refuse("must be owner of table " + below.name, "It is a partition or child that a step alters by itself.",
                   "Start the migration as a role that owns all partitions.");
        if (altered && below.schema != facts.schema)
            need_create(sql, role, below.schema, "A later step creates an index there.");
    }
}

// All that the switch of a rewrite alters or makes again must be the migration's own. What is left among its locks are
// tables that are only referenced: for a foreign key to them a privilege is enough.
struct Touched {
    std::set<std::string> own;         // qualified, quoted
    std::set<std::string> referenced;
};

void add_tree(const core::TableFacts &table, Touched *touched)
{
    touched->own.insert(core::qualified(table.schema, table.name));
    for (const core::ForeignKey &key : table.incoming)
        touched->own.insert(core::qualified(key.schema, key.table));
    for (const core::ForeignKey &key : table.outgoing)
        touched->referenced.insert(core::qualified(key.referenced_schema, key.referenced_table));
    for (const core::TableFacts &below : table.descendants)
        add_tree(below, touched);
}

void check_views(Sql &sql, std::int64_t role, const core::TableFacts &facts, const std::vector<std::string> &locks)
{
    for (const core::View &view : facts.views) {
        const std::string name = core::qualified(view.schema, view.name);
        if (std::find(locks.begin(), locks.end(), name) == locks.end())
            continue;
        if (!owns(sql, role, name))
            refuse("must be owner of " + name, "It has to be made again.", "Start the migration as a role that owns the table and the view.");
        need_create(sql, role, view.schema, "View " + name + " has to be made again there.");
        if (!sql.run("SELECT has_schema_privilege($1::name, $2, 'CREATE') AS ok", {view.owner, view.schema})[0].boolean("ok"))
            refuse("permission denied for schema " + view.schema, "View " + name + " has to be given to its owner again.",
                   "GRANT CREATE ON SCHEMA " + core::quote_identifier(view.schema) + " TO " + core::quote_identifier(view.owner) + ".");
    }
}

void check_rewrite(Sql &sql, std::int64_t role, const core::TableFacts &facts, const core::Plan &plan)
{
    Touched touched;
    add_tree(facts, &touched);
    for (const core::TableFacts &other : facts.referencing)
        add_tree(other, &touched);
    for (const core::View &view : facts.views)
        touched.own.insert(core::qualified(view.schema, view.name));
    const auto &steps = plan.steps;
    const auto create = std::find_if(steps.begin(), steps.end(), [](const core::Step &step) { return step.kind == core::StepKind::twin_create; });
    if (create == steps.end())
        return;
    for (const std::string &relation : create->locks) {
        const bool referenced_only = !touched.own.contains(relation) && touched.referenced.contains(relation);
        if (!referenced_only && !owns(sql, role, relation))
            refuse("must be owner of " + relation, "The switch alters it or makes it again.",
                   "Start the migration as a role that owns all of them.");
        if (referenced_only && !sql.run("SELECT has_table_privilege($1::oid, $2::regclass, 'REFERENCES') AS ok", {role, relation})[0].boolean("ok"))
            refuse("permission denied for table " + relation, "A foreign key that references it has to be made again.",
                   "GRANT REFERENCES ON " + relation + " TO the role that starts the migration.");
    }
    check_views(sql, role, facts, create->locks);
}

// A flag is changed in the owner's name, so the owner must be allowed to.
void check_flag(Sql &sql, std::int64_t role, const core::Plan &plan)
{
    for (const core::Step &step : plan.steps)
        if (step.kind == core::StepKind::flag)
            for (const char *privilege : {"SELECT", "INSERT", "UPDATE"})
                if (!sql.run("SELECT has_table_privilege($1::oid, 'hotswap._migration_feature_flags', $2) AS ok", {role, std::string(privilege)})[0].boolean("ok"))
                    refuse("permission denied for table _migration_feature_flags", "The migration is to raise flag \"" + step.action.at(0) + "\".",
                           std::string("GRANT SELECT, INSERT, UPDATE ON hotswap._migration_feature_flags TO the role that starts the migration."));
}

}  // namespace

void check_rights(Sql &sql, const core::Statement &statement, const core::TableFacts &facts, const core::Plan &plan, unsigned caller)
{
    const auto role = static_cast<std::int64_t>(caller);
    if (creates_something(statement, facts, plan))
        need_create(sql, role, facts.schema, "A later step creates an index, sequence or view there.");
    check_keys(sql, role, statement, facts);
    check_flag(sql, role, plan);
    if (plan.twins.empty())
        check_recipe(sql, role, statement, facts, plan);
    else
        check_rewrite(sql, role, facts, plan);
    if (plan.twins.empty())
        for (const core::Step &step : plan.steps)
            check_views(sql, role, facts, step.locks);
}

void check_control(const store::Migration &migration, unsigned caller)
{
    if (!bridge::has_privileges_of(caller, migration.owner))
        throw core::Error(core::sqlstate::kInsufficientPrivilege, "permission denied for migration \"" + migration.id + "\"",
                          "It belongs to role \"" + migration.owner + "\".", "SET ROLE to that role first.");
}

}  // namespace hotswap::engine
