// See row_snapshot.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/row_snapshot.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"

namespace hotswap::core {

namespace {

constexpr std::uint32_t kFirstNormal = 3;

// 64 bits of the server's counter; a row version holds the lower 32.
std::uint32_t number(const std::string &text)
{
    if (text.empty() || text.size() > 19 || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
        throw Error(sqlstate::kInternal, fmt::format("\"{}\" is not a transaction id", text));
    return static_cast<std::uint32_t>(std::stoull(text));
}

// Numbers go round: earlier means by less than half of them.
bool precedes(std::uint32_t left, std::uint32_t right)
{
    return static_cast<std::int32_t>(left - right) < 0;
}

}  // namespace

RowSnapshot::RowSnapshot(const std::string &text)
{
    const std::size_t first = text.find(':'), second = text.find(':', first == std::string::npos ? first : first + 1);
    if (first == std::string::npos || second == std::string::npos)
        throw Error(sqlstate::kInternal, fmt::format("\"{}\" is not a snapshot", text));
    xmin_ = number(text.substr(0, first));
    xmax_ = number(text.substr(first + 1, second - first - 1));
    for (std::size_t at = second + 1; at < text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        running_.push_back(number(text.substr(at, end - at)));
        at = end + 1;
    }
}

bool RowSnapshot::holds(std::uint32_t xmin) const
{
    if (xmin < kFirstNormal || precedes(xmin, xmin_))
        return true;
    if (!precedes(xmin, xmax_))
        return false;
    return std::find(running_.begin(), running_.end(), xmin) == running_.end();
}

}  // namespace hotswap::core
