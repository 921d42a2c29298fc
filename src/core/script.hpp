// A migration script: SQL of several statements, with the headers, comments and commands that people's tools put into
// it. What a statement is, is the server's business (bridge/statements); all that is between statements is told here.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace hotswap::core {

enum class ScriptPart { head, up, down };  // head: before the first header

// -- @metadata {json}
struct MetadataComment {
    std::string json;
    std::size_t offset = 0;  // of the JSON in the script
    int line = 0;            // of the comment
    ScriptPart part = ScriptPart::head;
};

struct Script {
    // Each as long as the script itself, with blanks for what belongs to the other part: offsets and lines are the script's.
    std::string up, down;
    bool has_headers = false;
    bool has_down = false;
    std::vector<MetadataComment> metadata;  // in order
    std::vector<std::string> notes;         // for the user: what was left out, and why
};

// Finds the parts by the headers of dbmate, goose, sql-migrate and rambler; without any, the whole script is up.
// ERRORS: 22023 headers nobody knows, or SQL before the first of them; 0A000 commands of psql, COPY ... FROM stdin. All with
// the line in the detail and the position (in bytes) in the script.
Script read_script(const std::string &text);

// For the checksum, and for showing differences: without comments, white space outside literals folded, line ends as \n,
// and broken into lines after each statement and after the commas of its outermost list.
std::string normalized(const std::string &sql);

// One statement as the server's parser cut it out: without the semicolon, and without comments before and behind it.
struct ScriptStatement {
    std::string text;
    int offset = 0;  // in bytes, in the text that was split
    int line = 1;
    std::string tag;  // the command tag: "ALTER TABLE"
};

// Without BEGIN and COMMIT around and between the statements, with a note if there were any: each statement of a script runs
// in transactions of its own. ERRORS: 0A000 for ROLLBACK, savepoints and the like, which cannot be left out.
std::vector<ScriptStatement> without_transactions(std::vector<ScriptStatement> statements, std::vector<std::string> *notes);

// For each statement, the indexes of the metadata comments that hold for it, in order. A comment holds for every statement
// after it in its part, until the next one; comments with no statement between them add up. Those of the head hold for
// both parts. A comment behind the last statement holds for nothing: that is noted.
std::vector<std::vector<std::size_t>> metadata_in_force(const Script &script, ScriptPart part,
                                                        const std::vector<ScriptStatement> &statements,
                                                        std::vector<std::string> *notes);

}  // namespace hotswap::core
