// See rehearsal.hpp. This file sees what a statement has done to the clones.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include "bridge/lock_watch.hpp"
#include "bridge/rehearsal_state.hpp"

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"

extern "C" {
#include "access/transam.h"
#include "catalog/indexing.h"
#include "utils/fmgroids.h"
}

namespace hotswap::bridge {

namespace {

struct ClassRow {
    bool found;
    char kind;
    Oid schema;
    NameData name;
};

ClassRow class_row(Oid relation)
{
    return guarded([relation] {
        ClassRow row = {};
        HeapTuple tuple = ::SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
        if (!HeapTupleIsValid(tuple))
            return row;
        const auto *form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
        row = {true, form->relkind, form->relnamespace, form->relname};
        ::ReleaseSysCache(tuple);
        return row;
    });
}

std::string shown(const std::string &schema, const std::string &name)
{
    const unsigned there = schema_named(schema);
    const std::vector<unsigned> path = schemas_in_path(false);
    const bool visible = std::find(path.begin(), path.end(), there) != path.end();
    const char *schema_chars = schema.c_str(), *name_chars = name.c_str();
    return guarded([=] {
        return static_cast<const char *>(visible ? ::quote_identifier(name_chars) : ::quote_qualified_identifier(schema_chars, name_chars));
    });
}

bool has_storage(char kind)
{
    return kind == RELKIND_RELATION || kind == RELKIND_MATVIEW;
}

bool is_shown_when_new(char kind)
{
    return kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE || kind == RELKIND_VIEW || kind == RELKIND_MATVIEW ||
           kind == RELKIND_SEQUENCE;
}

}  // namespace

bool Rehearsal::State::is_ours(unsigned relation)
{
    const auto known = known_ours.find(relation);
    if (known != known_ours.end())
        return known->second;
    bool ours = false;
    if (relation >= FirstNormalObjectId) {
        SnapshotData *snapshot = start_snapshot;
        ours = guarded([relation, snapshot] {
            Relation catalog = ::table_open(RelationRelationId, AccessShareLock);
            ScanKeyData key;
            ::ScanKeyInit(&key, Anum_pg_class_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
            SysScanDesc scan = ::systable_beginscan(catalog, ClassOidIndexId, true, snapshot, 1, &key);
            const bool was_there = HeapTupleIsValid(::systable_getnext(scan));
            ::systable_endscan(scan);
            ::table_close(catalog, AccessShareLock);
            return !was_there;
        });
    }
    known_ours[relation] = ours;
    return ours;
}

Rehearsal::State::Before Rehearsal::State::look_at(unsigned clone, unsigned original)
{
    const ClassRow row = class_row(clone);
    Before b = {};
    if (!row.found)
        return b;
    b.schema = schemas.user_schema(name_of_schema(row.schema)).value_or("");
    b.name = NameStr(row.name);
    b.relation = shown(b.schema, b.name);
    b.kind = row.kind;
    b.file = has_storage(row.kind) ? file_of(clone) : 0;
    b.scans = has_storage(row.kind) ? scans_of(clone) : 0;
    b.original_lock = original == 0 ? 0 : strongest_lock(original);
    return b;
}

void Rehearsal::State::remember()
{
    before.clear();
    for (const auto &[clone, original] : clones.registry.clones)
        if (Before b = look_at(clone, original); !b.name.empty())
            before.emplace(clone, std::move(b));
    other_locks.clear();
    for (const HeldLock &lock : strong_locks())
        if (!is_ours(lock.relation))
            other_locks[lock.relation] = lock.mode;
}

// Indexes that ALTER TABLE makes again are the same to the user.
void Rehearsal::State::adopt(unsigned relation)
{
    const ClassRow row = class_row(relation);
    const auto schema = row.found ? schemas.user_schema(name_of_schema(row.schema)) : std::nullopt;
    if (!schema)
        return;
    unsigned original = 0;
    for (const auto &[clone, b] : before)
        if (b.name == NameStr(row.name) && b.schema == *schema && !class_row(clone).found)
            original = clones.registry.clones[clone];
    clones.registry.clones[relation] = original;
    if (original != 0)
        clones.registry.originals[original].clone = relation;
}

std::vector<core::Touch> Rehearsal::State::observe()
{
    // Whatever has been locked must be ours, or have been locked so before.
    std::set<unsigned> fresh;
    for (const HeldLock &lock : strong_locks()) {
        if (!is_ours(lock.relation)) {
            const auto held = other_locks.find(lock.relation);
            if (lock.relation >= FirstNormalObjectId && (held == other_locks.end() || held->second < lock.mode))
                throw NotRehearsed{"it reaches relation " + std::to_string(lock.relation) + ", which has no clone"};
        } else if (clones.registry.clones.find(lock.relation) == clones.registry.clones.end()) {
            fresh.insert(lock.relation);
            adopt(lock.relation);
        }
    }

    std::vector<core::Touch> touched;
    for (const auto &[clone, b] : before) {
        const unsigned original = clones.registry.clones[clone];
        if (original != 0 && strongest_lock(original) > std::max(b.original_lock, static_cast<int>(AccessShareLock)))
            throw NotRehearsed{"it reaches \"" + b.relation + "\" itself"};
        const int mode = strongest_lock(clone);
        // An index that is only looked at says nothing that its table does not say; and not all are cloned.
        const bool is_index = b.kind == RELKIND_INDEX || b.kind == RELKIND_PARTITIONED_INDEX;
        if (mode == NoLock || (is_index && mode == AccessShareLock))
            continue;
        const unsigned file = b.file == 0 ? 0 : file_of(clone);
        touched.push_back({.oid = original, .relation = b.relation, .kind = b.kind, .lock = static_cast<core::LockMode>(mode),
                           .rewrites = file != 0 && file != b.file, .scans = has_storage(b.kind) && file != 0 && scans_of(clone) > b.scans});
    }
    for (const unsigned relation : fresh) {
        const auto known = clones.registry.clones.find(relation);
        if (known == clones.registry.clones.end() || known->second != 0)
            continue;
        const Before b = look_at(relation, 0);
        if (is_shown_when_new(b.kind))
            touched.push_back({.oid = 0, .relation = b.relation, .kind = b.kind, .lock = static_cast<core::LockMode>(strongest_lock(relation))});
    }
    return touched;
}

void Rehearsal::State::settle()
{
    for (const auto &[clone, original] : clones.registry.clones)
        release_locks(clone);
    for (const HeldLock &lock : strong_locks())
        if (is_ours(lock.relation))
            release_locks(lock.relation);
}

}  // namespace hotswap::bridge
