// What -- @metadata {json} says of the statements it holds for. The server takes the JSON apart, as it does with options.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/options.hpp"
#include "core/plan.hpp"
#include "core/script.hpp"

namespace hotswap::core {

// One key of a metadata comment: the value as for an option, and its JSON, to be handed on.
struct MetadataValue {
    OptionValue value;
    std::string json;
};

struct StatementMetadata {
    std::optional<bool> zero_downtime, progressive;
    std::string phase;                           // the word, as written; empty: none
    std::map<std::string, std::string> options;  // options of hotswap.start: name -> JSON

    // Later comments win, key by key.
    void add(const StatementMetadata &later);

    // What it comes to, for whoever runs the statement:
    std::string strategy() const;              // "direct" when downtime is allowed, else empty: the caller's
    bool waits_for_advance() const;            // it takes something away: not before a person says so (once for a stretch)
    std::optional<Phase> shown_phase() const;  // contract or expand, when a phase was given
    std::string options_json() const;          // a JSON object, "{}" when there are none
};

// The option that a key of the metadata stands for: batchSize and batch_size are batch_size. Empty for other keys.
std::string option_of_metadata(const std::string &key);

// ERRORS: 22023 unknown keys and wrong values, with the line; 0A000 phases of strategy blue_green.
StatementMetadata parse_metadata(const std::vector<MetadataValue> &values, const MetadataComment &comment);

// 22023 for text that is no JSON object; found says what the server says of it.
Error malformed_metadata(const MetadataComment &comment, const std::string &found);

}  // namespace hotswap::core
