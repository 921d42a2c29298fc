// See lock_watch.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/lock_watch.hpp"

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"

extern "C" {
#include "storage/lock.h"
#include "utils/fmgrprotos.h"
#include "utils/resowner.h"
}

namespace hotswap::bridge {

namespace {

LOCKTAG tag_of(Oid relation)
{
    LOCKTAG tag;
    SET_LOCKTAG_RELATION(tag, MyDatabaseId, relation);
    return tag;
}

}  // namespace

int strongest_lock(unsigned relation)
{
    const LOCKTAG tag = tag_of(relation);
    for (int mode = AccessExclusiveLock; mode > NoLock; --mode)
        if (::LockHeldByMe(&tag, mode))
            return mode;
    return NoLock;
}

std::vector<HeldLock> strong_locks()
{
    struct Found {
        OwnLock *locks;
        int count;
    };
    const Found found = guarded([] {
        Found f = {nullptr, 0};
        f.locks = compat_own_locks(ShareUpdateExclusiveLock, &f.count);
        return f;
    });
    std::vector<HeldLock> result;
    for (int i = 0; i < found.count; ++i)
        result.push_back({found.locks[i].relation, found.locks[i].mode});
    ::pfree(found.locks);
    return result;
}

void release_locks(unsigned relation)
{
    guarded([relation] {
        const LOCKTAG tag = tag_of(relation);
        for (int mode = AccessShareLock; mode <= AccessExclusiveLock; ++mode)
            while (::LockHeldByMe(&tag, mode))
                if (!::LockRelease(&tag, mode, false)) {
                    // The lock on a sequence belongs to the whole transaction.
                    const ResourceOwner current = CurrentResourceOwner;
                    CurrentResourceOwner = TopTransactionResourceOwner;
                    const bool released = ::LockRelease(&tag, mode, false);
                    CurrentResourceOwner = current;
                    if (!released)
                        break;
                }
    });
}

long scans_of(unsigned relation)
{
    return guarded([relation] { return static_cast<long>(DatumGetInt64(DirectFunctionCall1(::pg_stat_get_xact_numscans, ObjectIdGetDatum(relation)))); });
}

unsigned file_of(unsigned relation)
{
    return guarded([relation] {
        HeapTuple tuple = ::SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
        if (!HeapTupleIsValid(tuple))
            return InvalidOid;
        const Oid file = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relfilenode;
        ::ReleaseSysCache(tuple);
        return file;
    });
}

}  // namespace hotswap::bridge
