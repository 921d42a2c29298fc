// See table_digest.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/table_digest.hpp"

#include <algorithm>

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"
#include "bridge/row_age.hpp"
#include "bridge/row_conversion.hpp"

namespace hotswap::bridge {

namespace {

// Grows in the server's memory, because a C++ container must not be touched where the server may raise.
struct Places {
    ItemPointerData *items;
    int count, room;

    void add(const ItemPointerData &place)
    {
        if (count == room) {
            room = room == 0 ? 1024 : room * 2;
            const Size bytes = sizeof(ItemPointerData) * static_cast<Size>(room);
            items = static_cast<ItemPointerData *>(items == nullptr ? ::MemoryContextAllocHuge(CurrentMemoryContext, bytes) : ::repalloc_huge(items, bytes));
        }
        items[count++] = place;
    }
};

struct Sum {
    std::uint64_t sum;
    std::int64_t rows;
    bool sure;
    Places others;
};

struct Excluded {
    const std::uint64_t *images;   // sorted
    Size count;

    bool has(std::uint64_t image) const
    {
        Size low = 0, high = count;
        while (low < high) {
            const Size middle = (low + high) / 2;
            if (images[middle] < image)
                low = middle + 1;
            else
                high = middle;
        }
        return low < count && images[low] == image;
    }
};

struct Scan {
    Relation relation;
    TableScanDesc scan;
    TupleTableSlot *slot;

    static Scan begin(Relation relation, std::int64_t from, std::int64_t to)
    {
        ItemPointerData low, high;
        ItemPointerSet(&low, static_cast<BlockNumber>(from), 0);
        ItemPointerSet(&high, static_cast<BlockNumber>(to - 1), MaxOffsetNumber);
        return {relation, ::table_beginscan_tidrange(relation, ::GetActiveSnapshot(), &low, &high), ::table_slot_create(relation, nullptr)};
    }
    HeapTuple next() const
    {
        CHECK_FOR_INTERRUPTS();
        if (!::table_scan_getnextslot_tidrange(scan, ForwardScanDirection, slot))
            return nullptr;
        bool should_free;
        return ::ExecFetchSlotHeapTuple(slot, false, &should_free);
    }
    void end() const
    {
        ::table_endscan(scan);
        ::ExecDropSingleTupleTableSlot(slot);
    }
};

bool writer(const std::uint32_t *writers, Size count, HeapTuple tuple)
{
    const std::uint32_t xmin = HeapTupleHeaderGetRawXmin(tuple->t_data);
    Size low = 0, high = count;
    while (low < high) {
        const Size middle = (low + high) / 2;
        if (writers[middle] < xmin)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && writers[low] == xmin;
}

// Which columns count: all but the unstable ones, and those of the key.
struct Flags {
    bool *all, *key;
};

Flags flags_of(TupleDesc shape, const char *const *unstable, int unstable_count, const CConversionColumn *key, int key_count)
{
    Flags flags = {static_cast<bool *>(::palloc0(static_cast<Size>(shape->natts))), static_cast<bool *>(::palloc0(static_cast<Size>(shape->natts)))};
    for (int i = 0; i < shape->natts; ++i) {
        const Form_pg_attribute a = TupleDescAttr(shape, i);
        flags.all[i] = !a->attisdropped;
        for (int u = 0; u < unstable_count; ++u)
            if (strcmp(unstable[u], NameStr(a->attname)) == 0)
                flags.all[i] = false;
        for (int k = 0; k < key_count; ++k)
            if (!a->attisdropped && strcmp(key[k].name, NameStr(a->attname)) == 0)
                flags.key[i] = true;
    }
    return flags;
}

struct CColumns {
    const CConversionColumn *computed, *key;
    const char *const *unstable;
    int computed_count, key_count, unstable_count;
};

// Keeps the texts alive for as long as the plain pointers are used.
struct PlainColumns {
    std::vector<CConversionColumn> computed, key;
    std::vector<const char *> unstable;
    CColumns c;

    explicit PlainColumns(const DigestColumns &columns)
    {
        for (const CopyColumn &column : columns.computed)
            computed.push_back({column.name.c_str(), column.up.c_str()});
        for (const CopyColumn &column : columns.key)
            key.push_back({column.name.c_str(), column.up.c_str()});
        for (const std::string &name : columns.unstable)
            unstable.push_back(name.c_str());
        c = {computed.data(), key.data(), unstable.data(), static_cast<int>(computed.size()), static_cast<int>(key.size()),
             static_cast<int>(unstable.size())};
    }
    PlainColumns(const PlainColumns &) = delete;
    PlainColumns &operator=(const PlainColumns &) = delete;
};

void add_row(Sum *sum, TupleDesc shape, const Flags &flags, const Datum *values, const bool *nulls, const Excluded &without, MemoryContext scratch)
{
    MemoryContext saved = ::MemoryContextSwitchTo(scratch);
    if (without.count == 0 || !without.has(row_image(shape, flags.key, values, nulls))) {
        sum->sum += row_image(shape, flags.all, values, nulls);
        ++sum->rows;
    }
    ::MemoryContextSwitchTo(saved);
}

std::vector<std::string> texts(const Places &places)
{
    std::vector<std::string> result;
    for (int i = 0; i < places.count; ++i)
        result.push_back("(" + std::to_string(ItemPointerGetBlockNumberNoCheck(&places.items[i])) + "," +
                         std::to_string(ItemPointerGetOffsetNumberNoCheck(&places.items[i])) + ")");
    return result;
}

Digest digest_of(const Sum &sum)
{
    return {sum.sum, sum.rows, sum.sure, texts(sum.others)};
}

}  // namespace

void Digest::add(const Digest &more)
{
    sum += more.sum;
    rows += more.rows;
    sure = sure && more.sure;
    others.insert(others.end(), more.others.begin(), more.others.end());
}

std::vector<std::uint64_t> logged_keys(unsigned log, unsigned twin, const DigestColumns &columns)
{
    const PlainColumns plain(columns);
    const CColumns *c = &plain.c;
    struct Images {
        std::uint64_t *items;
        Size count;
    };
    const Images images = guarded([=] {
        Relation from = ::table_open(log, AccessShareLock), to = ::table_open(twin, AccessShareLock);
        RowConversion *conversion = open_conversion(from, to, c->key, c->key_count, true);
        const Flags flags = flags_of(RelationGetDescr(to), nullptr, 0, c->key, c->key_count);
        const BlockNumber blocks = ::RelationGetNumberOfBlocks(from);
        Images result = {nullptr, 0};
        Size room = 0;
        const Scan scan = Scan::begin(from, 0, Max(blocks, 1));
        while (scan.next() != nullptr) {
            convert_row(conversion, scan.slot);
            if (result.count == room) {
                room = room == 0 ? 1024 : room * 2;
                const Size bytes = room * sizeof(std::uint64_t);
                result.items = static_cast<std::uint64_t *>(result.items == nullptr ? ::MemoryContextAllocHuge(CurrentMemoryContext, bytes)
                                                                                    : ::repalloc_huge(result.items, bytes));
            }
            MemoryContext saved = ::MemoryContextSwitchTo(conversion->context->ecxt_per_tuple_memory);
            const std::uint64_t image = row_image(RelationGetDescr(to), flags.key, conversion->values, conversion->nulls);
            ::MemoryContextSwitchTo(saved);
            result.items[result.count++] = image;
        }
        scan.end();
        close_conversion(conversion);
        ::table_close(from, NoLock);
        ::table_close(to, NoLock);
        return result;
    });
    std::vector<std::uint64_t> result(images.items, images.items + images.count);
    std::sort(result.begin(), result.end());
    return result;
}

Digest digest_table(unsigned table, unsigned twin, const DigestColumns &columns, const std::string &began_at,
                    const std::vector<std::uint64_t> &without, std::int64_t block_from, std::int64_t block_to)
{
    const BeginningText beginning = parse_beginning(began_at);
    const BeginningText *from_text = &beginning;
    const PlainColumns plain(columns);
    const CColumns *c = &plain.c;
    const Excluded excluded = {without.data(), without.size()};
    return digest_of(guarded([=] {
        Sum sum = {0, 0, true, {nullptr, 0, 0}};
        const Beginning began = keep_beginning(from_text->xmin, from_text->xmax, from_text->running.data(),
                                               static_cast<int>(from_text->running.size()), from_text->overflowed);
        Relation from = ::table_open(table, AccessShareLock), to = ::table_open(twin, AccessShareLock);
        RowConversion *conversion = open_conversion(from, to, c->computed, c->computed_count, false);
        const Flags flags = flags_of(RelationGetDescr(to), c->unstable, c->unstable_count, c->key, c->key_count);
        const Scan scan = Scan::begin(from, block_from, block_to);
        while (HeapTuple tuple = scan.next()) {
            switch (age_of(began, tuple->t_data)) {
            case Age::before:
                convert_row(conversion, scan.slot);
                add_row(&sum, RelationGetDescr(to), flags, conversion->values, conversion->nulls, excluded,
                        conversion->context->ecxt_per_tuple_memory);
                break;
            case Age::after:
                sum.others.add(scan.slot->tts_tid);
                break;
            case Age::unsure:
                sum.sure = false;
                break;
            }
        }
        scan.end();
        close_conversion(conversion);
        ::table_close(from, NoLock);
        ::table_close(to, NoLock);
        return sum;
    }));
}

Digest digest_twin(unsigned twin, const DigestColumns &columns, std::vector<std::uint32_t> writers, const std::vector<std::uint64_t> &without,
                   std::int64_t block_from, std::int64_t block_to)
{
    std::sort(writers.begin(), writers.end());
    const PlainColumns plain(columns);
    const CColumns *c = &plain.c;
    const Excluded excluded = {without.data(), without.size()};
    const std::uint32_t *xids = writers.data();
    const Size xid_count = writers.size();
    return digest_of(guarded([=] {
        Sum sum = {0, 0, true, {nullptr, 0, 0}};
        Relation relation = ::table_open(twin, AccessShareLock);
        const Flags flags = flags_of(RelationGetDescr(relation), c->unstable, c->unstable_count, c->key, c->key_count);
        MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "hotswap digest", ALLOCSET_DEFAULT_SIZES);
        const Scan scan = Scan::begin(relation, block_from, block_to);
        while (HeapTuple tuple = scan.next()) {
            if (!writer(xids, xid_count, tuple))
                continue;
            slot_getallattrs(scan.slot);
            add_row(&sum, RelationGetDescr(relation), flags, scan.slot->tts_values, scan.slot->tts_isnull, excluded, scratch);
            ::MemoryContextReset(scratch);
        }
        scan.end();
        ::table_close(relation, NoLock);
        return sum;
    }));
}

std::vector<std::string> written_by_others(unsigned twin, std::vector<std::uint32_t> writers, std::int64_t block_from, std::int64_t block_to)
{
    std::sort(writers.begin(), writers.end());
    const std::uint32_t *xids = writers.data();
    const Size xid_count = writers.size();
    return texts(guarded([=] {
        Places places = {nullptr, 0, 0};
        Relation relation = ::table_open(twin, AccessShareLock);
        const Scan scan = Scan::begin(relation, block_from, block_to);
        while (HeapTuple tuple = scan.next())
            if (!writer(xids, xid_count, tuple))
                places.add(scan.slot->tts_tid);
        scan.end();
        ::table_close(relation, NoLock);
        return places;
    }));
}

}  // namespace hotswap::bridge
