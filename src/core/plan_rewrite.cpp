// Online rewrite: each table is copied into a twin of the new shape, kept up by a log of keys, and the storage is
// swapped in one short transaction. The DDL itself runs between the swaps, on empty tables. So this file and its parts
// (rewrite_*.cpp) only say what is copied, and what has to get out of the way and come back.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/rewrite_draft.hpp"

namespace hotswap::core {

namespace {

bool fits(const Change &change)
{
    switch (change.kind) {
    case ChangeKind::alter_type:
    case ChangeKind::add_column:
    case ChangeKind::set_default:
    case ChangeKind::drop_default:
    case ChangeKind::set_not_null:
    case ChangeKind::drop_not_null:
    case ChangeKind::add_check:
    case ChangeKind::add_foreign_key:
    case ChangeKind::drop_constraint:
    case ChangeKind::set_persistence:
    case ChangeKind::set_tablespace:
    case ChangeKind::set_access_method:
    case ChangeKind::set_statistics:
    case ChangeKind::set_storage:
    case ChangeKind::set_compression:
    case ChangeKind::set_column_options:
    case ChangeKind::set_table_options:
        return true;
    case ChangeKind::add_unique:
        return change.index_name.empty();
    case ChangeKind::add_exclusion:
        return !change.new_name.empty();
    case ChangeKind::metadata_only:
        return !change.undo.empty() && (change.part == "CLUSTER ON" || change.part == "REPLICA IDENTITY" ||
                                        change.part == "the switch of a rule" || change.part == "the switch of a trigger");
    default:
        return false;
    }
}

// What nothing speaks against but that it cannot be taken back.
bool fits_one_way(const Change &change)
{
    return change.kind == ChangeKind::drop_column || change.kind == ChangeKind::alter_constraint;
}

std::string words_for(const Change &change)
{
    switch (change.kind) {
    case ChangeKind::drop_column:
        return fmt::format("DROP COLUMN \"{}\"", change.column);
    case ChangeKind::rename_column:
        return fmt::format("the rename of column \"{}\"", change.column);
    case ChangeKind::add_unique:
        return "ADD CONSTRAINT ... USING INDEX";
    default:
        return change.part.empty() ? "this statement" : change.part;
    }
}

void check_fit(RewriteDraft &draft, const Change &change)
{
    if (fits(change))
        return;
    const std::string words = words_for(change), message = fmt::format("cannot carry out {} together with an online rewrite", words);
    const char *found = change.kind == ChangeKind::validate_constraint ? "It would be done while the table is empty, without a look at the rows."
                                                                       : "hotswap has no exact way back for it.";
    if (!fits_one_way(change))
        throw Error(sqlstate::kFeatureNotSupported, message, found, "Give it as a migration of its own.", change.position);
    draft.lose_way_back(words + " cannot be taken back",
                        Error(sqlstate::kFeatureNotSupported, message, found,
                              "Give it as a migration of its own. Or give options => '{\"one_way\": true}', to do without a way back after "
                              "the switch.",
                              change.position));
}

void check_changes(RewriteDraft &draft)
{
    const Planning &planning = draft.planning;
    const Changes &changes = draft.changes;
    for (const Change *change : changes) {
        check_fit(draft, *change);
        if (!change->sequence.empty())
            throw Error(sqlstate::kFeatureNotSupported, "cannot carry out ADD COLUMN of a serial or identity column together with an online rewrite",
                        "The rows would get their values in the order in which they are copied.", "Give it as a migration of its own.",
                        change->position);
        if (change->kind == ChangeKind::add_check && change->new_name.empty())
            throw Error(sqlstate::kFeatureNotSupported, "cannot carry out an online rewrite with an unnamed CHECK constraint",
                        "The way back must know its name.", "Write ADD CONSTRAINT name CHECK (...).", change->position);
        if (change->kind == ChangeKind::set_access_method && change->new_name != "heap")
            refuse_rewrite(planning.table, fmt::format("Its access method would be \"{}\".", change->new_name),
                           "Only tables of access method heap can be copied.", change->position);
        const bool on_column = change->kind == ChangeKind::set_statistics || change->kind == ChangeKind::set_storage ||
                               change->kind == ChangeKind::set_compression || change->kind == ChangeKind::set_column_options;
        auto adds_it = [&](const Change *other) {
            return other->kind == ChangeKind::add_column && other->column == change->column;
        };
        if (on_column && std::none_of(changes.begin(), changes.end(), adds_it))
            column_of(planning.table, *change);
    }
}

// SET LOGGED and its like concern the one table alone; everything else is passed on to the tables below it.
bool concerns_tree(const Changes &changes)
{
    return std::any_of(changes.begin(), changes.end(), [](const Change *change) {
        return change->kind != ChangeKind::set_persistence && change->kind != ChangeKind::set_tablespace &&
               change->kind != ChangeKind::set_access_method && change->kind != ChangeKind::set_table_options;
    });
}

Step make_member_step(const Twin &twin, int member, Phase phase, StepKind kind, const std::string &title)
{
    Step step;
    step.phase = phase;
    step.kind = kind;
    step.title = title;
    step.relation = qualified(twin.schema, twin.name);
    step.member = member;
    return step;
}

void add_twin_steps(Planning &planning, const RewriteDraft &draft)
{
    const std::vector<Twin> &twins = planning.plan.twins;
    const std::string few = twins.size() == 1 ? "the twin and its change log" : "the twins and their change logs";
    Step &create = planning.add(make_step(planning, Phase::expand, StepKind::twin_create, "create " + few, kAccessExclusive));
    create.locks = draft.locks;
    auto each = [&](Phase phase, StepKind kind, const char *title) {
        int member = 0;
        for (const Twin &twin : twins)
            planning.add(make_member_step(twin, ++member, phase, kind,
                                          fmt::format(fmt::runtime(title), qualified(twin.schema, twin.name))));
    };
    each(Phase::migrate, StepKind::copy, "copy {}");
    each(Phase::migrate, StepKind::twin_index, "build the indexes of the twin of {}");
    planning.add(make_step(planning, Phase::migrate, StepKind::catch_up, "apply what was written meanwhile"));
    each(Phase::verify, StepKind::twin_verify, "prove that {} and its twin hold the same rows");
}

Step make_validation(const KeyMove &move, Phase phase, const std::string &title)
{
    Step step;
    step.phase = phase;
    step.kind = StepKind::validate;
    step.title = fmt::format(fmt::runtime(title), move.key->name);
    step.relation = move.child;
    step.lock_mode = kShareUpdateExclusive;
    return step;
}

std::string validate_sql(const KeyMove &move)
{
    return alter(move.child, fmt::format("VALIDATE CONSTRAINT {}", quote_identifier(move.key->name)));
}

// ANALYZE of a partitioned table does its partitions as well.
std::vector<std::string> analyzed(const RewriteDraft &draft)
{
    std::vector<std::string> relations;
    for (const Tree &tree : draft.trees)
        for (const TableFacts *table : tree.tables)
            if (table == tree.root || tree.root->kind != 'p')
                relations.push_back(qualified(table->schema, table->name));
    return relations;
}

// Undone after the switch: the keys that came back without a look at rows get it there, beside the writers.
void add_way_back(Planning &planning, const RewriteDraft &draft)
{
    for (const std::string &relation : analyzed(draft)) {
        Step step = make_step(planning, Phase::verify, StepKind::validate,
                              fmt::format("for the way back: collect statistics of {}", relation), kShareUpdateExclusive);
        step.relation = relation;
        step.undo = {fmt::format("ANALYZE {}", relation)};
        planning.add(std::move(step));
    }
    for (const KeyMove &move : draft.keys) {
        if (!move.key->validated || move.add_valid || !is_there_before(move))
            continue;
        Step step = make_validation(move, Phase::verify, "for the way back: validate foreign key {}");
        step.undo = {validate_sql(move)};
        planning.add(std::move(step));
    }
}

void add_switch(Planning &planning, const RewriteDraft &draft)
{
    add_switch_await(planning, planning.plan.twins.size() == 1 ? "its twin" : "the twins");
    const bool one_way = draft.is_one_way();
    Step step = make_step(planning, Phase::switch_, StepKind::switch_storage,
                          fmt::format("switch to the {}{}", planning.plan.twins.size() == 1 ? "twin" : "twins",
                                      one_way ? ", from where no way leads back" : ""),
                          kAccessExclusive);
    step.irreversible = one_way;
    step.locks = draft.locks;
    step.action = draft.action;
    step.statement = planning.statement.text;
    step.caller_path = !step.statement.empty();
    step.after = draft.after;
    step.populate = draft.populate;
    if (!one_way) {
        step.undo = draft.undo;
        step.undo_populate = draft.undo_populate;
    }
    planning.add(std::move(step));
    for (const KeyMove &move : draft.keys) {
        if (!move.key->validated || move.add_valid || !is_there_after(move))
            continue;
        Step validation = make_validation(move, Phase::switch_, "validate foreign key {}");
        validation.action = {validate_sql(move)};
        planning.add(std::move(validation));
    }
    for (const std::string &relation : analyzed(draft))
        add_statistics(planning, Phase::switch_, relation, fmt::format("collect statistics of {}", relation));
}

// Nobody needs to watch or to wait where nothing can be taken back.
void add_contract(Planning &planning, bool one_way)
{
    if (!one_way)
        add_bake(planning, BakeAfter::switch_, "the rewritten table has proved itself");
    if (!one_way && !planning.options.auto_contract)
        planning.add(make_await(Phase::contract, "keep the way back open", "nobody needs the way back any more",
                                planning.options.keep_previous));
    Step step = make_step(planning, Phase::contract, StepKind::twin_drop, "drop the previous storage", kAccessExclusive);
    step.irreversible = true;
    planning.add(std::move(step));
}

void add_steps(Planning &planning, RewriteDraft &draft)
{
    for (const Tree &tree : draft.trees)
        for (const TableFacts *table : tree.tables)
            draft.lock(qualified(table->schema, table->name));
    planning.plan.twins = make_twins(draft);
    add_twin_steps(planning, draft);
    if (!draft.is_one_way())
        add_way_back(planning, draft);
    add_switch(planning, draft);
    add_contract(planning, draft.is_one_way());
    planning.plan.strategy = "online_rewrite";
    warn_of_one_way(draft);
    planning.warn("until the contract there are two copies of the rows and of the indexes: see that there is room on the disk");
}

// Views go first and come back last, because they may read what the keys' tables hold; on the way back it is the same.
void move_dependents(RewriteDraft &draft)
{
    find_statement_keys(draft);
    find_keys(draft);
    find_views(draft);
    drop_views(draft, draft.action);
    std::vector<std::string> away = draft.action;
    drop_keys(draft, KeyTime::before, draft.action);
    drop_keys(draft, KeyTime::undo, away);
    drop_expressions(draft, away);
    draft.undo.insert(draft.undo.begin(), away.begin(), away.end());
    restore_expressions(draft, draft.undo);
    restore_dropped(draft, draft.undo);
    drop_keys(draft, KeyTime::after, draft.after);
    add_keys(draft, KeyTime::after, draft.after);
    add_keys(draft, KeyTime::undo, draft.undo);
    create_views(draft, draft.after, draft.populate);
    create_views(draft, draft.undo, draft.undo_populate);
}

}  // namespace

bool is_rewriting(const Change &change)
{
    switch (change.kind) {
    case ChangeKind::alter_type:
        return change.rewrites;
    case ChangeKind::add_column:
        return change.volatile_default || change.generated || change.constrained_domain;
    case ChangeKind::set_persistence:
    case ChangeKind::set_tablespace:
    case ChangeKind::set_access_method:
        return true;
    default:
        return false;
    }
}

void plan_rewrite(Planning &planning, const Changes &changes)
{
    RewriteDraft draft{planning, changes, {}, {}, {}, {}, {}, {}, {}, {}, {}};
    check_changes(draft);
    draft.trees.push_back(make_tree(planning.table, concerns_tree(changes)));
    alter_columns(draft);
    alter_constraints(draft);
    // Undone in reverse: first what the cascade did, then the statement itself.
    undo_statement(draft, draft.undo);
    cascade(draft);
    check_tables(draft);
    check_dependents(draft);
    move_dependents(draft);
    add_steps(planning, draft);
    planning.warn(
        "a prepared SELECT * fails once with \"cached plan must not change result type\" when types change; most drivers "
        "prepare it again");
}

Plan make_compaction(const Statement &statement, const TableFacts &table, const Compaction &wanted, const Options &options)
{
    if (!options.up.empty() || !options.down.empty() || options.cascade || !options.backfill.empty())
        throw Error(sqlstate::kInvalidParameter,
                    "options \"up\", \"down\", \"cascade\" and \"backfill\" have no use in this migration", "No value changes.",
                    "Leave them out.");
    Planning planning{statement, table, options, qualified(statement.schema, statement.relation), {}};
    const Changes none;
    RewriteDraft draft{planning, none, {}, {}, {}, {}, {}, {}, {}, {}, {}};
    draft.trees.push_back(make_tree(table, true));
    check_tables(draft);
    if (wanted.fillfactor)
        for (const TableFacts *each : draft.trees.front().tables)
            if (each->kind == 'r') {
                const std::string relation = qualified(each->schema, each->name);
                draft.after.push_back(alter(relation, fmt::format("SET (fillfactor = {})", *wanted.fillfactor)));
                draft.undo.push_back(alter(relation, option_command(*each, "fillfactor")));
            }
    add_steps(planning, draft);
    for (Twin &twin : planning.plan.twins)
        twin.order_by = wanted.order_by;
    return planning.plan;
}

}  // namespace hotswap::core
