// See table_copy.hpp.
//
// Which row versions are copied, and why these are enough: row_age.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/table_copy.hpp"

#include <utility>

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"
#include "bridge/row_age.hpp"
#include "bridge/row_conversion.hpp"

extern "C" {
#include "access/hio.h"
#include "executor/tuptable.h"
}

namespace hotswap::bridge {

namespace {

constexpr int kBatchRows = 1000;          // as COPY does
constexpr Size kBatchBytes = 1024 * 1024;
constexpr int kMostUnsure = 100000;

}  // namespace

struct TableCopy::State {
    Relation table, twin;
    Beginning beginning;
    TableScanDesc scan;
    Snapshot snapshot;
    TupleTableSlot *slot;              // of the table
    TupleTableSlot **batch;            // of the twin
    TupleDesc batch_shape;             // of its own: the relation's is counted, by whatever (sub)transaction uses it first
    int batch_count;
    Size batch_bytes;
    MemoryContext memory, batch_memory;
    BulkInsertState bulk;
    RowConversion *conversion;
    EState *estate;                    // for the checks
    ResultRelInfo *target;
    bool verbatim, checks;
    BlockNumber first_block, last_block;   // written to
    ItemPointerData *tids;             // instead of a scan
    bool whatever_age;
    int tid_count, next_tid;
    ItemPointerData *unsure;
    int unsure_count;
    std::int64_t seen, copied;
};

namespace {

template <class S> void open(S *s, Oid table, Oid twin, const CConversionColumn *columns, int count)
{
    s->memory = CurrentMemoryContext;
    s->table = ::table_open(table, AccessShareLock);
    s->twin = ::table_open(twin, RowExclusiveLock);
    s->snapshot = ::RegisterSnapshot(::GetLatestSnapshot());
    ::PushActiveSnapshot(s->snapshot);
    s->slot = ::table_slot_create(s->table, nullptr);
    s->batch = static_cast<TupleTableSlot **>(::palloc0(sizeof(TupleTableSlot *) * kBatchRows));
    s->batch_shape = ::CreateTupleDescCopy(RelationGetDescr(s->twin));
    s->batch_memory = AllocSetContextCreate(CurrentMemoryContext, "hotswap batch", ALLOCSET_DEFAULT_SIZES);
    s->bulk = ::GetBulkInsertState();
    s->estate = ::CreateExecutorState();
    s->unsure = static_cast<ItemPointerData *>(::MemoryContextAllocExtended(s->memory, sizeof(ItemPointerData) * kMostUnsure, MCXT_ALLOC_HUGE));

    auto *entry = makeNode(RangeTblEntry);
    entry->rtekind = RTE_RELATION;
    entry->relid = twin;
    entry->relkind = RELKIND_RELATION;
    entry->rellockmode = RowExclusiveLock;
    compat_init_range_table(s->estate, entry);
    s->target = makeNode(ResultRelInfo);
    ::InitResultRelInfo(s->target, s->twin, 1, nullptr, 0);

    s->conversion = open_conversion(s->table, s->twin, columns, count, false);
    s->first_block = InvalidBlockNumber;
    s->verbatim = count == 0 && !s->conversion->dropped && RelationGetDescr(s->twin)->natts == RelationGetDescr(s->table)->natts;
    s->checks = RelationGetDescr(s->twin)->constr != nullptr;
}

// The next row of the scan or of the list, of whatever age.
template <class S> bool fetch_any(S *s)
{
    if (s->scan != nullptr) {
        if (!::table_scan_getnextslot_tidrange(s->scan, ForwardScanDirection, s->slot))
            return false;
        ++s->seen;
        return true;
    }
    while (s->next_tid < s->tid_count)
        if (::table_tuple_fetch_row_version(s->table, &s->tids[s->next_tid++], s->snapshot, s->slot)) {
            ++s->seen;
            return true;
        }
    return false;
}

// The next row to be copied is in the slot; false at the end.
template <class S> bool fetch(S *s)
{
    for (;;) {
        CHECK_FOR_INTERRUPTS();
        if (!fetch_any(s))
            return false;
        if (s->whatever_age)
            return true;
        bool should_free;
        HeapTuple tuple = ::ExecFetchSlotHeapTuple(s->slot, false, &should_free);
        switch (age_of(s->beginning, tuple->t_data)) {
        case Age::before:
            return true;
        case Age::after:
            break;
        case Age::unsure:
            if (s->unsure_count == kMostUnsure)
                ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE), errmsg("too many rows of uncertain age in one chunk")));
            s->unsure[s->unsure_count++] = s->slot->tts_tid;
            break;
        }
    }
}

template <class S> void write_batch(S *s)
{
    if (s->batch_count > 0) {
        MemoryContext saved = ::MemoryContextSwitchTo(s->batch_memory);
        ::table_multi_insert(s->twin, s->batch, s->batch_count, ::GetCurrentCommandId(true), TABLE_INSERT_SKIP_FSM, s->bulk);
        ::MemoryContextSwitchTo(saved);
        for (int i = 0; i < s->batch_count; ++i) {
            const BlockNumber block = ItemPointerGetBlockNumber(&s->batch[i]->tts_tid);
            if (s->first_block == InvalidBlockNumber || block < s->first_block)
                s->first_block = block;
            s->last_block = Max(s->last_block, block);
            ::ExecClearTuple(s->batch[i]);
        }
        s->copied += s->batch_count;
    }
    s->batch_count = 0;
    s->batch_bytes = 0;
    ::MemoryContextReset(s->batch_memory);
}

template <class S> HeapTuple converted(S *s)
{
    bool should_free;
    if (s->verbatim) {
        HeapTuple tuple = ::ExecFetchSlotHeapTuple(s->slot, false, &should_free);
        // A row written before the last columns were added has fewer of them: it is made whole.
        if (HeapTupleHeaderGetNatts(tuple->t_data) == RelationGetDescr(s->twin)->natts) {
            MemoryContext saved = ::MemoryContextSwitchTo(s->batch_memory);
            HeapTuple copy = ::heap_copytuple(tuple);
            ::MemoryContextSwitchTo(saved);
            return copy;
        }
    }
    convert_row(s->conversion, s->slot);
    MemoryContext saved = ::MemoryContextSwitchTo(s->batch_memory);
    HeapTuple tuple = ::heap_form_tuple(RelationGetDescr(s->twin), s->conversion->values, s->conversion->nulls);
    ::MemoryContextSwitchTo(saved);
    return tuple;
}

template <class S> void keep(S *s)
{
    HeapTuple tuple = converted(s);
    if (s->batch[s->batch_count] == nullptr) {
        MemoryContext saved = ::MemoryContextSwitchTo(s->memory);
        s->batch[s->batch_count] = ::MakeSingleTupleTableSlot(s->batch_shape, &TTSOpsHeapTuple);
        ::MemoryContextSwitchTo(saved);
    }
    TupleTableSlot *slot = s->batch[s->batch_count];
    ::ExecStoreHeapTuple(tuple, slot, false);
    slot->tts_tableOid = RelationGetRelid(s->twin);
    if (s->checks) {
        ::ExecConstraints(s->target, slot, s->estate);
        ResetPerTupleExprContext(s->estate);
    }
    ++s->batch_count;
    s->batch_bytes += tuple->t_len;
}

}  // namespace

TableCopy::TableCopy(unsigned table, unsigned twin, const std::vector<CopyColumn> &columns, const std::string &began_at)
{
    const BeginningText beginning = parse_beginning(began_at);
    std::vector<CConversionColumn> list_of_columns;
    for (const CopyColumn &column : columns)
        list_of_columns.push_back({column.name.c_str(), column.up.c_str()});
    const CConversionColumn *c = list_of_columns.data();
    const int count = static_cast<int>(list_of_columns.size());
    const BeginningText *from = &beginning;
    state_ = guarded([=] {
        auto *s = static_cast<TableCopy::State *>(::palloc0(sizeof(TableCopy::State)));
        s->beginning = keep_beginning(from->xmin, from->xmax, from->running.data(), static_cast<int>(from->running.size()), from->overflowed);
        open(s, table, twin, c, count);
        return s;
    });
}

void TableCopy::scan(std::int64_t block_from, std::int64_t block_to)
{
    auto *s = state_;
    guarded([=] {
        ItemPointerData low, high;
        ItemPointerSet(&low, static_cast<BlockNumber>(block_from), 0);
        ItemPointerSet(&high, static_cast<BlockNumber>(block_to - 1), MaxOffsetNumber);
        s->scan = ::table_beginscan_tidrange(s->table, s->snapshot, &low, &high);
    });
}

void TableCopy::fetch_in_order(const std::vector<std::string> &tids)
{
    fetch_listed(tids, false);
}

void TableCopy::fetch_whatever_age(const std::vector<std::string> &tids)
{
    unsure_.clear();
    fetch_listed(tids, true);
}

void TableCopy::fetch_listed(const std::vector<std::string> &tids, bool whatever_age)
{
    auto *s = state_;
    std::vector<std::pair<unsigned, unsigned>> places;
    for (const std::string &text : tids)
        places.emplace_back(static_cast<unsigned>(std::stoul(text.substr(1))), static_cast<unsigned>(std::stoul(text.substr(text.find(',') + 1))));
    const std::pair<unsigned, unsigned> *list = places.data();
    const int count = static_cast<int>(places.size());
    guarded([=] {
        if (s->scan != nullptr)
            ::table_endscan(s->scan);
        s->scan = nullptr;
        s->tids = static_cast<ItemPointerData *>(
            ::MemoryContextAllocHuge(s->memory, sizeof(ItemPointerData) * static_cast<Size>(count + 1)));
        for (int i = 0; i < count; ++i)
            ItemPointerSet(&s->tids[i], list[i].first, static_cast<OffsetNumber>(list[i].second));
        s->tid_count = count;
        s->next_tid = 0;
        s->whatever_age = whatever_age;
    });
}

void TableCopy::copy_all()
{
    auto *s = state_;
    guarded([s] {
        while (fetch(s)) {
            keep(s);
            if (s->batch_count == kBatchRows || s->batch_bytes >= kBatchBytes)
                write_batch(s);
        }
        write_batch(s);
    });
    take_unsure();
}

bool TableCopy::next()
{
    auto *s = state_;
    const bool found = guarded([s] { return fetch(s); });
    if (!found)
        take_unsure();
    return found;
}

void TableCopy::convert()
{
    auto *s = state_;
    guarded([s] { keep(s); });
}

void TableCopy::flush()
{
    auto *s = state_;
    guarded([s] { write_batch(s); });
}

void TableCopy::take_unsure()
{
    for (int i = 0; i < state_->unsure_count; ++i)
        unsure_.push_back("(" + std::to_string(ItemPointerGetBlockNumberNoCheck(&state_->unsure[i])) + "," +
                          std::to_string(ItemPointerGetOffsetNumberNoCheck(&state_->unsure[i])) + ")");
    state_->unsure_count = 0;
}

std::string TableCopy::tid() const
{
    const ItemPointerData tid = state_->slot->tts_tid;
    return "(" + std::to_string(ItemPointerGetBlockNumberNoCheck(&tid)) + "," + std::to_string(ItemPointerGetOffsetNumberNoCheck(&tid)) + ")";
}

std::int64_t TableCopy::seen() const
{
    return state_->seen;
}

WrittenBlocks TableCopy::written() const
{
    if (state_->first_block == InvalidBlockNumber)
        return {};
    return {state_->first_block, static_cast<std::int64_t>(state_->last_block) + 1};
}

std::int64_t TableCopy::copied() const
{
    return state_->copied;
}

void TableCopy::close()
{
    auto *s = state_;
    guarded([s] {
        if (s->scan != nullptr)
            ::table_endscan(s->scan);
        ::FreeBulkInsertState(s->bulk);
        ::table_finish_bulk_insert(s->twin, TABLE_INSERT_SKIP_FSM);
        ::ExecDropSingleTupleTableSlot(s->slot);
        for (int i = 0; i < kBatchRows; ++i)
            if (s->batch[i] != nullptr)
                ::ExecDropSingleTupleTableSlot(s->batch[i]);
        close_conversion(s->conversion);
        ::FreeExecutorState(s->estate);
        ::PopActiveSnapshot();
        ::UnregisterSnapshot(s->snapshot);
        // Locks stay until the end of the transaction.
        ::table_close(s->table, NoLock);
        ::table_close(s->twin, NoLock);
        ::MemoryContextDelete(s->batch_memory);
    });
}

}  // namespace hotswap::bridge
