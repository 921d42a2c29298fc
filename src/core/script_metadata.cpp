// See script_metadata.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/script_metadata.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace hotswap::core {

namespace {

struct PhaseWord {
    const char *word;
    Phase phase;
    bool takes_away;  // something that the running application may still use
    bool blue_green;
};

constexpr PhaseWord kPhases[] = {
    {"expand", Phase::expand, false, false},
    {"contract", Phase::contract, true, false},
    {"dual-write-setup", Phase::expand, false, false},
    {"dual-write-cleanup", Phase::contract, true, false},
    {"blue-green-create", Phase::expand, false, true},
    {"blue-green-sync", Phase::migrate, false, true},
    {"blue-green-switch", Phase::switch_, false, true},
};

const PhaseWord *find_phase(const std::string &word)
{
    const auto *found =
        std::find_if(std::begin(kPhases), std::end(kPhases), [&](const PhaseWord &phase) { return word == phase.word; });
    return found == std::end(kPhases) ? nullptr : found;
}

std::string known_phases()
{
    std::string words;
    for (const PhaseWord &phase : kPhases)
        words += fmt::format("{}\"{}\"", words.empty() ? "" : ", ", phase.word);
    return words;
}

std::string in_camel_case(const std::string &name)
{
    std::string result;
    bool begins = false;
    for (const char c : name) {
        if (c != '_')
            result += begins && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        begins = c == '_';
    }
    return result;
}

std::string known_keys()
{
    std::string keys = "zeroDowntime, phase, progressive, and the options of hotswap.start: ";
    bool first = true;
    for (const std::string &name : option_names()) {
        keys += (first ? "" : ", ") + in_camel_case(name);
        first = false;
    }
    return keys;
}

std::string place(const MetadataComment &comment)
{
    return fmt::format("The metadata comment is in line {}.", comment.line);
}

int position(const MetadataComment &comment)
{
    return static_cast<int>(comment.offset) + 1;
}

[[noreturn]] void reject(const MetadataComment &comment, const MetadataValue &value, const std::string &wanted)
{
    throw Error(sqlstate::kInvalidParameter, fmt::format("metadata \"{}\" must be {}", value.value.key, wanted),
                fmt::format("Found: {}. {}", value.json, place(comment)), fmt::format("Known keys: {}.", known_keys()),
                position(comment));
}

bool boolean(const MetadataComment &comment, const MetadataValue &value)
{
    if (value.value.type != "boolean")
        reject(comment, value, "true or false");
    return value.value.text == "true";
}

std::string phase_word(const MetadataComment &comment, const MetadataValue &value)
{
    const PhaseWord *phase = value.value.type == "string" ? find_phase(value.value.text) : nullptr;
    if (phase == nullptr)
        throw Error(sqlstate::kInvalidParameter, fmt::format("unknown phase {}", value.json), place(comment),
                    fmt::format("Known phases: {}.", known_phases()), position(comment));
    if (phase->blue_green)
        throw Error(sqlstate::kFeatureNotSupported, fmt::format("phase \"{}\" is not possible yet", phase->word),
                    fmt::format("It needs strategy blue_green, which a later version brings. {}", place(comment)),
                    "Change the table in place: phases \"expand\" and \"contract\".", position(comment));
    return phase->word;
}

}  // namespace

std::string option_of_metadata(const std::string &key)
{
    for (const std::string &name : option_names())
        if (key == name || key == in_camel_case(name))
            return name;
    return "";
}

void StatementMetadata::add(const StatementMetadata &later)
{
    if (later.zero_downtime)
        zero_downtime = later.zero_downtime;
    if (later.progressive)
        progressive = later.progressive;
    if (!later.phase.empty())
        phase = later.phase;
    for (const auto &[name, json] : later.options)
        options[name] = json;
}

std::string StatementMetadata::strategy() const
{
    return zero_downtime && !*zero_downtime ? "direct" : "";
}

bool StatementMetadata::waits_for_advance() const
{
    const PhaseWord *found = find_phase(phase);
    return found != nullptr && found->takes_away;
}

std::optional<Phase> StatementMetadata::shown_phase() const
{
    const PhaseWord *found = find_phase(phase);
    return found == nullptr ? std::nullopt : std::optional<Phase>(found->phase);
}

std::string StatementMetadata::options_json() const
{
    std::string json;
    for (const auto &[name, value] : options)  // names are our own: nothing to quote in them
        json += fmt::format("{}\"{}\": {}", json.empty() ? "" : ", ", name, value);
    return "{" + json + "}";
}

StatementMetadata parse_metadata(const std::vector<MetadataValue> &values, const MetadataComment &comment)
{
    StatementMetadata result;
    std::vector<OptionValue> options;
    for (const MetadataValue &given : values) {
        const std::string &key = given.value.key;
        const std::string option = option_of_metadata(key);
        const bool null = given.value.type == "null";  // as if it had not been given
        if (!option.empty()) {
            if (null)
                continue;
            if (result.options.contains(option))
                throw Error(sqlstate::kInvalidParameter, fmt::format("metadata gives option \"{}\" twice", option),
                            place(comment), fmt::format("Write it once, as {}.", in_camel_case(option)), position(comment));
            result.options[option] = given.json;
            options.push_back(given.value);
            options.back().key = option;
        } else if (key == "zeroDowntime") {
            if (!null)
                result.zero_downtime = boolean(comment, given);
        } else if (key == "progressive") {
            if (!null)
                result.progressive = boolean(comment, given);
        } else if (key == "phase") {
            if (!null)
                result.phase = phase_word(comment, given);
        } else {
            throw Error(sqlstate::kInvalidParameter, fmt::format("unknown metadata \"{}\"", key), place(comment),
                        fmt::format("Known keys: {}.", known_keys()), position(comment));
        }
    }
    try {
        parse_options(options);
    } catch (const Error &error) {
        throw Error(error.sqlstate(), error.what(),
                    error.detail().empty() ? place(comment) : error.detail() + " " + place(comment), error.hint(),
                    position(comment));
    }
    if (result.progressive == false && result.options.contains("batch_size"))
        throw Error(sqlstate::kInvalidParameter, "metadata contradicts itself: batchSize without progressive", place(comment),
                    "Leave one of the two out.", position(comment));
    return result;
}

Error malformed_metadata(const MetadataComment &comment, const std::string &found)
{
    return Error(sqlstate::kInvalidParameter, fmt::format("metadata in line {} is not a JSON object", comment.line),
                 fmt::format("Found: {}. {}", comment.json, found),
                 "Write it in one line, as in: -- @metadata {\"phase\": \"expand\"}.", position(comment));
}

}  // namespace hotswap::core
