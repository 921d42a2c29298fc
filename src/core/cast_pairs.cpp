// The table of lossless type changes. "Lossless" means: every value that up accepts can be told back from its new form.
// A value that up does not accept (too long, too big, not a uuid) raises and becomes a reject, which loses nothing.
// SPDX-License-Identifier: PostgreSQL
#include "core/cast_pairs.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "core/identifier.hpp"

namespace hotswap::core {

namespace {

// A format_type text taken apart: "numeric(10,2)" is numeric with 10 and 2; "timestamp(3) without time zone" keeps its tail.
struct TypeName {
    std::string base;
    std::vector<int> modifiers;
};

TypeName take_apart(const std::string &type)
{
    TypeName result;
    std::size_t open = type.find('(');
    std::size_t close = open == std::string::npos ? open : type.find(')', open);
    // A quoted name is a user's type: its parentheses mean nothing to us.
    if (close == std::string::npos || type.find('"') != std::string::npos) {
        result.base = type;
        return result;
    }
    result.base = type.substr(0, open) + type.substr(close + 1);
    const char *at = type.data() + open + 1;
    const char *end = type.data() + close;
    while (at < end) {
        int number = 0;
        auto [rest, error] = std::from_chars(at, end, number);
        if (error != std::errc())
            break;
        result.modifiers.push_back(number);
        at = rest < end ? rest + 1 : end;
    }
    return result;
}

// Digits the largest value of an integer type has; 0 for any other type.
int integer_digits(const std::string &base)
{
    if (base == "smallint")
        return 5;
    if (base == "integer")
        return 10;
    return base == "bigint" ? 19 : 0;
}

bool is_string(const std::string &base)
{
    return base == "text" || base == "character varying";
}

int scale_of(const TypeName &numeric)
{
    return numeric.modifiers.size() > 1 ? numeric.modifiers[1] : 0;
}

bool numbers_fit(const TypeName &from, const TypeName &to)
{
    int digits = integer_digits(from.base);
    if (digits && integer_digits(to.base))
        return true;
    if (to.base == "numeric") {
        if (to.modifiers.empty())
            return digits || from.base == "numeric";
        if (digits)
            return to.modifiers[0] - scale_of(to) >= digits;
        // Fewer decimals would be rounded away silently; fewer digits before the point only raise.
        return from.base == "numeric" && !from.modifiers.empty() && scale_of(to) >= scale_of(from);
    }
    if (to.base == "double precision")
        return from.base == "smallint" || from.base == "integer" || from.base == "real";
    return to.base == "real" && from.base == "smallint";
}

bool strings_fit(const TypeName &from, const TypeName &to)
{
    if (is_string(from.base) && is_string(to.base))
        return true;
    return from.base == "character" && (is_string(to.base) || to.base == "character");
}

// Same type, another number of fractional digits of a second: fewer would round silently.
bool times_fit(const TypeName &from, const TypeName &to)
{
    static constexpr const char *kTimes[] = {"timestamp without time zone", "timestamp with time zone", "time without time zone",
                                             "time with time zone"};
    if (from.base != to.base || std::find(std::begin(kTimes), std::end(kTimes), from.base) == std::end(kTimes))
        return false;
    int before = from.modifiers.empty() ? 6 : from.modifiers[0];
    int after = to.modifiers.empty() ? 6 : to.modifiers[0];
    return after >= before;
}

// Pairs whose way there or back needs an explicit cast.
bool cast_fits(const TypeName &from, const TypeName &to)
{
    if ((from.base == "json" && to.base == "jsonb") || (from.base == "jsonb" && to.base == "json"))
        return true;
    if ((from.base == "uuid" && is_string(to.base)) || (is_string(from.base) && to.base == "uuid"))
        return true;
    return (integer_digits(from.base) || from.base == "numeric") && is_string(to.base);
}

// Whether noon there is as far from noon in Greenwich all the year: then no local time is missing or comes twice.
bool is_fixed_zone(const std::string &zone)
{
    for (const char *name : {"UTC", "GMT", "UCT", "Zulu", "Universal", "Greenwich"})
        if (zone == name)
            return true;
    return zone.starts_with("Etc/");
}

int second_digits(const TypeName &type)
{
    return type.modifiers.empty() ? 6 : type.modifiers[0];
}

// A text without spaces and parentheses at its ends, as far as the parentheses enclose the whole.
std::string bare(std::string text)
{
    for (;;) {
        while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
            text.erase(text.begin());
        while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
            text.pop_back();
        if (text.size() < 2 || text.front() != '(' || text.back() != ')')
            return text;
        int depth = 0;
        for (std::size_t i = 0; i + 1 < text.size(); ++i) {
            depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
            if (depth == 0)
                return text;
        }
        text = text.substr(1, text.size() - 2);
    }
}

bool names_column(const std::string &text, const std::string &column)
{
    std::string name = bare(text);
    return name == column || name == quote_identifier(column);
}

// 'X'::text or 'X' without a quote inside: the literal, else nothing.
std::optional<std::string> zone_literal(const std::string &text)
{
    std::string literal = bare(text);
    constexpr std::string_view kCast = "::text";
    if (literal.ends_with(kCast))
        literal = bare(literal.substr(0, literal.size() - kCast.size()));
    bool quoted = literal.size() > 2 && literal.front() == '\'' && literal.back() == '\'';
    if (!quoted || literal.find('\'', 1) != literal.size() - 1)
        return std::nullopt;
    return literal;
}

}  // namespace

std::optional<CastPair> find_cast_pair(const std::string &column, const std::string &old_type, const std::string &new_type)
{
    std::string name = quote_identifier(column);
    TypeName from = take_apart(old_type);
    TypeName to = take_apart(new_type);
    if (numbers_fit(from, to) || strings_fit(from, to) || times_fit(from, to))
        return CastPair{name, name};
    if (from.base == "cidr" && to.base == "inet")
        return CastPair{name, fmt::format("{}::{}", name, old_type)};
    if (cast_fits(from, to)) {
        // Only the base type: a cast to varchar(n) would cut, the assignment that follows raises.
        std::string there = is_string(to.base) ? "text" : new_type;
        return CastPair{fmt::format("{}::{}", name, there),
                        fmt::format("{}::{}", name, is_string(from.base) ? "text" : old_type)};
    }
    return std::nullopt;
}

std::optional<CastPair> find_zone_pair(const std::string &column, const std::string &old_type, const std::string &new_type,
                                       const std::string &zone)
{
    static constexpr const char *kLocal = "timestamp without time zone", *kInstant = "timestamp with time zone";
    const TypeName from = take_apart(old_type), to = take_apart(new_type);
    const std::string name = quote_identifier(column);
    const auto in_zone = [&](const std::string &value) {
        return fmt::format("pg_catalog.timezone({}::text, {})", quote_literal(zone), value);
    };
    if ((from.base == kLocal && to.base == kInstant) || (from.base == kInstant && to.base == kLocal))
        return CastPair{in_zone(name), in_zone(name), is_fixed_zone(zone) && second_digits(to) >= second_digits(from)};
    const std::string day = in_zone(name) + "::date", midnight = in_zone(name + "::" + kLocal);
    if (from.base == kInstant && to.base == "date")
        return CastPair{day, midnight, false};
    if (from.base == "date" && to.base == kInstant)
        return CastPair{midnight, day, true};
    return std::nullopt;
}

bool is_cast_through_text(const std::string &using_text, const std::string &column, const std::string &new_type)
{
    std::string text = bare(using_text);
    for (const std::string &type : {new_type, std::string("text"), std::string("character varying")})
        if (const std::string cast = "::" + type; text.ends_with(cast))
            text = bare(text.substr(0, text.size() - cast.size()));
    return names_column(text, column);
}

std::optional<std::string> invert_zone(const std::string &using_text, const std::string &column)
{
    std::string text = bare(using_text);
    std::optional<std::string> zone;
    constexpr std::string_view kPath = "pg_catalog.", kCall = "timezone(", kInfix = " AT TIME ZONE ";
    if (text.starts_with(kPath))
        text = text.substr(kPath.size());
    if (text.starts_with(kCall) && text.back() == ')') {
        std::size_t comma = text.find(',');
        if (comma != std::string::npos && names_column(text.substr(comma + 1, text.size() - comma - 2), column))
            zone = zone_literal(text.substr(kCall.size(), comma - kCall.size()));
    } else if (std::size_t infix = text.find(kInfix); infix != std::string::npos) {
        if (names_column(text.substr(0, infix), column))
            zone = zone_literal(text.substr(infix + kInfix.size()));
    }
    if (!zone)
        return std::nullopt;
    return fmt::format("pg_catalog.timezone({}::text, {})", *zone, quote_identifier(column));
}

bool is_plain_cast(const std::string &using_text, const std::string &column, const std::string &new_type)
{
    std::string text = bare(using_text);
    for (const std::string &type : {new_type, take_apart(new_type).base}) {
        std::string cast = "::" + type;
        if (text.ends_with(cast)) {
            text = text.substr(0, text.size() - cast.size());
            break;
        }
    }
    return names_column(text, column);
}

bool needs_time_zone(const std::string &old_type, const std::string &new_type)
{
    std::string from = take_apart(old_type).base;
    std::string to = take_apart(new_type).base;
    auto is_timestamp = [](const std::string &base) { return base.starts_with("timestamp with"); };
    return is_timestamp(from) && is_timestamp(to) && from != to;
}

std::string why_no_pair(const std::string &old_type, const std::string &new_type)
{
    return fmt::format("hotswap knows no lossless pair of casts between {} and {}.", old_type, new_type);
}

}  // namespace hotswap::core
