// See conversion.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/conversion.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "core/cast_pairs.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"

namespace hotswap::core {

bool is_integer(const std::string &type)
{
    return type == "smallint" || type == "integer" || type == "bigint";
}

std::string expression_of(const std::map<std::string, std::string> &expressions, const std::string &column, bool single)
{
    if (auto found = expressions.find(column); found != expressions.end())
        return found->second;
    if (auto found = expressions.find(""); single && found != expressions.end())
        return found->second;
    return {};
}

// An expression that nothing would use is a misunderstanding, not a detail (T11).
void check_expressions(const char *option, const std::map<std::string, std::string> &expressions, const Changes &changes,
                       ChangeKind side)
{
    std::vector<std::string> columns;
    for (const Change *change : changes)
        if (change->kind == ChangeKind::alter_type || change->kind == side)
            columns.push_back(change->column);
    for (const auto &[column, text] : expressions) {
        bool known = column.empty() ? columns.size() == 1 : std::find(columns.begin(), columns.end(), column) != columns.end();
        if (!known)
            throw Error(sqlstate::kInvalidParameter,
                        column.empty()
                            ? fmt::format("option \"{}\" does not say which column it is for", option)
                            : fmt::format("option \"{}\" is given for column \"{}\", which needs none", option, column),
                        {},
                        columns.empty() ? fmt::format("Leave option \"{}\" out.", option)
                                        : fmt::format("Give an object with one expression for each of {}.", quote_list(columns)));
    }
}

namespace {

// Labels of an enum go to text, and text to labels; an unknown label raises.
std::optional<CastPair> find_enum_pair(const Conversion &c)
{
    const bool strings = c.change.type == "text" || c.change.type.starts_with("character varying"),
               from_strings = c.column.type == "text" || c.column.type.starts_with("character varying");
    if (!(c.change.from_enum && (c.change.to_enum || strings)) && !(c.change.to_enum && from_strings))
        return std::nullopt;
    const std::string text = quote_identifier(c.column.name) + "::text";
    // Only to text: a cast to varchar(n) would cut, the assignment that follows raises.
    return CastPair{c.change.to_enum ? text + "::" + c.change.type : text, c.change.from_enum ? text + "::" + c.column.type : text};
}

bool goes_through_text(const Conversion &c)
{
    return c.wanted_up.empty() &&
           (c.change.using_text.empty() || is_cast_through_text(c.change.using_text, c.column.name, c.change.type));
}

std::optional<CastPair> find_pair(const Conversion &c)
{
    if (goes_through_text(c))
        if (auto pair = find_enum_pair(c))
            return pair;
    if (!c.is_cast())
        return std::nullopt;
    if (auto pair = find_zone_pair(c.column.name, c.column.type, c.change.type, c.zone))
        return pair;
    return find_cast_pair(c.column.name, c.column.type, c.change.type);
}

}  // namespace

bool Conversion::is_cast() const
{
    return wanted_up.empty() && (change.using_text.empty() || is_plain_cast(change.using_text, column.name, change.type));
}

std::string deciding_zone(const Conversion &c)
{
    return c.is_cast() && find_zone_pair(c.column.name, c.column.type, c.change.type, c.zone) ? c.zone : "";
}

std::string zone_warning(const Conversion &c)
{
    return fmt::format("the values of column \"{}\" are taken to be meant in time zone {}, the TimeZone of this session", c.column.name,
                       quote_literal(c.zone));
}

std::string find_up(const Conversion &c)
{
    if (!c.change.using_text.empty() && !c.wanted_up.empty())
        throw Error(sqlstate::kInvalidParameter, fmt::format("column \"{}\" has both USING and option \"up\"", c.column.name), {},
                    "Give the way to the new type once.", c.change.position);
    if (!deciding_zone(c).empty())
        return find_pair(c)->up;
    if (!c.change.using_text.empty())
        return c.change.using_text;
    if (!c.wanted_up.empty())
        return c.wanted_up;
    if (auto pair = find_pair(c))
        return pair->up;
    if (c.change.old_to_new_implicit)
        return quote_identifier(c.column.name);
    throw Error(sqlstate::kInvalidParameter,
                fmt::format("cannot find the way from {} to {} for column \"{}\"", c.column.type, c.change.type, c.column.name),
                why_no_pair(c.column.type, c.change.type), "Write USING, or give options => '{\"up\": \"...\"}'.", c.change.position);
}

// A pair's way back is only that if its way there was taken.
std::optional<std::string> find_down(const Conversion &c)
{
    if (!c.wanted_down.empty())
        return c.wanted_down;
    if (auto pair = find_pair(c))
        return pair->down;
    if (needs_time_zone(c.column.type, c.change.type))
        return invert_zone(c.change.using_text, c.column.name);
    return std::nullopt;
}

bool is_exact(const Conversion &c)
{
    const auto pair = find_pair(c);
    return !c.wanted_down.empty() || (pair && pair->exact);
}

bool is_through_labels(const Conversion &c)
{
    return c.wanted_down.empty() && goes_through_text(c) && find_enum_pair(c);
}

std::string why_no_down(const Conversion &c)
{
    return c.is_cast() ? why_no_pair(c.column.type, c.change.type)
                       : "The way there is an expression of its own; hotswap does not invert it.";
}

void refuse_without_down(const Conversion &c)
{
    throw Error(sqlstate::kInvalidParameter,
                fmt::format("cannot find the way back from {} to {} for column \"{}\"", c.change.type, c.column.type, c.column.name),
                why_no_down(c),
                fmt::format("Give options => '{{\"down\": \"...\"}}': an expression over {} that makes the old value from the new one.",
                            quote_identifier(c.column.name)),
                c.change.position);
}

}  // namespace hotswap::core
