// See planning.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/planning.hpp"

#include <map>

#include "bridge/ddl.hpp"
#include "bridge/error.hpp"
#include "bridge/expression.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "bridge/sql.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/planner.hpp"
#include "engine/bake.hpp"
#include "engine/block_locks.hpp"
#include "engine/catalog.hpp"
#include "engine/exact_state.hpp"
#include "engine/keep_rights.hpp"
#include "engine/relatives.hpp"
#include "engine/rights.hpp"
#include "store/migrations.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::ScopeColumn;
using bridge::Sql;
using core::Change;
using core::ChangeKind;

// The row as the new application sees it: what the down expressions are over.
struct NewShape {
    std::vector<std::string> hidden;
    std::vector<ScopeColumn> added;
};

NewShape new_shape(const core::Statement &statement, const core::TableFacts &facts)
{
    NewShape shape;
    for (const Change &change : statement.changes) {
        const core::Column *column = facts.find(change.column);
        switch (change.kind) {
        case ChangeKind::alter_type:
            shape.added.push_back({change.column, change.type, change.collation});
            break;
        case ChangeKind::rename_column:
            shape.hidden.push_back(change.column);
            if (column != nullptr)
                shape.added.push_back({change.new_name, column->type, column->collation});
            break;
        case ChangeKind::add_column:
            shape.added.push_back({change.column, change.type, change.collation});
            break;
        case ChangeKind::drop_column:
            shape.hidden.push_back(change.column);
            break;
        default:
            break;
        }
    }
    return shape;
}

// The type a column will have (up) or has (down), for the check that the expression can be assigned to it.
std::string target_type(const core::Statement &statement, const core::TableFacts &facts, const std::string &key, bool up)
{
    for (const Change &change : statement.changes) {
        const core::Column *column = facts.find(change.column);
        const bool this_one = key.empty() || change.column == key || change.new_name == key;
        if (!this_one)
            continue;
        if (up && (change.kind == ChangeKind::alter_type || change.kind == ChangeKind::add_column))
            return change.type;
        if (column != nullptr && (change.kind == ChangeKind::rename_column ||
                                  (!up && (change.kind == ChangeKind::alter_type || change.kind == ChangeKind::drop_column))))
            return column->type;
    }
    return "";
}

void qualify(const core::Statement &statement, const core::TableFacts &facts, bool up, core::Options *options)
{
    std::map<std::string, std::string> *expressions = up ? &options->up : &options->down;
    const NewShape shape = up ? NewShape{} : new_shape(statement, facts);
    for (auto &[key, text] : *expressions) {
        try {
            const bridge::QualifiedExpression found =
                bridge::qualify_expression(text, statement.relation_oid, shape.hidden, shape.added, target_type(statement, facts, key, up));
            text = found.text;
            if (up)
                options->up_facts[key] = {found.reads, found.unstable};
        } catch (bridge::PgError &error) {
            // The position would point into the DDL, where the expression is not.
            error.cursor_position = 0;
            error.message = std::string(up ? "up" : "down") + " expression: " + error.message;
            if (error.detail.empty())
                error.detail = "Found: " + text;
            throw;
        }
    }
}

// The server's own definition of an index, with the one word that makes it online after its fixed beginning.
std::string rebuild_sql(const Change &change)
{
    const Authority authority = Authority::of_store();
    Sql sql;
    const bridge::Rows rows = sql.run("SELECT pg_get_indexdef(c.oid) AS def FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                                      " WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind = 'i'",
                                      {change.index_schema, change.index_name});
    if (rows.empty())
        return "";
    const std::string text = rows[0].text("def");
    for (const std::string beginning : {"CREATE UNIQUE INDEX ", "CREATE INDEX "})
        if (text.compare(0, beginning.size(), beginning) == 0)
            return beginning + "CONCURRENTLY " + text.substr(beginning.size());
    return "";
}

std::vector<std::string> altered_columns(const core::Statement &statement)
{
    std::vector<std::string> names;
    for (const Change &change : statement.changes)
        if (change.kind == ChangeKind::alter_type)
            names.push_back(change.column);
    return names;
}

// Constants in texts of the catalogs are printed here and read in another session. Ends with the Authority in force.
void fix_styles()
{
    bridge::set_local("DateStyle", "ISO, YMD");
    bridge::set_local("IntervalStyle", "postgres");
    bridge::set_local("extra_float_digits", "1");
}

PlannedDdl read_and_plan(const std::string &ddl, const std::string &strategy, const std::string &options_json, Origin origin,
                         bridge::Rehearsal *clones)
{
    PlannedDdl result;
    result.statement = bridge::read_ddl(ddl, clones);
    result.statement.time_zone = bridge::current_time_zone();
    core::Statement &statement = result.statement;
    read_block_locks(&statement);
    core::Options options;
    core::TableFacts facts;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        options = planning_options(sql, options_json);
        options.one_way_if_needed = origin == Origin::script;
        if (!options.rollback_point_asked)
            options.rollback_point = bridge::settings().rollback_points ? "table" : "none";
        if (statement.relation_oid != 0) {
            fix_styles();
            facts = read_facts(sql, statement.relation_oid, core::copy_names(statement));
            read_space(sql, &facts);
            core::note_readings(&statement, facts);
            if (core::may_rewrite(statement, strategy))
                read_relatives(sql, altered_columns(statement), options.cascade, &facts);
            else if (!altered_columns(statement).empty())
                read_relatives(sql, altered_columns(statement), false, &facts);
            else
                read_descendants(sql, &facts);
            if (clones != nullptr)
                read_sizes_of_originals(sql, *clones, &facts);
            result.relation = core::qualified(statement.schema, statement.relation);
            result.fingerprint = fingerprint(sql, statement.relation_oid);
        }
    }
    if (statement.relation_oid != 0) {
        qualify(statement, facts, true, &options);
        qualify(statement, facts, false, &options);
    }
    // An index that is dropped can be built again: from the pieces of the catalog, as a copy would be.
    for (Change &change : statement.changes)
        if (change.kind == ChangeKind::drop_index && !change.is_noop)
            change.index_sql = rebuild_sql(change);
    result.plan = core::make_plan(statement, facts, strategy, options);
    core::add_flag_steps(&result.plan, options);
    if (statement.relation_oid != 0) {
        const unsigned caller = bridge::current_role();
        const Authority authority = Authority::of_store();
        Sql sql;
        check_rights(sql, statement, facts, result.plan, caller);
        check_owners(sql, result.plan);
        check_file_rights(sql, result.plan, caller);
        complete_undo(sql, &result.plan);
    }
    return result;
}

}  // namespace

PlannedDdl plan_compaction(unsigned relation, const std::string &order_by, std::optional<int> fillfactor, const std::string &options_json)
{
    PlannedDdl result;
    bridge::read_table(relation, &result.statement);
    core::Compaction wanted{order_by.empty() ? "" : bridge::qualify_order(order_by, relation), fillfactor};
    if (fillfactor && (*fillfactor < 10 || *fillfactor > 100))
        throw core::Error(core::sqlstate::kInvalidParameter, "fillfactor must be between 10 and 100", "Found " + std::to_string(*fillfactor) + ".",
                          "Give a number of percent, or leave it out.");
    const unsigned caller = bridge::current_role();
    const Authority authority = Authority::of_store();
    Sql sql;
    fix_styles();
    core::TableFacts facts = read_facts(sql, relation, {});
    read_relatives(sql, {}, false, &facts);
    result.relation = core::qualified(result.statement.schema, result.statement.relation);
    result.fingerprint = fingerprint(sql, relation);
    const core::Options options = planning_options(sql, options_json);
    result.plan = core::make_compaction(result.statement, facts, wanted, options);
    core::add_flag_steps(&result.plan, options);
    check_rights(sql, result.statement, facts, result.plan, caller);
    check_owners(sql, result.plan);
    complete_undo(sql, &result.plan);
    return result;
}

PlannedDdl plan_ddl(const std::string &ddl, const std::string &strategy, const std::string &options_json, Origin origin, bridge::Rehearsal *clones)
{
    try {
        return read_and_plan(ddl, strategy, options_json, origin, clones);
    } catch (core::Error &error) {
        // The parser counts bytes, clients count characters.
        error.set_query(ddl, error.position() == 0 ? 0 : bridge::character_count(ddl, error.position() - 1) + 1);
        throw;
    } catch (bridge::PgError &error) {
        error.move_position_into(ddl);
        throw;
    }
}

}  // namespace hotswap::engine
