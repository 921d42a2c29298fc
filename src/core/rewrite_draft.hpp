// An online rewrite while it is being planned: the tables, what happens to their columns, and the statements of the
// switch on both ways. Each part adds to it, and plan_rewrite.cpp makes the steps.
// Internal to the planner.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/planning.hpp"

namespace hotswap::core {

// A column whose type changes, in all tables of its tree.
struct Altered {
    const Column *column = nullptr;   // of the root
    std::string type, collation;      // what it gets
    const Change *change = nullptr;   // of the statement; none when it only follows a column that it references
    std::string up, down;
    std::vector<std::string> reads;   // columns that up reads; "*" for the row as a whole
    bool unstable = false;
    bool exact = true;                // down tells each value that up accepts
};

// A table and what is below it: partitions, inheritance children. One statement on the root alters them all.
struct Tree {
    const TableFacts *root = nullptr;
    std::string relation;                     // of the root: qualified, quoted
    std::vector<const TableFacts *> tables;   // the root first, parents before children
    std::vector<Altered> altered;

    const Altered *find(const std::string &column) const
    {
        for (const Altered &a : altered)
            if (a.column->name == column)
                return &a;
        return nullptr;
    }
};

// A foreign key that stands on an altered column: dropped before the DDL, added again after it.
struct KeyMove {
    const ForeignKey *key = nullptr;
    std::string child;        // qualified, quoted: the table that has it
    std::string other;        // the table it references
    bool add_valid = false;   // cannot be added NOT VALID, so it is added while its table is empty
    bool dropped = false;     // by the statement itself: only the way back adds it
    bool added = false;       // by the statement itself, while its table is empty: added again NOT VALID, for the rows to be looked at
};

struct RewriteDraft {
    Planning &planning;
    const Changes &changes;
    std::vector<Tree> trees;                // that of the statement first, then those that follow it (option cascade)
    std::vector<KeyMove> keys;
    std::vector<const View *> views;        // to be made again, in the order in which that is possible
    std::vector<std::string> locks;         // all relations of the switch but the root
    std::vector<std::string> action, after, populate, undo, undo_populate;
    std::vector<std::string> finality = {};  // why there is no way back after the switch; empty: there is one
    std::deque<ForeignKey> added_keys = {};  // those that the statement adds, for KeyMove

    bool is_one_way() const { return planning.options.one_way || !finality.empty(); }
    // Throws the refusal where a way back is promised.
    void lose_way_back(const std::string &reason, const Error &refusal);

    const Tree *tree_of(unsigned oid) const;
    const Tree *tree_of(const std::string &schema, const std::string &name) const;
    // Whether the type of that column of that table changes.
    bool alters(const TableFacts &table, const std::string &column) const;
    bool alters(const TableFacts &table, int number) const;
    void lock(const std::string &relation);  // once
};

[[noreturn]] void refuse_rewrite(const TableFacts &table, const std::string &detail, const std::string &hint, int position = 0);

// rewrite_tables.cpp: the trees, and what a table must be like to be copied.
Tree make_tree(const TableFacts &root, bool whole);
void check_tables(const RewriteDraft &draft);
// Twins in the order of OIDs, with their keys and the columns whose values change.
std::vector<Twin> make_twins(const RewriteDraft &draft);

// rewrite_one_way.cpp: what there is no way back for, and what the plan says of it.
void warn_of_one_way(const RewriteDraft &draft);

// rewrite_constraints.cpp: constraints and settings that the statement changes besides. 0A000 for what does not go together.
void alter_constraints(RewriteDraft &draft);
void find_statement_keys(RewriteDraft &draft);   // foreign keys that the statement drops or adds
bool drops_constraint(const RewriteDraft &draft, const TableFacts &table, const std::string &name);
void restore_dropped(const RewriteDraft &draft, std::vector<std::string> &statements);

// rewrite_values.cpp: conversions of the altered columns, and the columns of a twin.
void alter_columns(RewriteDraft &draft);
std::vector<TwinColumn> twin_columns(const RewriteDraft &draft, const Tree &tree);
// 0A000 for what depends on an altered column and cannot be carried along.
void check_dependents(const RewriteDraft &draft);

// rewrite_key.cpp: by which columns a row is known on both sides. 0A000 when there are none.
std::vector<std::string> choose_key(const RewriteDraft &draft, const Tree &tree, const TableFacts &table);

// rewrite_cascade.cpp: referencing columns follow, or a warning says that they do not.
void cascade(RewriteDraft &draft);

// rewrite_keys.cpp, rewrite_views.cpp: what stands on altered columns goes away and comes back.
void find_keys(RewriteDraft &draft);
// The parts of the switch in which keys are dropped and added; undo is both for the way back.
enum class KeyTime { before, after, undo };
void drop_keys(const RewriteDraft &draft, KeyTime time, std::vector<std::string> &statements);
void add_keys(const RewriteDraft &draft, KeyTime time, std::vector<std::string> &statements);
bool is_there_before(const KeyMove &move);
bool is_there_after(const KeyMove &move);
void find_views(RewriteDraft &draft);
void drop_views(const RewriteDraft &draft, std::vector<std::string> &statements);
void create_views(const RewriteDraft &draft, std::vector<std::string> &statements, std::vector<std::string> &populate);

// rewrite_expressions.cpp: what has expressions over altered columns, for the way back: drop it, make it as it was.
void drop_expressions(const RewriteDraft &draft, std::vector<std::string> &statements);
void restore_expressions(const RewriteDraft &draft, std::vector<std::string> &statements);
bool has_altered_expression(const RewriteDraft &draft, const TableFacts &table, const Index &index);
bool has_altered_expression(const RewriteDraft &draft, const TableFacts &table, const Check &check);
void restore_check(const TableFacts &table, const Check &check, std::vector<std::string> &statements);
void restore_index(const TableFacts &table, const Index &index, std::vector<std::string> &statements);

// rewrite_undo.cpp: DDL that takes the statement back on empty tables, and that of the tables that follow.
void undo_statement(const RewriteDraft &draft, std::vector<std::string> &statements);
void undo_setting(const Tree &tree, const Change &change, std::vector<std::string> &statements);  // of a column or of the table
void undo_type(const Tree &tree, const Column &column, bool may_have_default, std::vector<std::string> &statements);
// SET or RESET of a storage option, as it is now.
std::string option_command(const TableFacts &table, const std::string &name);

}  // namespace hotswap::core
