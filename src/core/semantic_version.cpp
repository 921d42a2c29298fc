// See semantic_version.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/semantic_version.hpp"

#include <algorithm>

namespace hotswap::core {

namespace {

bool is_numeral(std::string_view part) noexcept
{
    return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_word(std::string_view part) noexcept
{
    return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    });
}

std::string_view take_part(std::string_view *rest) noexcept
{
    const std::size_t dot = rest->find('.');
    const std::string_view part = rest->substr(0, dot);
    *rest = dot == std::string_view::npos ? std::string_view() : rest->substr(dot + 1);
    return part;
}

template <class Test> bool all_parts(std::string_view text, Test test) noexcept
{
    if (text.empty() || text.back() == '.')
        return false;
    while (!text.empty())
        if (!test(take_part(&text)))
            return false;
    return true;
}

struct Version {
    std::string_view release, before;   // 1.2.3 and rc.1
    bool valid = false;
};

Version read(std::string_view text) noexcept
{
    Version version;
    if (text.starts_with('v'))
        text.remove_prefix(1);
    text = text.substr(0, text.find('+'));
    const std::size_t dash = text.find('-');
    version.release = text.substr(0, dash);
    version.valid = all_parts(version.release, is_numeral) && std::count(version.release.begin(), version.release.end(), '.') <= 2;
    if (dash != std::string_view::npos) {
        version.before = text.substr(dash + 1);
        version.valid = version.valid && all_parts(version.before, is_word);
    }
    return version;
}

// Digits of any length: without leading zeros the longer one is the greater.
int numeral_order(std::string_view left, std::string_view right) noexcept
{
    const auto bare = [](std::string_view text) { return text.substr(std::min(text.find_first_not_of('0'), text.size())); };
    left = bare(left);
    right = bare(right);
    if (left.size() != right.size())
        return left.size() < right.size() ? -1 : 1;
    return left < right ? -1 : left > right ? 1 : 0;
}

int part_order(std::string_view left, std::string_view right) noexcept
{
    const bool l = is_numeral(left), r = is_numeral(right);
    if (l && r)
        return numeral_order(left, right);
    if (l != r)
        return l ? -1 : 1;
    return left < right ? -1 : left > right ? 1 : 0;
}

int before_order(std::string_view left, std::string_view right) noexcept
{
    if (left.empty() || right.empty())
        return left.empty() == right.empty() ? 0 : left.empty() ? 1 : -1;
    while (!left.empty() && !right.empty())
        if (const int order = part_order(take_part(&left), take_part(&right)); order != 0)
            return order;
    return left.empty() == right.empty() ? 0 : left.empty() ? -1 : 1;
}

}  // namespace

bool is_semantic_version(std::string_view text) noexcept
{
    return read(text).valid;
}

std::optional<int> version_order(std::string_view left, std::string_view right) noexcept
{
    Version l = read(left), r = read(right);
    if (!l.valid || !r.valid)
        return std::nullopt;
    while (!l.release.empty() || !r.release.empty())   // what is missing counts as 0
        if (const int order = numeral_order(take_part(&l.release), take_part(&r.release)); order != 0)
            return order;
    return before_order(l.before, r.before);
}

}  // namespace hotswap::core
