// The choice of a strategy and the dispatch to the parts. Every statement goes one of three ways: as written (catalog
// only), as a dual write (alone), or as a row of cheap and careful steps.
// SPDX-License-Identifier: PostgreSQL
#include "core/planner.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/planning.hpp"

namespace hotswap::core {

namespace {

constexpr const char *kAuto = "auto";
constexpr const char *kRewrite = "online_rewrite";
constexpr const char *kAvailable[] = {"auto", "direct", "online_index", "online_constraint", "dual_write", "online_rewrite", "batched"};
constexpr const char *kFuture[] = {"blue_green"};

bool contains(const auto &words, const std::string &word)
{
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

void check_strategy(const std::string &strategy)
{
    if (contains(kAvailable, strategy))
        return;
    std::string hint = fmt::format("Available strategies: {}.", fmt::join(kAvailable, ", "));
    if (contains(kFuture, strategy))
        throw Error(sqlstate::kFeatureNotSupported, fmt::format("strategy \"{}\" is not available in this version", strategy), {},
                    hint);
    throw Error(sqlstate::kInvalidParameter, fmt::format("unknown strategy \"{}\"", strategy), {}, hint);
}

bool any_of_kind(const Changes &changes, ChangeKind kind)
{
    return std::any_of(changes.begin(), changes.end(), [&](const Change *change) { return change->kind == kind; });
}

Changes of_kind(const Changes &changes, ChangeKind kind)
{
    Changes result;
    std::copy_if(changes.begin(), changes.end(), std::back_inserter(result),
                 [&](const Change *change) { return change->kind == kind; });
    return result;
}

bool about_existing_column(ChangeKind kind)
{
    return kind == ChangeKind::alter_type || kind == ChangeKind::rename_column || kind == ChangeKind::drop_column ||
           kind == ChangeKind::set_not_null || kind == ChangeKind::drop_not_null || kind == ChangeKind::set_default ||
           kind == ChangeKind::drop_default;
}

void check_columns(const Planning &planning, const Changes &changes)
{
    for (const Change *change : changes) {
        auto adds_it = [&](const Change *other) {
            return other->kind == ChangeKind::add_column && other->column == change->column;
        };
        if (about_existing_column(change->kind) && std::none_of(changes.begin(), changes.end(), adds_it))
            column_of(planning.table, *change);
        if (change->kind == ChangeKind::add_column)
            check_name_is_free(planning.table, change->column, change->position);
        if (change->kind == ChangeKind::rename_column)
            check_name_is_free(planning.table, change->new_name, change->position);
    }
}

// Adds and drops are one reshape as soon as somebody says how the values get from one side to the other.
bool is_reshape(const Planning &planning, const Changes &changes, const std::string &strategy)
{
    bool both = any_of_kind(changes, ChangeKind::add_column) && any_of_kind(changes, ChangeKind::drop_column);
    return both && (strategy == "dual_write" || !planning.options.up.empty() || !planning.options.down.empty());
}

bool has_rows(char kind)
{
    return kind == 'r' || kind == 'p';
}

bool wants_dual_write(const Planning &planning, const Changes &changes, const std::string &strategy)
{
    if (strategy != kAuto && strategy != "dual_write")
        return false;
    if (is_reshape(planning, changes, strategy))
        return true;
    return std::any_of(changes.begin(), changes.end(), [&](const Change *change) {
        if (change->kind == ChangeKind::rename_column)
            return has_rows(planning.table.kind) || strategy == "dual_write";  // a view's column has no rows to fill
        return change->kind == ChangeKind::alter_type && strategy == "dual_write";
    });
}

bool wants_rewrite(const Changes &changes, const std::string &strategy)
{
    return strategy == kRewrite || (strategy == kAuto && std::any_of(changes.begin(), changes.end(),
                                                                     [](const Change *change) { return is_rewriting(*change); }));
}

// SET LOGGED of a logged table and its like do nothing, and so do they here.
bool is_already(const TableFacts &table, const Change &change)
{
    switch (change.kind) {
    case ChangeKind::set_persistence:
        return table.unlogged == (change.new_name == "UNLOGGED") && table.kind == 'r' && !table.temporary;
    case ChangeKind::set_tablespace:
        return table.tablespace == change.new_name;
    case ChangeKind::set_access_method:
        return table.access_method == change.new_name;
    case ChangeKind::alter_type:
        return is_same_type(table, change);
    default:
        return false;
    }
}

[[noreturn]] void refuse_mixture(const Change &change)
{
    std::string what = change.title.empty() ? "this change" : fmt::format("\"{}\"", change.title);
    throw Error(sqlstate::kFeatureNotSupported,
                fmt::format("cannot carry out {} together with the other changes of this statement", what),
                "The other changes need several steps.", "Give it as a migration of its own.", change.position);
}

// Steps before the switch would take away what readers still use, and the statement as written would drop it unasked.
void refuse_cascade(const Changes &changes)
{
    for (const Change *change : changes)
        if (change->cascade && !change->cascade->empty())
            throw Error(sqlstate::kFeatureNotSupported, "cannot carry out CASCADE together with an online rewrite or a dual write",
                        fmt::format("It would also drop {}.", change->cascade->front().words), "Give it as a migration of its own.", change->position);
}

void refuse_rewriting(const Changes &changes)
{
    for (const Change *change : changes)
        if (!change->rewrite_only.empty())
            throw Error(sqlstate::kFeatureNotSupported,
                        fmt::format("cannot carry out {} as an online migration", change->rewrite_only),
                        is_rewriting(*change) ? "PostgreSQL would rewrite the table under an ACCESS EXCLUSIVE lock." : "",
                        is_rewriting(*change)  ? "Use strategy => 'online_rewrite'."
                        : change->hint.empty() ? "Run the statement by itself in a maintenance window, or split it."
                                               : change->hint,
                        change->position);
    for (const Change *change : changes)
        if (change->kind == ChangeKind::alter_type && change->rewrites)
            throw Error(sqlstate::kFeatureNotSupported,
                        fmt::format("cannot change the type of column \"{}\" directly", change->column),
                        "PostgreSQL would rewrite the table under an ACCESS EXCLUSIVE lock.",
                        "Use strategy => 'online_rewrite' or 'dual_write'.", change->position);
}

void check_fits(const std::string &wanted, const std::string &found)
{
    // direct is PostgreSQL's own way, which the parts have taken where it was asked for.
    if (wanted == kAuto || wanted == found || (wanted == "direct" && found != "online_index"))
        return;
    throw Error(sqlstate::kInvalidParameter, fmt::format("strategy \"{}\" does not fit this statement", wanted), {},
                fmt::format("Use strategy => 'auto', which takes \"{}\".", found));
}

void check_online(const Planning &planning, const char *strategy)
{
    const TableFacts &table = planning.table;
    if (!has_rows(table.kind))
        throw Error(sqlstate::kFeatureNotSupported, fmt::format("cannot use strategy \"{}\" on \"{}\"", strategy, table.name), "It is not a table.",
                    "Run the statement yourself; nobody else waits for it.");
}

void plan_structured(Planning &planning, const Changes &changes, const std::string &strategy)
{
    Changes cheap, not_null = of_kind(changes, ChangeKind::set_not_null), drops = of_kind(changes, ChangeKind::drop_column);
    // Columns come in the order of the statement, so one with a sequence is added beside the others that are.
    const bool adds_plain = std::any_of(changes.begin(), changes.end(), [](const Change *change) {
        return change->kind == ChangeKind::add_column && is_cheap(*change);
    });
    std::copy_if(changes.begin(), changes.end(), std::back_inserter(cheap), [&](const Change *change) {
        return is_cheap(*change) || (adds_plain && change->kind == ChangeKind::add_column);
    });
    if (!cheap.empty())
        plan_cheap(planning, cheap);
    if (any_of_kind(changes, ChangeKind::add_column) && !drops.empty())
        planning.warn("no value goes from the dropped columns to the added ones; give options up and down to carry them over");
    for (const Change *change : changes)
        if (change->kind == ChangeKind::add_column && !change->sequence.empty()) {
            check_online(planning, "online_constraint");
            plan_serial(planning, *change, !adds_plain);
            planning.plan.strategy = "online_constraint";
        }
    plan_settings(planning, changes);
    // What goes first: a new constraint may have the name of one that is dropped.
    for (const bool dropping : {true, false})
        for (const Change *change : changes)
            if (is_about_constraint(*change) && (change->kind == ChangeKind::drop_constraint) == dropping) {
                check_online(planning, "online_constraint");
                plan_constraint(planning, *change);
                planning.plan.strategy = "online_constraint";
            }
    for (const Change *change : changes) {
        if (change->kind == ChangeKind::reindex) {
            check_online(planning, "online_index");
            plan_reindex(planning, *change);
            planning.plan.strategy = "online_index";
        }
        if (change->kind == ChangeKind::rename_table)
            plan_rename_table(planning, *change);
        if (change->kind == ChangeKind::rename_column)
            plan_plain_column_rename(planning, *change);
        if (change->kind == ChangeKind::create_index || change->kind == ChangeKind::drop_index) {
            check_online(planning, "online_index");
            change->kind == ChangeKind::create_index ? plan_create_index(planning, *change) : plan_drop_index(planning, *change);
            planning.plan.strategy = "online_index";
        }
    }
    if (!not_null.empty() && strategy == "direct") {
        plan_plain_not_null(planning, not_null);
    } else if (!not_null.empty()) {
        check_online(planning, "online_constraint");
        if (plan_not_null(planning, not_null) || strategy == "online_constraint")
            planning.plan.strategy = "online_constraint";
    }
    if (!drops.empty())
        plan_drop_columns(planning, drops);
}

// Statements that are a plan of their own.
bool is_alone(const Change &change)
{
    return change.kind == ChangeKind::drop_table || change.kind == ChangeKind::partition || change.kind == ChangeKind::change_rows ||
           change.kind == ChangeKind::maintain;
}

Plan plan_alone(Planning &planning, const Change &change, const std::string &strategy)
{
    if (change.kind == ChangeKind::maintain) {
        check_fits(strategy, kRewrite);
        return plan_maintenance(planning, change);
    }
    if (change.kind == ChangeKind::drop_table)
        plan_drop_tables(planning, change);
    else if (change.kind == ChangeKind::partition)
        plan_partition(planning, change);
    else
        plan_rows(planning, change);
    check_fits(strategy, planning.plan.strategy);
    return planning.plan;
}

}  // namespace

Plan make_plan(const Statement &statement, const TableFacts &table, const std::string &strategy, const Options &options)
{
    check_strategy(strategy);
    Planning planning{
        statement, table, options, statement.relation.empty() ? "" : qualified(statement.schema, statement.relation), {}};
    planning.plan.strategy = "direct";

    Changes changes;
    for (const Change &change : statement.changes)
        if (!change.is_noop && !is_already(table, change))
            changes.push_back(&change);
    if (changes.empty())
        return planning.plan;
    // The worker is another session, which could not even read it.
    if (table.temporary)
        throw Error(sqlstate::kFeatureNotSupported, fmt::format("cannot change \"{}\" as an online migration", table.name), "It is a temporary table.",
                    "Run the statement yourself; nobody else waits for it.");

    if (is_alone(*changes[0])) {
        if (changes.size() > 1)
            refuse_mixture(*changes[0]);
        return plan_alone(planning, *changes[0], strategy);
    }
    check_columns(planning, changes);
    const bool dual_write = wants_dual_write(planning, changes, strategy),
               rewrite = !dual_write && wants_rewrite(changes, strategy);
    if (options.cascade && !rewrite)
        throw Error(sqlstate::kInvalidParameter, "option \"cascade\" has no use in this migration",
                    "Only a rewrite changes several tables.", "Leave it out, or use strategy => 'online_rewrite' where it fits.");
    if (options.one_way && !rewrite)
        throw Error(sqlstate::kInvalidParameter, "option \"one_way\" has no use in this migration",
                    "Only a rewrite can be carried out without a way back after its switch.",
                    "Leave it out, or use strategy => 'online_rewrite' where it fits.");
    if (!options.backfill.empty() && !dual_write)
        throw Error(sqlstate::kInvalidParameter, "option \"backfill\" has no use in this migration",
                    "Only a dual write fills columns.", "Leave it out, or use strategy => 'dual_write' where it fits.");
    if (dual_write || rewrite)
        refuse_cascade(changes);
    if (dual_write) {
        for (const Change *change : changes)
            if (is_as_written(*change))
                refuse_mixture(*change);
        plan_dual_write(planning, changes);
        planning.plan.strategy = "dual_write";
        return planning.plan;
    }
    if (rewrite) {
        plan_rewrite(planning, changes);
        return planning.plan;
    }
    refuse_rewriting(changes);
    if (!options.up.empty() || !options.down.empty())
        throw Error(sqlstate::kInvalidParameter, "options \"up\" and \"down\" have no use in this migration",
                    "Only a dual write and a rewrite compute values.",
                    "Leave them out, or use strategy => 'dual_write' where it fits.");
    auto as_written = std::find_if(changes.begin(), changes.end(), [](const Change *change) { return is_as_written(*change); });
    const bool plainly = strategy == "direct" && std::any_of(changes.begin(), changes.end(), [](const Change *change) {
                             return is_about_constraint(*change) || !change->sequence.empty();
                         });
    if (plainly) {
        plan_as_written(planning, changes);
    } else if (as_written != changes.end() &&
               std::all_of(changes.begin(), changes.end(), [](const Change *change) { return is_as_written(*change) || is_cheap(*change); })) {
        plan_as_written(planning, changes);
    } else {
        for (const Change *change : changes)
            if (is_as_written(*change) && change->definition.empty())
                refuse_mixture(*change);
        plan_structured(planning, changes, strategy);
        std::stable_sort(planning.plan.steps.begin(), planning.plan.steps.end(),
                         [](const Step &left, const Step &right) { return left.phase < right.phase; });
    }
    check_fits(strategy, planning.plan.strategy);
    // A watch at the end of what can be taken back, as after a switch.
    const auto &steps = planning.plan.steps;
    if (!steps.empty() && std::none_of(steps.begin(), steps.end(), [](const Step &step) { return step.irreversible; }))
        add_bake(planning, BakeAfter::direct, fmt::format("the application works with {} as it is now", planning.relation));
    return planning.plan;
}

bool is_as_written(const Change &change)
{
    return change.kind == ChangeKind::metadata_only || !change.statement.empty();
}

bool may_rewrite(const Statement &statement, const std::string &strategy)
{
    return strategy == kRewrite || std::any_of(statement.changes.begin(), statement.changes.end(),
                                               [](const Change &change) { return is_rewriting(change) || change.kind == ChangeKind::maintain; });
}

std::map<std::string, std::string> copy_names(const Statement &statement)
{
    std::map<std::string, std::string> names;
    for (const Change &change : statement.changes) {
        if (change.is_noop)
            continue;
        if (change.kind == ChangeKind::alter_type)
            names[change.column] = own_name("new", change.column);
        if (change.kind == ChangeKind::rename_column)
            names[change.column] = change.new_name;
    }
    return names;
}

}  // namespace hotswap::core
