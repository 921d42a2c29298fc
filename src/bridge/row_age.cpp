// See row_age.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/row_age.hpp"

#include <algorithm>
#include <cctype>

#include "core/error.hpp"

extern "C" {
#include "access/transam.h"
}

namespace hotswap::bridge {

namespace {

int by_xid(const void *left, const void *right)
{
    const TransactionId a = *static_cast<const TransactionId *>(left), b = *static_cast<const TransactionId *>(right);
    return a < b ? -1 : (a > b ? 1 : 0);
}

TransactionId number(const std::string &text)
{
    if (text.empty() || text.size() > 10 || !std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; }))
        throw core::Error(core::sqlstate::kInternal, "\"" + text + "\" is not a transaction id");
    return static_cast<TransactionId>(std::stoull(text));
}

}  // namespace

Age age_of(const Beginning &beginning, HeapTupleHeader row)
{
    const TransactionId xmin = HeapTupleHeaderGetRawXmin(row);
    if (!TransactionIdIsNormal(xmin) || ::TransactionIdPrecedes(xmin, beginning.xmin))
        return Age::before;
    if (HeapTupleHeaderXminFrozen(row))
        return ::TransactionIdPrecedes(xmin, XidFromFullTransactionId(::ReadNextFullTransactionId())) ? Age::unsure : Age::before;
    if (::TransactionIdFollowsOrEquals(xmin, beginning.xmax))
        return Age::after;
    if (bsearch(&xmin, beginning.running, static_cast<Size>(beginning.running_count), sizeof(TransactionId), by_xid) != nullptr)
        return Age::after;
    return beginning.overflowed ? Age::unsure : Age::before;
}

Beginning keep_beginning(TransactionId xmin, TransactionId xmax, const TransactionId *running, int count, bool overflowed)
{
    const Size bytes = sizeof(TransactionId) * static_cast<Size>(count);
    auto *copy = static_cast<TransactionId *>(::palloc(bytes + sizeof(TransactionId)));
    if (count > 0)
        memcpy(copy, running, bytes);
    return {xmin, xmax, copy, count, overflowed};
}

BeginningText parse_beginning(const std::string &text)
{
    const std::size_t first = text.find(':'), second = text.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos)
        throw core::Error(core::sqlstate::kInternal, "\"" + text + "\" is not a snapshot");
    BeginningText result;
    result.xmin = number(text.substr(0, first));
    result.xmax = number(text.substr(first + 1, second - first - 1));
    std::string list = text.substr(second + 1);
    result.overflowed = !list.empty() && list.back() == '+';
    if (result.overflowed)
        list.pop_back();
    for (std::size_t at = 0; at < list.size();) {
        const std::size_t end = std::min(list.find(',', at), list.size());
        result.running.push_back(number(list.substr(at, end - at)));
        at = end + 1;
    }
    std::sort(result.running.begin(), result.running.end());
    return result;
}

}  // namespace hotswap::bridge
