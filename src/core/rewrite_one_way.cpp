// A rewrite without a way back after its switch: what leads to one, and what people are told. Before the switch it is like any
// other; the switch is its point of no return.
// SPDX-License-Identifier: PostgreSQL
#include <fmt/format.h>

#include "core/rewrite_draft.hpp"

namespace hotswap::core {

void RewriteDraft::lose_way_back(const std::string &reason, const Error &refusal)
{
    if (!planning.options.one_way && !planning.options.one_way_if_needed)
        throw refusal;
    finality.push_back(reason);
}

void warn_of_one_way(const RewriteDraft &draft)
{
    if (draft.is_one_way())
        draft.planning.warn(fmt::format("{}: {}; before the switch it can be taken back as ever", kNoWayBack,
                                        draft.finality.empty() ? "option \"one_way\" asks for none" : comma_list(draft.finality)));
}

}  // namespace hotswap::core
