// Recipes: what stands for one dangerous subcommand, as steps that nobody has to wait for. Each can be turned round: taking
// an object away is its making backwards. Internal to the planner.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/planning.hpp"

namespace hotswap::core {

using Steps = std::vector<Step>;

// The steps backwards, each with action and undo exchanged, all in one phase.
Steps turned_round(const Steps &steps, Phase phase);
void append(Planning &planning, Steps steps);

// Every table of the tree below, qualified and quoted: what a statement on a partitioned table locks besides.
std::vector<std::string> tables_below(const TableFacts &table);
std::vector<std::string> with(std::vector<std::string> names, const std::string &name);

Step make_validation(const Planning &planning, const std::string &relation, const std::string &constraint, Phase phase = Phase::migrate);

// Whether another change of the statement drops the constraint of this name: then the new one gets it at the switch.
bool is_replaced(const Planning &planning, const std::string &constraint);

// ---- indexes and keys ----------------------------------------------------------------------

struct TreeIndex {
    std::string schema, name;
    std::string built_as;                    // its name until a constraint gives it its own; empty: the same
    std::map<unsigned, std::string> below;   // names on the tables below, by OID
    std::string tail;                        // what follows ON table
    bool unique = false;
    // A constraint that rests on it. The text is what a partitioned table takes: "UNIQUE (a) ...".
    std::string constraint, constraint_text, attributes;
    bool primary = false;
    std::string comment, constraint_comment;
    bool clustered = false, replica_identity = false;
};

TreeIndex index_in(const TableFacts &table, const Index &index);
Steps index_recipe(const Planning &planning, const TreeIndex &index);

// ---- constraints ---------------------------------------------------------------------------

Steps check_recipe(const Planning &planning, const std::string &name, const std::string &definition, bool validated, const std::string &comment);

struct KeyToTable {
    std::string name, definition, comment;
    std::string referenced;      // qualified and quoted
    bool validated = true;
    Phase phase = Phase::expand; // when it is added
};
Steps foreign_key_recipe(const Planning &planning, const KeyToTable &key, int position);

}  // namespace hotswap::core
