// See breaker_memory.hpp.
//
// A pinned segment of dynamic shared memory, found through a few bytes of the main one: those the server has to spare for
// libraries that come late. Each breaker has a lock of its own, held for well under a microsecond.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/breaker_memory.hpp"

#include <cstring>
#include <functional>
#include <type_traits>

#include "bridge/guard.hpp"

extern "C" {
#include "storage/dsm.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/timestamp.h"
}

namespace hotswap::bridge {

namespace {

static_assert(std::is_trivially_destructible_v<SharedBreaker>);

struct Memory {
    LWLock places;                       // which breaker has which place
    LWLock locks[kMostBreakers];
    SharedBreaker breakers[kMostBreakers];
};

struct Anchor {
    int tranche;
    dsm_handle handle;
};

Memory *mapped = nullptr;                // NOLINT: this process's mapping, for its life

void make(Memory *memory, int tranche)
{
    ::LWLockInitialize(&memory->places, tranche);
    for (LWLock &lock : memory->locks)
        ::LWLockInitialize(&lock, tranche);
    for (SharedBreaker &breaker : memory->breakers)
        new (&breaker) SharedBreaker();
}

Memory *memory()
{
    if (mapped != nullptr)
        return mapped;
    mapped = guarded([] {
        ::LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
        bool found = false;
        auto *anchor = static_cast<Anchor *>(::ShmemInitStruct("hotswap breakers", sizeof(Anchor), &found));
        if (!found) {
            anchor->tranche = ::LWLockNewTrancheId();
            anchor->handle = DSM_HANDLE_INVALID;
        }
        ::LWLockRegisterTranche(anchor->tranche, "hotswap_breakers");
        dsm_segment *segment;
        if (anchor->handle == DSM_HANDLE_INVALID) {
            segment = ::dsm_create(sizeof(Memory), 0);
            make(static_cast<Memory *>(::dsm_segment_address(segment)), anchor->tranche);
            ::dsm_pin_segment(segment);
            anchor->handle = ::dsm_segment_handle(segment);
        } else {
            segment = ::dsm_attach(anchor->handle);
            if (segment == nullptr)
                elog(ERROR, "could not map the shared memory of the circuit breakers");
        }
        ::dsm_pin_mapping(segment);
        ::LWLockRelease(AddinShmemInitLock);
        return static_cast<Memory *>(::dsm_segment_address(segment));
    });
    return mapped;
}

void acquire(LWLock *lock)
{
    guarded([lock] { ::LWLockAcquire(lock, LW_EXCLUSIVE); });
}

double now()
{
    return static_cast<double>(::GetCurrentTimestamp()) / 1000.0;
}

bool is(const SharedBreaker &breaker, unsigned table, const std::string &name)
{
    return breaker.table == table && breaker.database == MyDatabaseId && name == breaker.name;
}

// The breaker's place; where it has none, a free one, or that of the one not used for longest. REQUIRES: places locked.
int place_for(Memory *memory, unsigned table, const std::string &name)
{
    int oldest = 0;
    for (int i = 0; i < kMostBreakers; ++i) {
        if (is(memory->breakers[i], table, name))
            return i;
        if (memory->breakers[i].used_ms < memory->breakers[oldest].used_ms)
            oldest = i;
    }
    ::LWLockAcquire(&memory->locks[oldest], LW_EXCLUSIVE);
    SharedBreaker &breaker = memory->breakers[oldest];
    breaker = SharedBreaker();
    breaker.database = MyDatabaseId;
    breaker.table = table;
    name.copy(breaker.name, sizeof(breaker.name) - 1);
    breaker.used_ms = now();
    ::LWLockRelease(&memory->locks[oldest]);
    return oldest;
}

int last_place = 0;   // NOLINT: where this process found the one it used last

}  // namespace

BreakerLock::BreakerLock(unsigned table, const std::string &name)
{
    Memory *const all = memory();
    number_ = last_place;
    for (;;) {
        acquire(&all->locks[number_]);
        slot_ = &all->breakers[number_];
        if (is(*slot_, table, name))
            break;
        ::LWLockRelease(&all->locks[number_]);
        acquire(&all->places);
        number_ = place_for(all, table, name);
        ::LWLockRelease(&all->places);
    }
    last_place = number_;
    slot_->used_ms = now();
}

BreakerLock::~BreakerLock()
{
    ::LWLockRelease(&memory()->locks[number_]);
}

std::vector<SharedBreaker> unwritten_breakers(unsigned table)
{
    Memory *const all = memory();
    std::vector<SharedBreaker> found;
    found.reserve(kMostBreakers);   // nothing may throw under the lock
    for (int i = 0; i < kMostBreakers; ++i) {
        acquire(&all->locks[i]);
        const SharedBreaker &breaker = all->breakers[i];
        if (breaker.database == MyDatabaseId && breaker.table == table && breaker.known && breaker.written != breaker.breaker.changes)
            found.push_back(breaker);
        ::LWLockRelease(&all->locks[i]);
    }
    return found;
}

void breaker_written(const SharedBreaker &copy)
{
    const BreakerLock breaker(copy.table, copy.name);
    if (breaker->written < copy.breaker.changes && copy.breaker.changes <= breaker->breaker.changes)
        breaker->written = copy.breaker.changes;
}

}  // namespace hotswap::bridge
