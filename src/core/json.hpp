// A JSON value taken apart: what rules and contexts of flags are made of. Reads what the server prints for a jsonb.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hotswap::core {

struct Json {
    enum class Kind { null, boolean, number, string, array, object };

    Kind kind = Kind::null;
    bool truth = false;
    std::string text;                     // a string's characters; a number as it was written
    double number = 0;
    std::optional<std::int64_t> whole;    // a number that is one, exactly
    std::vector<Json> items;              // of an array; the values of an object
    std::vector<std::string> names;       // of an object, as many as items

    const Json *find(std::string_view name) const noexcept;   // of an object; null when it has none of that name
    bool is(Kind other) const noexcept { return kind == other; }
    bool is_scalar() const noexcept { return kind != Kind::array && kind != Kind::object; }
};

const char *to_text(Json::Kind kind);   // as jsonb_typeof

// Equal scalars; numbers by value. Never true for arrays and objects.
bool same_scalar(const Json &left, const Json &right) noexcept;

// -1, 0, 1; nothing for values that have no order between them. Strings are compared byte by byte.
std::optional<int> order_of(const Json &left, const Json &right) noexcept;

// ERRORS: 22023 when the text is not JSON, or nested more than 100 levels deep.
Json parse_json(std::string_view text);

}  // namespace hotswap::core
