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

std::string find_up(const Column &column, const Change &change, const std::string &wanted)
{
    if (!change.using_text.empty() && !wanted.empty())
        throw Error(sqlstate::kInvalidParameter, fmt::format("column \"{}\" has both USING and option \"up\"", column.name), {},
                    "Give the way to the new type once.", change.position);
    if (!change.using_text.empty())
        return change.using_text;
    if (!wanted.empty())
        return wanted;
    if (auto pair = find_cast_pair(column.name, column.type, change.type))
        return pair->up;
    if (needs_time_zone(column.type, change.type))
        throw Error(
            sqlstate::kInvalidParameter,
            fmt::format("cannot change column \"{}\" from {} to {} without a time zone", column.name, column.type, change.type),
            why_no_pair(column.type, change.type),
            fmt::format("Write USING {} AT TIME ZONE 'UTC', with the zone the values are meant in.",
                        quote_identifier(column.name)),
            change.position);
    if (change.old_to_new_implicit)
        return quote_identifier(column.name);
    throw Error(sqlstate::kInvalidParameter,
                fmt::format("cannot find the way from {} to {} for column \"{}\"", column.type, change.type, column.name),
                why_no_pair(column.type, change.type), "Write USING, or give options => '{\"up\": \"...\"}'.", change.position);
}

// A pair's way back is only that if its way there was taken.
std::string find_down(const Column &column, const Change &change, const std::string &wanted, bool given_up)
{
    if (!wanted.empty())
        return wanted;
    bool through_pair = !given_up && (change.using_text.empty() || is_plain_cast(change.using_text, column.name, change.type));
    if (through_pair)
        if (auto pair = find_cast_pair(column.name, column.type, change.type))
            return pair->down;
    if (needs_time_zone(column.type, change.type))
        if (auto down = invert_zone(change.using_text, column.name))
            return *down;
    throw Error(
        sqlstate::kInvalidParameter,
        fmt::format("cannot find the way back from {} to {} for column \"{}\"", change.type, column.type, column.name),
        through_pair ? why_no_pair(column.type, change.type)
                     : "The way there is an expression of its own; hotswap does not invert it.",
        fmt::format("Give options => '{{\"down\": \"...\"}}': an expression over {} that makes the old value from the new one.",
                    quote_identifier(column.name)),
        change.position);
}

}  // namespace hotswap::core
