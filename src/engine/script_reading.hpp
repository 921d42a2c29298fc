// From the text of a script to its statements, each with its metadata: for hotswap.start and for whoever carries a script
// out. And what the history knows of a script.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/sql.hpp"
#include "core/script.hpp"
#include "core/script_metadata.hpp"
#include "store/history.hpp"

namespace hotswap::engine {

struct ReadStatement {
    core::ScriptStatement statement;   // offset and line in the script
    core::StatementMetadata metadata;  // all that is in force for it
};

struct ReadScript {
    std::string text;
    std::vector<ReadStatement> up, down;  // without BEGIN and COMMIT; empty for a script of comments, as tools write them, too
    bool has_headers = false;
    bool has_down = false;
    std::string normalized;  // the statements of the up part: what the checksum is made of
    std::string checksum;
    std::vector<std::string> notes;  // NOTICEs
};

// Cuts both parts and checks all metadata. Looks at no object of the user's. REQUIRES: inside a transaction; changes role for
// its own queries by itself.
// ERRORS: those of core::read_script, bridge::split_statements, core::without_transactions and store::load_metadata, with the
// script as the query they point into.
ReadScript read_script(const std::string &text);

// Whether the script of that name is applied, or a baseline covers it: then there is nothing to do. A new text with the same
// statements replaces the stored one. What is to be said of all that, and of being out of order, is added to the notes.
// REQUIRES: Authority::of_store(). ERRORS: 55000 when it was applied with other statements; the detail shows the difference.
std::optional<store::Applied> applied_before(bridge::Sql &sql, const std::string &name, ReadScript *script);

}  // namespace hotswap::engine
