// See scan_sample.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/scan_sample.hpp"

#include <utility>

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"
#include "bridge/session.hpp"

extern "C" {
#include "access/tableam.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
}

namespace hotswap::bridge {

namespace {

constexpr BlockNumber kLeastBlocks = 32, kMostBlocks = 256;
constexpr double kMostMs = 1.6;   // of a stretch

// Reads as a scan does that looks at every column. Returns bytes a second.
double read_stretch(Relation relation, BlockNumber blocks, BlockNumber at)
{
    const BlockNumber wanted = Min(blocks, kMostBlocks);
    const BlockNumber first = at % (blocks - wanted + 1);
    ItemPointerData from, to;
    ItemPointerSet(&from, first, FirstOffsetNumber);
    ItemPointerSet(&to, first + wanted - 1, MaxOffsetNumber);
    TupleTableSlot *slot = ::table_slot_create(relation, nullptr);
    const double began = now_ms();
    TableScanDesc scan = ::table_beginscan_tidrange(relation, ::GetTransactionSnapshot(), &from, &to);
    BlockNumber last = first;
    bool late = false;
    while (!late && ::table_scan_getnextslot_tidrange(scan, ForwardScanDirection, slot)) {
        slot_getallattrs(slot);
        const BlockNumber block = ItemPointerGetBlockNumber(&slot->tts_tid);
        late = block != last && now_ms() - began > kMostMs;
        last = block;
    }
    ::table_endscan(scan);
    const double took = now_ms() - began;
    ::ExecDropSingleTupleTableSlot(slot);
    const double read = static_cast<double>((late ? last - first : wanted)) * BLCKSZ;
    return took > 0 ? 1000 * read / took : 0;
}

// The middle one of three stretches: one may meet an empty cache, or lose the processor. 0: cannot be told.
double read_some(Relation relation)
{
    const BlockNumber blocks = RelationGetNumberOfBlocks(relation);
    if (blocks < kLeastBlocks || relation->rd_tableam != ::GetHeapamTableAmRoutine() || RelationGetDescr(relation)->natts == 0)
        return 0;
    const auto anywhere = static_cast<BlockNumber>(::GetCurrentTimestamp() & 0x7fffffff);
    double a = read_stretch(relation, blocks, anywhere), b = read_stretch(relation, blocks, anywhere + blocks / 3);
    const double c = read_stretch(relation, blocks, anywhere + 2 * (blocks / 3));
    if (a > b)
        std::swap(a, b);
    return c < a ? a : Min(b, c);
}

}  // namespace

std::optional<double> sampled_scan_rate(unsigned relation)
{
    const double rate = guarded([relation]() -> double {
        if (!::ConditionalLockRelationOid(relation, AccessShareLock))
            return 0;
        double bytes = 0;
        Relation opened = ::try_relation_open(relation, NoLock);
        if (opened != nullptr) {
            if (opened->rd_rel->relkind == RELKIND_RELATION || opened->rd_rel->relkind == RELKIND_MATVIEW)
                bytes = read_some(opened);
            ::relation_close(opened, NoLock);
        }
        ::UnlockRelationOid(relation, AccessShareLock);
        return bytes;
    });
    return rate > 0 ? std::optional<double>(rate) : std::nullopt;
}

}  // namespace hotswap::bridge
