// See cost_model.hpp. In place every row becomes a new row version: where it does not fit on its page, each index gets an
// entry, at a random place; and every stretch of the heap is vacuumed, which reads all indexes. A rewrite reads the heap
// once and writes heap and indexes once, in order, but needs room for both copies.
// SPDX-License-Identifier: PostgreSQL
#include "core/cost_model.hpp"

#include <algorithm>
#include <cmath>

namespace hotswap::core {

namespace {

constexpr std::int64_t kSmall = 12800;     // blocks below which nobody waits long either way
constexpr double kClearly = 2.0;           // how much cheaper a rewrite must be: it also needs locks, a key and a switch
constexpr double kRoom = 1.5;              // how much of the space it needs must be free
constexpr double kEntriesPerBlock = 50.0;  // random index entries that one written block stands for, thanks to caching

}  // namespace

double cost_in_place(const BackfillCosts &costs)
{
    const auto blocks = static_cast<double>(costs.blocks);
    // Every page holds its old row versions until vacuum; only what a low fillfactor has left free takes new ones in place.
    const double stays = std::clamp((100.0 - costs.fillfactor) / 50.0, 0.0, 1.0);
    const double heap = blocks * (2.0 + (1.0 - stays));
    const double entries = costs.rows * (1.0 - stays) * costs.indexes / kEntriesPerBlock;
    const double vacuums = costs.vacuum_stretch > 0 ? std::ceil(1.0 / costs.vacuum_stretch) : 1.0;
    return heap + entries + vacuums * static_cast<double>(costs.index_blocks);
}

double cost_of_rewrite(const BackfillCosts &costs)
{
    const auto blocks = static_cast<double>(costs.blocks);
    const double growth = costs.rows * costs.added_width / static_cast<double>(costs.block_size);
    // Read, write, read again for the indexes and for the proof; indexes are sorted and written.
    return blocks * 4.0 + growth * 3.0 + static_cast<double>(costs.index_blocks) * 3.0;
}

std::int64_t space_of_rewrite(const BackfillCosts &costs)
{
    return (costs.blocks + costs.index_blocks) * costs.block_size + static_cast<std::int64_t>(costs.rows * costs.added_width);
}

bool prefers_rewrite(const BackfillCosts &costs)
{
    if (costs.blocks < kSmall || costs.rows <= 0 || costs.free_bytes < 0)
        return false;
    if (static_cast<double>(costs.free_bytes) < kRoom * static_cast<double>(space_of_rewrite(costs)))
        return false;
    return cost_in_place(costs) > kClearly * cost_of_rewrite(costs);
}

}  // namespace hotswap::core
