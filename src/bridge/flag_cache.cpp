// See flag_cache.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/flag_cache.hpp"

#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "core/error.hpp"

#include "bridge/flag_table.hpp"
#include "bridge/guard.hpp"

extern "C" {
#include "utils/inval.h"
}

namespace hotswap::bridge {

namespace {

struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const noexcept { return std::hash<std::string_view>()(name); }
};

// A snapshot as far as it says what is visible.
struct Mark {
    TransactionId xmin = InvalidTransactionId, xmax = InvalidTransactionId;   // of no snapshot
    uint32 xcnt = 0;
    int32 subxcnt = 0;
    CommandId curcid = 0;

    static Mark of(const SnapshotData *s) { return {s->xmin, s->xmax, s->xcnt, s->subxcnt, s->curcid}; }
    // For one xmax the running transactions only get fewer, so equal counts mean the same ones.
    bool sees_the_same(const Mark &other) const
    {
        return xmin == other.xmin && xmax == other.xmax && xcnt == other.xcnt && subxcnt == other.subxcnt;
    }
    bool is_after(const Mark &other) const
    {
        return ::TransactionIdFollowsOrEquals(xmax, other.xmax) && ::TransactionIdFollowsOrEquals(xmin, other.xmin) &&
               (xmax != other.xmax || xcnt + static_cast<uint32>(subxcnt) <= other.xcnt + static_cast<uint32>(other.subxcnt));
    }
};

struct FlagSet {
    std::uint64_t number = 0;
    std::uint64_t generation = 0;     // when it was read
    Mark mark;                        // the snapshot it was read under
    bool is_latest = false;           // may be taken over by later snapshots
    TimestampTz transaction = 0;      // the one it was read in, by its start; two in one message share it, which only costs a reading
    std::unordered_map<std::string, core::Flag, NameHash, std::equal_to<>> flags;
};

// Plain pointers: no destructor may run at the end of the process.
struct Cache {
    FlagSet *latest = nullptr, *special = nullptr;   // special: of a snapshot that is not the newest
    FlagSet *current = nullptr;                      // one of them
    Mark mark;                                       // the snapshot it was last found right for
    std::uint64_t generation = 0, sets = 0;
    Oid relation = InvalidOid;
    bool listens = false;
};
Cache cache;   // NOLINT: of this backend

void relation_changed(Datum, Oid relation)
{
    if (relation == InvalidOid || relation == cache.relation)
        ++cache.generation;
}

bool fits(const FlagSet *set, const Mark &now)
{
    if (set == nullptr || set->generation != cache.generation)
        return false;
    // An older command of the same transaction may not see what this transaction did to the flags since.
    if (set->transaction == ::GetCurrentTransactionStartTimestamp() && now.curcid < set->mark.curcid)
        return false;
    return now.sees_the_same(set->mark) || (set->is_latest && now.is_after(set->mark));
}

void add(FlagSet *set, const core::FlagRow &row)
{
    try {
        set->flags.emplace(row.name, core::Flag(row));
    } catch (const core::Error &) {   // written past the trigger; ours, not the server's: nothing to roll back
        set->flags.emplace(row.name, core::Flag::broken(row.name));
    }
}

FlagSet *read(Snapshot snapshot)
{
    auto set = std::make_unique<FlagSet>();
    set->generation = cache.generation;
    const FlagRows found = read_flags(snapshot);
    cache.relation = found.relation;
    for (const core::FlagRow &row : found.rows)
        add(set.get(), row);
    set->number = ++cache.sets;
    set->transaction = ::GetCurrentTransactionStartTimestamp();
    if (OidIsValid(found.relation)) {   // else good for this call only
        set->mark = Mark::of(snapshot);
        set->is_latest = found.is_latest;
    }
    return set.release();
}

void use(FlagSet *set, const Mark &now)
{
    cache.current = set;
    cache.mark = set->mark.xmax == InvalidTransactionId ? Mark() : now;
}

void renew(Snapshot snapshot)
{
    guarded([] {
        if (!cache.listens) {
            ::CacheRegisterRelcacheCallback(relation_changed, 0);
            cache.listens = true;
        }
        ::AcceptInvalidationMessages();
    });
    const Mark now = Mark::of(snapshot);
    for (FlagSet *set : {cache.latest, cache.special})
        if (fits(set, now))
            return use(set, now);
    cache.current = nullptr;
    FlagSet *set = read(snapshot);
    FlagSet *&place = set->is_latest ? cache.latest : cache.special;
    delete std::exchange(place, set);
    use(set, now);
}

}  // namespace

std::uint64_t current_flags()
{
    if (!::ActiveSnapshotSet()) {
        guarded([] { ::PushActiveSnapshot(::GetTransactionSnapshot()); });
        renew(::GetActiveSnapshot());
        ::PopActiveSnapshot();
        return cache.current->number;
    }
    const Snapshot snapshot = ::GetActiveSnapshot();
    if (cache.current == nullptr || cache.current->generation != cache.generation || !Mark::of(snapshot).sees_the_same(cache.mark) ||
        snapshot->curcid != cache.mark.curcid)
        renew(snapshot);
    return cache.current->number;
}

const core::Flag *find_flag(std::string_view name) noexcept
{
    const auto at = cache.current->flags.find(name);
    return at == cache.current->flags.end() ? nullptr : &at->second;
}

}  // namespace hotswap::bridge
