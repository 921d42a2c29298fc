// See heap_chunk.hpp.
//
// Why this is safe beside a running application. The trigger is committed before the first chunk, and every transaction
// that wrote to the table without it had ended by then (adding it took a lock that conflicts with writers). So:
//  - a row version written since is right already, wherever it is: ranges fixed at the start are enough;
//  - heap_update is asked not to wait. A row somebody else is changing or has locked comes back as "being modified" and is
//    revisited; one changed since our snapshot comes back as "updated" and its new version went through the trigger.
// The update is the ordinary one of the server (WAL, HOT, TOAST, index entries), only without executor and triggers.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/heap_chunk.hpp"

#include <new>

#include "core/error.hpp"

#include "bridge/compat.hpp"
#include "bridge/compiled_table.hpp"
#include "bridge/guard.hpp"

extern "C" {
#include "parser/parsetree.h"
}

namespace hotswap::bridge {

struct HeapChunk::State {
    Relation relation;
    CompiledTable *table;
    TableScanDesc scan;
    TupleTableSlot *slot;         // of the scan
    TupleTableSlot *fresh;        // the new version
    TupleTableSlot *held;         // a row locked before it is updated
    EState *estate;
    ResultRelInfo *target;
    Snapshot snapshot;
    MemoryContext row_memory;     // reset for every row
    MemoryContext caller_memory;
    HeapTuple found;
    bool fresh_ready;
};

std::int64_t relation_blocks(unsigned relation)
{
    return guarded([relation] {
        Relation opened = ::relation_open(relation, AccessShareLock);
        const BlockNumber blocks = ::RelationGetNumberOfBlocks(opened);
        ::relation_close(opened, AccessShareLock);
        return static_cast<std::int64_t>(blocks);
    });
}

HeapChunk::HeapChunk(unsigned relation, std::int64_t block_from, std::int64_t block_to)
{
    state_ = guarded([relation, block_from, block_to] {
        auto *s = static_cast<State *>(::palloc0(sizeof(State)));
        s->caller_memory = CurrentMemoryContext;
        s->relation = ::table_open(relation, RowExclusiveLock);
        s->table = acquire_compiled(s->relation);
        if (s->table == nullptr)
            ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                            errmsg("the dual-write trigger of table \"%s\" is gone", RelationGetRelationName(s->relation)),
                            errhint("Type hotswap.rollback to take the migration back.")));
        s->snapshot = ::RegisterSnapshot(::GetLatestSnapshot());
        ::PushActiveSnapshot(s->snapshot);

        s->estate = ::CreateExecutorState();
        auto *entry = makeNode(RangeTblEntry);
        entry->rtekind = RTE_RELATION;
        entry->relid = relation;
        entry->relkind = s->relation->rd_rel->relkind;
        entry->rellockmode = RowExclusiveLock;
        compat_init_range_table(s->estate, entry);
        s->estate->es_output_cid = ::GetCurrentCommandId(true);
        s->target = makeNode(ResultRelInfo);
        ::InitResultRelInfo(s->target, s->relation, 1, nullptr, 0);
        ::ExecOpenIndices(s->target, false);

        s->slot = ::table_slot_create(s->relation, nullptr);
        s->held = ::table_slot_create(s->relation, nullptr);
        s->fresh = ::MakeSingleTupleTableSlot(RelationGetDescr(s->relation), &TTSOpsHeapTuple);
        s->row_memory = AllocSetContextCreate(CurrentMemoryContext, "hotswap row", ALLOCSET_DEFAULT_SIZES);
        ItemPointerData low, high;
        ItemPointerSet(&low, static_cast<BlockNumber>(block_from), 0);
        ItemPointerSet(&high, static_cast<BlockNumber>(block_to - 1), MaxOffsetNumber);
        s->scan = ::table_beginscan_tidrange(s->relation, s->snapshot, &low, &high);
        return s;
    });
}

bool HeapChunk::next()
{
    State *s = state_;
    const bool found = guarded([s] {
        CHECK_FOR_INTERRUPTS();
        // Everything that is made for one row goes into row_memory, until the next one.
        ::MemoryContextSwitchTo(s->caller_memory);
        ::MemoryContextReset(s->row_memory);
        s->fresh_ready = false;
        if (!::table_scan_getnextslot_tidrange(s->scan, ForwardScanDirection, s->slot))
            return false;
        ::MemoryContextSwitchTo(s->row_memory);
        bool should_free;
        s->found = ::ExecFetchSlotHeapTuple(s->slot, false, &should_free);
        return true;
    });
    if (!found)
        return false;
    // DualWriteRow has nothing to destroy but its use count, which close() lowers once for the whole chunk.
    new (row_) DualWriteRow(s->table, s->found);
    release_compiled(s->table);
    return true;
}

DualWriteRow &HeapChunk::row()
{
    return *std::launder(reinterpret_cast<DualWriteRow *>(row_));
}

namespace {
void prepare(Relation relation, TupleTableSlot *fresh, HeapTuple tuple)
{
    ::ExecClearTuple(fresh);
    ::ExecStoreHeapTuple(tuple, fresh, false);
    fresh->tts_tableOid = RelationGetRelid(relation);
}
}  // namespace

void HeapChunk::check_constraints()
{
    State *s = state_;
    auto *tuple = static_cast<HeapTuple>(row().new_tuple_);
    guarded([s, tuple] {
        MemoryContext saved = ::MemoryContextSwitchTo(s->row_memory);
        prepare(s->relation, s->fresh, tuple);
        s->fresh_ready = true;
        if (s->relation->rd_att->constr != nullptr)
            ::ExecConstraints(s->target, s->fresh, s->estate);
        ResetPerTupleExprContext(s->estate);
        ::MemoryContextSwitchTo(saved);
    });
}

UpdateOutcome HeapChunk::update()
{
    State *s = state_;
    auto *tuple = static_cast<HeapTuple>(row().new_tuple_);
    return guarded([s, tuple] {
        MemoryContext saved = ::MemoryContextSwitchTo(s->row_memory);
        if (!s->fresh_ready)
            prepare(s->relation, s->fresh, tuple);
        ItemPointerData tid = s->slot->tts_tid;
        TM_FailureData failure;
        bool indexes = false, summarizing = false;
        TM_Result result = compat_tuple_update(s->relation, &tid, s->fresh, s->estate->es_output_cid, s->snapshot, false, &failure,
                                               &indexes, &summarizing);
        if (result == TM_BeingModified) {
            // Asked not to wait, heap_update does not look how the row is held. A foreign key's check of the parent row (KEY SHARE)
            // is no obstacle to an update that changes no key: take the lock if it is to be had at once, then nothing is waited for.
            result = ::table_tuple_lock(s->relation, &tid, s->snapshot, s->held, s->estate->es_output_cid, LockTupleNoKeyExclusive,
                                        LockWaitSkip, 0, &failure);
            ::ExecClearTuple(s->held);
            if (result == TM_Ok)
                result = compat_tuple_update(s->relation, &tid, s->fresh, s->estate->es_output_cid, s->snapshot, true, &failure,
                                             &indexes, &summarizing);
        }
        UpdateOutcome outcome = UpdateOutcome::gone;
        switch (result) {
        case TM_Ok:
            if (indexes && s->target->ri_NumIndices > 0)
                compat_insert_index_tuples(s->target, s->fresh, s->estate, summarizing);
            ResetPerTupleExprContext(s->estate);
            outcome = UpdateOutcome::updated;
            break;
        case TM_BeingModified:
        case TM_WouldBlock:
            outcome = UpdateOutcome::locked;
            break;
        case TM_Updated:
        case TM_Deleted:
            outcome = UpdateOutcome::gone;
            break;
        default:
            elog(ERROR, "unexpected result %d of a row update", static_cast<int>(result));
        }
        ::MemoryContextSwitchTo(saved);
        return outcome;
    });
}

std::string HeapChunk::tid() const
{
    const ItemPointerData tid = state_->slot->tts_tid;
    return "(" + std::to_string(ItemPointerGetBlockNumberNoCheck(&tid)) + "," + std::to_string(ItemPointerGetOffsetNumberNoCheck(&tid)) +
           ")";
}

void HeapChunk::close()
{
    State *s = state_;
    guarded([s] {
        ::MemoryContextSwitchTo(s->caller_memory);
        ::table_endscan(s->scan);
        ::ExecDropSingleTupleTableSlot(s->slot);
        ::ExecDropSingleTupleTableSlot(s->fresh);
        ::ExecDropSingleTupleTableSlot(s->held);
        ::ExecCloseIndices(s->target);
        ::FreeExecutorState(s->estate);
        ::PopActiveSnapshot();
        ::UnregisterSnapshot(s->snapshot);
        release_compiled(s->table);
        // The lock stays until the end of the transaction.
        ::table_close(s->relation, NoLock);
        ::MemoryContextDelete(s->row_memory);
    });
}

}  // namespace hotswap::bridge
