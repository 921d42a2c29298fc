// A dual-write plan while it is being drafted: each part (type change, rename, reshape, carried indexes and constraints)
// adds to the sections, and plan_dual_write.cpp makes the steps of all parts phase by phase.
// Internal to the planner.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/planning.hpp"

namespace hotswap::core {

// One type change: column is hidden behind its copy at the switch and is called previous from then on.
struct Swap {
    const Column *column = nullptr;
    std::string copy;
    std::string previous;
    std::string type;
};

struct DualWriteDraft {
    Planning &planning;
    std::map<int, std::string> copies;     // attnum -> name of its copy: type changes and renames
    std::vector<Swap> swaps;               // the type changes among them
    std::vector<DualWrite> before;         // groups of the trigger until the switch
    std::vector<DualWrite> after;          // and from then on
    Moves expand;                          // columns, defaults; in the transaction of the trigger
    Moves checks;                          // NOT VALID checks, in the same transaction
    std::vector<std::string> validations;  // constraints of the table to validate before not_null
    Moves not_null;                        // SET NOT NULL by proof of a validated check
    std::vector<Step> indexes;
    std::vector<Step> keys;  // foreign keys: add, validate
    Moves switch_;
    std::vector<std::string> switch_locks;
    std::vector<std::string> contract;
    std::vector<std::string> contract_locks;
    std::vector<std::string> deployments;  // what has to be deployed before the contract

    bool is_swapped(int number) const;
    bool is_swapped(const std::string &column) const;
    // The name of a column's copy, or its own name when it has none.
    std::string copy_of(int number) const;
    std::string copy_of(const std::string &column) const;
};

Conflict conflict_of(const Options &options);

// plan_backfill.cpp: in place, or by a rewrite.
void add_backfill(Planning &planning, const std::vector<DualWrite> &writes);

// carry_over.cpp: the copy gets what the column has. Adds ADD COLUMN and its undo to expand.
void carry_column(DualWriteDraft &draft, const Column &column, const std::string &copy, const std::string &type,
                  const std::string &collation);
void require_not_null(DualWriteDraft &draft, const std::string &origin, const std::string &copy);
void carry_checks(DualWriteDraft &draft);
// carry_indexes.cpp, carry_keys.cpp
void carry_indexes(DualWriteDraft &draft);
void carry_keys(DualWriteDraft &draft);

// switch_over.cpp: the transaction that gives the copies the names, and what the contract has to drop.
void draft_switch(DualWriteDraft &draft);

// A foreign key that has to be built once more because it reads or references a swapped column.
struct KeyCopy {
    const ForeignKey *key = nullptr;
    std::string child;                // qualified, quoted: the table that has it
    std::string other;                // qualified, quoted: the table at its other end that is not the migrated one, or empty
    bool references_swapped = false;  // depends on an index of the swapped columns
    bool references_primary = false;  // on the primary key, which cannot exist twice
    std::string definition;           // FOREIGN KEY (...) REFERENCES ... over the copies
    std::string original;             // the same over the columns themselves
};
std::vector<KeyCopy> keys_to_copy(const DualWriteDraft &draft);

// Whether the index is one that is built again over the copies (and, for swaps, takes over its name at the switch).
bool is_copied(const DualWriteDraft &draft, const Index &index);
bool reads_swapped(const DualWriteDraft &draft, const Index &index);

// plan_type_change.cpp, plan_reshape.cpp, plan_column_rename.cpp
void draft_type_change(DualWriteDraft &draft, const Change &change, bool single);
void draft_column_rename(DualWriteDraft &draft, const Change &change);
void draft_reshape(DualWriteDraft &draft, const Changes &added, const Changes &dropped);

}  // namespace hotswap::core
