// See script_headers.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/script_headers.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "core/error.hpp"

namespace hotswap::core {

namespace {

constexpr std::string_view kBlank = " \t\r\n";

std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos)
        return text.substr(text.size());
    return text.substr(first, text.find_last_not_of(kBlank) + 1 - first);
}

std::string lower_case(std::string_view text)
{
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower;
}

std::vector<std::string> words_of(std::string_view text)
{
    std::vector<std::string> words;
    for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
        const std::size_t end = std::min(text.find_first_of(kBlank), text.size());
        words.push_back(lower_case(text.substr(0, end)));
        text.remove_prefix(end);
    }
    return words;
}

[[noreturn]] void unknown(const Token &comment, const char *tool, const char *known)
{
    throw Error(sqlstate::kInvalidParameter, fmt::format("unknown {} header in the script", tool),
                fmt::format("Found in line {}: {}", comment.line, comment.text), fmt::format("Known are: {}.", known),
                static_cast<int>(comment.offset) + 1);
}

// Every statement of a script has transactions of its own anyway, so what is said of transactions is obeyed by doing nothing.
Header dbmate(const Token &comment, const std::vector<std::string> &words)
{
    const bool up = words[0] == "migrate:up", down = words[0] == "migrate:down";
    if (!up && !down)
        unknown(comment, "dbmate", "-- migrate:up, -- migrate:down, each with transaction:false or without");
    for (std::size_t i = 1; i < words.size(); ++i)
        if (words[i] != "transaction:false" && words[i] != "transaction:true")
            unknown(comment, "dbmate", "-- migrate:up, -- migrate:down, each with transaction:false or without");
    return up ? Header::up : Header::down;
}

Header goose(const Token &comment, const std::vector<std::string> &words)
{
    const std::string second = words.size() > 1 ? words[1] : "";
    if (second == "up" && words.size() == 2)
        return Header::up;
    if (second == "down" && words.size() == 2)
        return Header::down;
    if (second == "statementbegin" || second == "statementend" ||
        (second == "no" && words.size() == 3 && words[2] == "transaction"))
        return Header::nothing_to_do;
    if (second == "envsub" && words.size() == 3 && words[2] == "off")
        return Header::nothing_to_do;
    if (second == "envsub")
        throw Error(sqlstate::kFeatureNotSupported, "cannot put environment variables into a script",
                    fmt::format("Found in line {}: {}", comment.line, comment.text),
                    "Write the values into the script, and leave that line out.", static_cast<int>(comment.offset) + 1);
    unknown(comment, "goose", "-- +goose Up, Down, StatementBegin, StatementEnd, NO TRANSACTION");
}

Header sql_migrate(const Token &comment, const std::vector<std::string> &words)
{
    const std::string second = words.size() > 1 ? words[1] : "";
    const bool no_option = words.size() == 2 || (words.size() == 3 && words[2] == "notransaction");
    if (second == "up" && no_option)
        return Header::up;
    if (second == "down" && no_option)
        return Header::down;
    if (second == "statementbegin" || second == "statementend")
        return Header::nothing_to_do;
    unknown(comment, "sql-migrate", "-- +migrate Up, Down, each with notransaction or without, StatementBegin, StatementEnd");
}

}  // namespace

Header read_header(const Token &comment)
{
    const std::vector<std::string> words = words_of(comment.text.substr(2));
    if (words.empty())
        return Header::none;
    if (words[0].starts_with("migrate:"))
        return dbmate(comment, words);
    if (words[0] == "+goose")
        return goose(comment, words);
    if (words[0] == "+migrate")
        return sql_migrate(comment, words);
    if (words[0] == "rambler" && words.size() == 2 && (words[1] == "up" || words[1] == "down"))
        return words[1] == "up" ? Header::up : Header::down;
    return Header::none;
}

std::optional<MetadataComment> read_metadata_comment(const Token &comment)
{
    std::string_view inside = comment.text.substr(2);
    if (comment.kind == TokenKind::block_comment && inside.ends_with("*/"))
        inside.remove_suffix(2);
    inside = trimmed(inside);
    constexpr std::string_view kWord = "@metadata";
    if (!inside.starts_with(kWord))
        return std::nullopt;
    std::string_view rest = inside.substr(kWord.size());
    if (!rest.empty() && rest.front() != ' ' && rest.front() != '\t' && rest.front() != '{' && rest.front() != ':' &&
        kBlank.find(rest.front()) == std::string_view::npos)
        return std::nullopt;  // @metadata_of_something_else
    if (!rest.empty() && rest.front() == ':')
        rest.remove_prefix(1);
    rest = trimmed(rest);
    const auto offset = comment.offset + static_cast<std::size_t>(rest.data() - comment.text.data());
    if (rest.empty())
        throw Error(sqlstate::kInvalidParameter, "metadata comment without JSON",
                    fmt::format("Found in line {}: {}", comment.line, comment.text),
                    "Write it in one line, as in: -- @metadata {\"phase\": \"expand\"}.", static_cast<int>(comment.offset) + 1);
    MetadataComment found;
    found.json = std::string(rest);
    found.offset = offset;
    found.line = comment.line;
    return found;
}

}  // namespace hotswap::core
