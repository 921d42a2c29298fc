// See databases.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/databases.hpp"

#include "bridge/guard.hpp"
#include "bridge/session.hpp"

extern "C" {
#include "catalog/pg_database.h"
}

namespace hotswap::bridge {

std::vector<unsigned> connectable_databases()
{
    struct Found {
        Oid *oids;
        int count;
    };
    std::vector<unsigned> result;
    Transaction transaction;
    const Found found = guarded([] {
        Found f = {static_cast<Oid *>(::palloc(sizeof(Oid) * 16)), 0};
        int room = 16;
        Relation relation = ::table_open(DatabaseRelationId, AccessShareLock);
        TableScanDesc scan = ::table_beginscan_catalog(relation, 0, nullptr);
        for (HeapTuple tuple; HeapTupleIsValid(tuple = ::heap_getnext(scan, ForwardScanDirection));) {
            auto *form = reinterpret_cast<Form_pg_database>(GETSTRUCT(tuple));
            if (!form->datallowconn || form->datistemplate)
                continue;
            if (f.count == room) {
                room *= 2;
                f.oids = static_cast<Oid *>(::repalloc(f.oids, sizeof(Oid) * static_cast<Size>(room)));
            }
            f.oids[f.count++] = form->oid;
        }
        ::table_endscan(scan);
        ::table_close(relation, AccessShareLock);
        return f;
    });
    for (int i = 0; i < found.count; ++i)
        result.push_back(found.oids[i]);
    transaction.commit();
    return result;
}

}  // namespace hotswap::bridge
