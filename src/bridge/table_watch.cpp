// See table_watch.hpp.
//
// One counter for all relations would be bumped by every ANALYZE of anything; so only relations of interest are counted, and
// those are few: the watched tables of hotswap.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/table_watch.hpp"

#include "bridge/guard.hpp"

extern "C" {
#include "utils/inval.h"
}

namespace hotswap::bridge {

namespace {

struct WatchState {
    static constexpr int kMost = 8;
    unsigned tables[kMost] = {};
    int count = 0;
    std::uint64_t changes = 1;
    bool registered = false;
};
WatchState watch_state;   // NOLINT: what the server's callback can reach, for the life of the process

void relation_changed(Datum, Oid relation)
{
    bool ours = relation == InvalidOid;
    for (int i = 0; i < watch_state.count; ++i)
        ours = ours || watch_state.tables[i] == relation;
    if (ours)
        ++watch_state.changes;
}

void watch(unsigned table)
{
    if (!watch_state.registered) {
        guarded([] { ::CacheRegisterRelcacheCallback(relation_changed, 0); });
        watch_state.registered = true;
    }
    for (int i = 0; i < watch_state.count; ++i)
        if (watch_state.tables[i] == table)
            return;
    // A session that sees the extension dropped and made again many times forgets the oldest.
    watch_state.tables[watch_state.count < WatchState::kMost ? watch_state.count++ : 0] = table;
}

}  // namespace

unsigned TableWatch::oid()
{
    if (oid_ != 0 && oid_version_ == version())
        return oid_;
    const char *name = name_;
    oid_ = guarded([name] {
        const Oid schema = ::get_namespace_oid("hotswap", true);
        const Oid table = OidIsValid(schema) ? ::get_relname_relid(name, schema) : InvalidOid;
        if (!OidIsValid(table))
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("table hotswap.%s does not exist", name),
                            errhint("Run CREATE EXTENSION hotswap in this database.")));
        return table;
    });
    watch(oid_);
    oid_version_ = version();
    return oid_;
}

std::uint64_t TableWatch::version()
{
    guarded([] { ::AcceptInvalidationMessages(); });
    return watch_state.changes;
}

void announce_change(unsigned table)
{
    guarded([table] { ::CacheInvalidateRelcacheByRelid(table); });
}

LatestSnapshot::LatestSnapshot()
{
    guarded([] { ::PushActiveSnapshot(::GetLatestSnapshot()); });
}

LatestSnapshot::~LatestSnapshot()
{
    ::PopActiveSnapshot();
}

bool is_of_this_transaction(const std::string &xid)
{
    return ::TransactionIdIsCurrentTransactionId(static_cast<TransactionId>(std::strtoul(xid.c_str(), nullptr, 10)));
}

}  // namespace hotswap::bridge
