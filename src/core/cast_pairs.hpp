// Which type changes are lossless and what leads back: the table behind "up and down are found by themselves".
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>

namespace hotswap::core {

struct CastPair {
    std::string up;     // over the column's name
    std::string down;   // over the same name, meaning the new value
    bool exact = true;  // down tells each value that up accepts; otherwise only one that up makes the same of
};

// Type names are format_type texts. column is plain.
// Nothing when the pair is not known to be lossless: then up (USING) and down must be given.
std::optional<CastPair> find_cast_pair(const std::string &column, const std::string &old_type, const std::string &new_type);

// The way back of an explicit time zone: timezone('X'::text, column) or (column AT TIME ZONE 'X'::text) leads, applied
// to the other type, back through the same zone. Nothing for any other text: this reads two exact shapes, it does not parse SQL.
std::optional<std::string> invert_zone(const std::string &using_text, const std::string &column);

// Date and timestamp types whose casts the session's TimeZone decides: there and back through one zone. Nothing for other types.
std::optional<CastPair> find_zone_pair(const std::string &column, const std::string &old_type, const std::string &new_type,
                                       const std::string &zone);

// A USING text that is nothing but the column, cast to text and to the new type or not: how labels go to an enum.
bool is_cast_through_text(const std::string &using_text, const std::string &column, const std::string &new_type);

// Whether a USING text is nothing but the column, cast to the new type or not: then a pair's way back still holds.
bool is_plain_cast(const std::string &using_text, const std::string &column, const std::string &new_type);

// timestamp with and without time zone.
bool needs_time_zone(const std::string &old_type, const std::string &new_type);

// What the pair would need, for the hint of the error that demands it.
std::string why_no_pair(const std::string &old_type, const std::string &new_type);

}  // namespace hotswap::core
