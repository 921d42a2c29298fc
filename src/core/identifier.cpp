// Quoting and own names. Everything is always quoted: a keyword list would tie the text to one server version.
// SPDX-License-Identifier: PostgreSQL
#include "core/identifier.hpp"

#include <cstdint>

#include <fmt/format.h>

namespace hotswap::core {

namespace {

constexpr std::size_t kNameBytes = 63;  // NAMEDATALEN - 1
constexpr std::size_t kHashBytes = 9;   // "_" and eight hexadecimal digits

std::uint32_t fnv1a(const std::string &text)
{
    std::uint32_t hash = 2166136261u;
    for (unsigned char byte : text)
        hash = (hash ^ byte) * 16777619u;
    return hash;
}

// The longest prefix of at most limit bytes that does not end inside a UTF-8 character.
std::string cut(const std::string &text, std::size_t limit)
{
    if (text.size() <= limit)
        return text;
    std::size_t end = limit;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    return text.substr(0, end);
}

std::string doubled(const std::string &text, char special)
{
    std::string result;
    result.reserve(text.size() + 2);
    for (char c : text) {
        if (c == special)
            result += c;
        result += c;
    }
    return result;
}

}  // namespace

std::string quote_identifier(const std::string &name)
{
    return fmt::format("\"{}\"", doubled(name, '"'));
}

std::string qualified(const std::string &schema, const std::string &name)
{
    if (schema.empty())
        return quote_identifier(name);
    return fmt::format("{}.{}", quote_identifier(schema), quote_identifier(name));
}

std::string quote_literal(const std::string &text)
{
    std::string body = doubled(text, '\'');
    // A plain literal would read a backslash differently under standard_conforming_strings = off.
    if (body.find('\\') == std::string::npos)
        return fmt::format("'{}'", body);
    return fmt::format("E'{}'", doubled(body, '\\'));
}

std::string quote_list(const std::vector<std::string> &names)
{
    std::string result;
    for (const std::string &name : names) {
        if (!result.empty())
            result += ", ";
        result += quote_identifier(name);
    }
    return result;
}

std::string own_name(const std::string &purpose, const std::string &name)
{
    std::string whole = fmt::format("_hotswap_{}_{}", purpose, name);
    if (whole.size() <= kNameBytes)
        return whole;
    return fmt::format("{}_{:08x}", cut(whole, kNameBytes - kHashBytes), fnv1a(whole));
}

}  // namespace hotswap::core
