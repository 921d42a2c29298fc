// What the survey found, in core's words: with names, sizes and traffic of the relations. See surveying.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/guard.hpp"
#include "bridge/surveying.hpp"

extern "C" {
#include "catalog/pg_publication.h"
#include "storage/smgr.h"
#include "utils/timestamp.h"
}

namespace hotswap::bridge {

namespace {

std::string copied(const char *text)
{
    return text == nullptr ? std::string() : std::string(text);
}

// What the server knows of a relation without opening it.
struct Size {
    int64 heap, index;
    double calls;
    bool published, there;
    const char *name;
    char kind;
};

int64 file_bytes(Oid relation)
{
    return DatumGetInt64(DirectFunctionCall2(::pg_relation_size, ObjectIdGetDatum(relation), PointerGetDatum(::cstring_to_text("main"))));
}

// Requests a second since the counters began, read from what this backend can see of the statistics.
double calls_a_second(Oid relation, double index_scans)
{
    PgStat_StatTabEntry *entry = ::pgstat_fetch_stat_tabentry(relation);
    PgStat_StatDBEntry *database = ::pgstat_fetch_stat_dbentry(MyDatabaseId);
    if (entry == nullptr || database == nullptr)
        return 0;
    TimestampTz since = database->stat_reset_timestamp;
    if (since == 0)
        since = PgStartTime;
    const double seconds = static_cast<double>(::GetCurrentTimestamp() - since) / 1e6;
    const double calls = index_scans + static_cast<double>(entry->numscans + entry->tuples_inserted + entry->tuples_updated + entry->tuples_deleted);
    return seconds > 1 ? calls / seconds : 0;
}

// The scans of its indexes, which are counted with them.
double index_scans(Oid relation)
{
    double scans = 0;
    Relation opened = ::try_relation_open(relation, NoLock);
    if (opened == nullptr)
        return 0;
    ListCell *cell;
    foreach (cell, ::RelationGetIndexList(opened))
        if (const PgStat_StatTabEntry *entry = ::pgstat_fetch_stat_tabentry(lfirst_oid(cell)))
            scans += static_cast<double>(entry->numscans);
    ::relation_close(opened, NoLock);
    return scans;
}

Size size_of(Oid oid)
{
    Size size = {};
    size.kind = ::get_rel_relkind(oid);
    if (size.kind == '\0')
        return size;
    size.there = true;
    size.name = shown(oid);
    if (!RELKIND_HAS_STORAGE(size.kind))
        return size;
    // pg_relation_size opens the relation, which waits for whoever rewrites it. The planner's figure is near enough.
    HeapTuple tuple = ::SearchSysCache1(RELOID, ObjectIdGetDatum(oid));
    double scans = 0;
    if (HeapTupleIsValid(tuple)) {
        const auto form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
        const Oid toast = form->reltoastrelid;
        ::ReleaseSysCache(tuple);
        if (::ConditionalLockRelationOid(oid, AccessShareLock)) {
            size.heap = file_bytes(oid) + (OidIsValid(toast) ? file_bytes(toast) : 0);
            if (size.kind == RELKIND_RELATION || size.kind == RELKIND_MATVIEW)
                size.index = DatumGetInt64(DirectFunctionCall1(::pg_indexes_size, ObjectIdGetDatum(oid)));
            if (size.kind == RELKIND_RELATION)
                scans = index_scans(oid);
            ::UnlockRelationOid(oid, AccessShareLock);
        }
    }
    size.calls = calls_a_second(oid, scans);
    size.published = size.kind == RELKIND_RELATION && ::GetRelationPublications(oid) != NIL;
    return size;
}

bool is_of_another(Oid relation)
{
    return guarded([relation] { return ::get_rel_relkind(relation) != '\0' && !compat_owns_relation(relation, ::GetUserId()); });
}

core::Party party_of(const Seen *seen)
{
    core::Party party;
    party.role = seen->role;
    party.lock = static_cast<LockMode>(seen->lock);
    party.rewritten = seen->rewritten;
    party.scanned = seen->scanned;
    party.untouched = seen->untouched;
    core::Relation &relation = party.relation;
    relation.oid = seen->oid;
    relation.name = copied(seen->name);
    relation.kind = seen->kind;
    relation.fresh = seen->fresh;
    if (relation.oid == 0)
        return party;
    const Oid oid = relation.oid;
    const Size size = guarded([oid] { return size_of(oid); });
    if (!size.there)
        return party;
    relation.name = size.name;
    relation.kind = size.kind;
    relation.heap_bytes = size.heap;
    relation.index_bytes = size.index;
    relation.calls_per_second = size.calls;
    relation.published = size.published;
    return party;
}

std::vector<std::string> texts_of(List *list)
{
    std::vector<std::string> texts;
    ListCell *cell;
    foreach (cell, list)
        texts.push_back(static_cast<char *>(lfirst(cell)));
    return texts;
}

core::DataCheck data_check_of(const ValueCheck *check)
{
    return {.rule = check->rule, .relation = check->relation, .only = check->only, .subject = copied(check->subject),
            .columns = texts_of(check->columns), .expression = copied(check->expression), .terms = texts_of(check->terms),
            .predicate = copied(check->predicate), .nulls_equal = check->nulls_equal, .other = copied(check->other),
            .pairs = texts_of(check->pairs), .full_match = check->full_match};
}

}  // namespace

core::Operation operation_of(const Finding *finding, int number)
{
    core::Operation operation;
    operation.statement_no = number;
    operation.name = finding->operation;
    operation.object = copied(finding->object);
    operation.skipped = finding->skipped;
    operation.failing = finding->failing;
    operation.reshapes = finding->reshapes;
    operation.mass = finding->mass;
    operation.stepwise = finding->stepwise;
    operation.wants_empty = finding->wants_empty;
    operation.certain = finding->certain;
    ListCell *cell;
    foreach (cell, finding->seen)
        operation.parties.push_back(party_of(static_cast<Seen *>(lfirst(cell))));
    for (const core::Party &party : operation.parties)
        operation.of_another = operation.of_another || (party.role == Role::target && party.relation.oid != 0 && is_of_another(party.relation.oid));
    foreach (cell, finding->warnings)
        operation.warnings.push_back(static_cast<char *>(lfirst(cell)));
    foreach (cell, finding->checks)
        operation.checks.push_back(data_check_of(static_cast<ValueCheck *>(lfirst(cell))));
    return operation;
}

}  // namespace hotswap::bridge
