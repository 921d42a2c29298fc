// What the parts of the planner share: the input, the plan that grows, and statements kept together with their inverse.
// Internal to the planner: only plan_*.cpp, planner.cpp, carry_over.cpp and switch_over.cpp include it.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/planner.hpp"

namespace hotswap::core {

using Changes = std::vector<const Change *>;

// Statements in the order of action, each with the one that takes it back. The undo runs backwards by construction,
// so a part of the planner cannot forget to mirror itself.
class Moves {
  public:
    void add(std::string action, std::string undo = {})
    {
        action_.push_back(std::move(action));
        if (!undo.empty())
            undo_.insert(undo_.begin(), std::move(undo));
    }
    // Only for the way back: runs after the inverses of everything that is added later.
    void on_undo(std::string undo) { undo_.insert(undo_.begin(), std::move(undo)); }
    bool empty() const { return action_.empty(); }
    const std::vector<std::string> &action() const { return action_; }
    const std::vector<std::string> &undo() const { return undo_; }

  private:
    std::vector<std::string> action_;
    std::vector<std::string> undo_;
};

struct Planning {
    const Statement &statement;
    const TableFacts &table;
    const Options &options;
    std::string relation;  // qualified and quoted
    Plan plan;
    std::vector<std::string> not_null = {};  // columns for which this is planned already

    void warn(std::string text) { plan.warnings.push_back(std::move(text)); }
    Step &add(Step step)
    {
        plan.steps.push_back(std::move(step));
        return plan.steps.back();
    }
};

inline constexpr const char *kAccessExclusive = "ACCESS EXCLUSIVE";
inline constexpr const char *kShareUpdateExclusive = "SHARE UPDATE EXCLUSIVE";
inline constexpr const char *kShareRowExclusive = "SHARE ROW EXCLUSIVE";

// ---- small makers --------------------------------------------------------------------------

Step make_step(const Planning &planning, Phase phase, StepKind kind, std::string title, std::string lock_mode = {});
Step make_ddl(const Planning &planning, Phase phase, std::string title, const Moves &moves);
Step make_await(Phase phase, std::string title, std::string deployment, std::string wait_for = {});

// ALTER TABLE <relation> <subcommand>; alter_column also names the column.
std::string alter(const std::string &relation, const std::string &subcommand);
std::string alter_column(const std::string &relation, const std::string &column, const std::string &subcommand);

// "SET DEFAULT x" or "DROP DEFAULT".
std::string default_command(const std::string &default_text);
std::string type_text(const std::string &type, const std::string &collation);

// The column a change is about; 42703 with the position when the table has none of that name.
const Column &column_of(const TableFacts &table, const Change &change);
void check_name_is_free(const TableFacts &table, const std::string &name, int position);

// 0A000 naming every dependent of the column, as plain RESTRICT would.
void refuse_dependents(const TableFacts &table, const Column &column, const Change &change, const std::string &what);
void refuse_incoming_keys(const TableFacts &table, const Column &column, const Change &change);

bool reads(const std::vector<int> &columns, int number);
bool index_reads(const Index &index, int number);
bool in_primary_key(const TableFacts &table, int number);
// "a, b"
std::string comma_list(const std::vector<std::string> &words);

// ---- the parts -----------------------------------------------------------------------------

bool is_cheap(const Change &change);  // catalog only, with an undo that facts can compose
bool is_same_type(const TableFacts &table, const Change &change);   // alter_type to the type the column has
bool is_rewriting(const Change &change);  // PostgreSQL writes every row anew, under a full lock
bool is_as_written(const Change &change);  // catalog only, run as the user wrote it

void plan_cheap(Planning &planning, const Changes &changes);
// Types changed without a rewrite: the views on these columns go away before the step and come back after it.
void keep_views(Planning &planning, const Changes &changes, Step &step);
void plan_settings(Planning &planning, const Changes &changes);  // those run as written, beside others that need several steps
void plan_as_written(Planning &planning, const Changes &changes);
void plan_rename_table(Planning &planning, const Change &change);
void plan_plain_column_rename(Planning &planning, const Change &change);
void plan_create_index(Planning &planning, const Change &change);
void plan_drop_index(Planning &planning, const Change &change);
bool plan_not_null(Planning &planning, const Changes &changes);  // false when there was nothing to do
bool plan_plain_not_null(Planning &planning, const Changes &changes);
// adding: when new nulls are refused; not before the rows are filled, for a row that is updated has to be filled then.
void prove_not_null(Planning &planning, const std::vector<std::string> &columns, Phase adding = Phase::expand);
void plan_serial(Planning &planning, const Change &change, bool adds_column);  // false: an earlier step does
bool is_about_constraint(const Change &change);
void plan_constraint(Planning &planning, const Change &change);
void plan_reindex(Planning &planning, const Change &change);
// Steps that drop what CASCADE would take along, by name, each with its undo. Nothing for a change without CASCADE.
void plan_cascade(Planning &planning, const Changes &changes, Phase phase);
void plan_drop_columns(Planning &planning, const Changes &changes);
void plan_drop_tables(Planning &planning, const Change &change);
void plan_partition(Planning &planning, const Change &change);
void plan_rows(Planning &planning, const Change &change);
// plan_keep.cpp: rollback points. Each does nothing when there is to be none, or says in a warning why there is none.
bool wants_point(const Planning &planning);
bool plan_kept_tables(Planning &planning, const TableDrop &drop, Step *step);   // the step that drops them keeps them instead
void end_kept_tables(Planning &planning);
bool plan_kept_truncation(Planning &planning, const Truncation &truncation, Step *step);   // the step that truncates keeps the rows before
std::vector<std::string> plan_kept_columns(Planning &planning, const std::vector<std::string> &names);   // by which names to drop them
bool plan_kept_rows(Planning &planning, const RowsChange &rows, Step *holding);   // the step that comes before
void keep_rows_of(const Planning &planning, const RowsChange &rows, Step *step);
void end_kept_rows(Planning &planning);
Plan plan_maintenance(const Planning &planning, const Change &change);
void plan_dual_write(Planning &planning, const Changes &changes);
void plan_rewrite(Planning &planning, const Changes &changes);

// Shared ends of the strategies that switch: a word before it, a watch and a wait after it.
// Of a list of facts, the one of that name, or the end.
template <typename List> auto find_named(const List &list, const std::string &name)
{
    return std::find_if(list.begin(), list.end(), [&](const auto &item) { return item.name == name; });
}
const Index *index_of(const TableFacts &table, const std::string &constraint);   // the index that keeps a constraint; null: none does

void add_switch_await(Planning &planning, const std::string &what);
// plan_bake.cpp: the watch at the end of what can be taken back.
enum class BakeAfter { switch_, direct };
void add_bake(Planning &planning, BakeAfter after, const std::string &what);
bool will_bake(const Planning &planning, BakeAfter after);
void add_statistics(Planning &planning, Phase phase, const std::string &relation, const std::string &title);

}  // namespace hotswap::core
