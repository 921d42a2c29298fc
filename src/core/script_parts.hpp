// A script cut into parts. A part is carried out as a migration of its own; the parts run one after the other.
//
// Statements that only make new things, or work on what the script itself has made, go together into one part and run in
// one transaction as they are written: nobody can wait for them. A sequence that is dropped and made again right away goes
// together with what makes it again: no row may come without a default in between. Every other statement is a part by itself, and gets a plan.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

namespace hotswap::core {

// One statement, as far as it decides how its script is cut.
struct PartStatement {
    std::string text;              // as written, without trailing semicolon
    std::string tag;               // "CREATE TABLE"
    int line = 0;                  // in the script, from 1
    bool is_ignored = false;       // BEGIN, COMMIT, a setting: hotswap has transactions and settings of its own
    std::string search_path;       // not empty: SET search_path, holds for what follows
    std::string time_zone = {};    // not empty: SET TIME ZONE
    bool may_join = false;         // catalog only, or rows of a new table: may share a transaction with others
    std::vector<std::string> makes;   // relations and types that are not there yet (qualified, quoted)
    std::vector<std::string> fills;   // tables that it makes with rows in them, and so with a plan of its own (CREATE TABLE AS)
    std::vector<std::string> needs;   // relations that it changes or locks (qualified, quoted)
    std::vector<std::string> remakes;  // DROP SEQUENCE: it, and the tables whose defaults go with it. What makes these again goes along
    bool is_quick = false;         // takes no time, whatever the table holds
    std::string undo;              // takes back what it makes; empty when dropping what it needs does that
    std::string options_json;      // of its metadata comments, an object; empty when there are none. New things have no use for them
    bool in_contract = false;      // its metadata says that it belongs to the contract phase
    bool is_contract = false;      // and it is the first of these: a person has to agree before it
    bool is_direct = false;        // its metadata says that nobody needs the service meanwhile
};

struct Part {
    std::string title;             // "CREATE TABLE and 3 more statements"
    int line = 0;
    std::vector<std::string> statements;
    std::vector<std::string> undo;
    std::string search_path;       // empty: that of the script
    bool is_about_new = false;     // all it works on is made by the script
    bool is_new_only = false;      // to be run as written in one transaction
    std::string options_json;
    bool in_contract = false;
    bool is_contract = false;
    bool is_direct = false;
};

std::vector<Part> cut_script(const std::vector<PartStatement> &statements);

}  // namespace hotswap::core
