// See flag_table.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/flag_table.hpp"

#include "bridge/guard.hpp"
#include "bridge/session.hpp"

extern "C" {
#include "catalog/pg_namespace.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
}

namespace hotswap::bridge {

namespace {

Oid own_relation(const char *name)
{
    const Oid schema = ::get_namespace_oid("hotswap", true);
    return OidIsValid(schema) ? ::get_relname_relid(name, schema) : InvalidOid;
}

const char *cell(HeapTuple tuple, TupleDesc shape, const char *column, const char *otherwise)
{
    const char *value = ::SPI_getvalue(tuple, shape, ::SPI_fnumber(shape, column));
    return value != nullptr ? value : otherwise;
}

bool truth(HeapTuple tuple, TupleDesc shape, const char *column)
{
    return *cell(tuple, shape, column, "f") == 't';
}

const char **words(HeapTuple tuple, TupleDesc shape, const char *column, int *count)
{
    bool null;
    const Datum value = ::SPI_getbinval(tuple, shape, ::SPI_fnumber(shape, column), &null);
    *count = 0;
    if (null)
        return nullptr;
    Datum *items;
    bool *nulls;
    ::deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, count);
    auto **result = static_cast<const char **>(::palloc(sizeof(const char *) * (*count + 1)));
    for (int i = 0; i < *count; ++i)
        result[i] = nulls[i] ? "" : TextDatumGetCString(items[i]);
    return result;
}

struct PlainFlags {
    Oid relation;
    bool is_latest;
    PlainFlag *flags;
    int count;
};

PlainFlags scan(Snapshot snapshot)
{
    PlainFlags result = {own_relation("_migration_feature_flags"), false, nullptr, 0};
    if (!OidIsValid(result.relation))
        return result;
    Relation relation = ::table_open(result.relation, AccessShareLock);
    const Snapshot latest = ::GetCatalogSnapshot(result.relation);   // always a new one for a relation that is no catalog
    result.is_latest = same_transactions(snapshot, latest) && snapshot->curcid == latest->curcid;
    int room = 16;
    result.flags = static_cast<PlainFlag *>(::palloc(sizeof(PlainFlag) * room));
    SysScanDesc scan = ::systable_beginscan(relation, InvalidOid, false, snapshot, 0, nullptr);
    for (HeapTuple tuple = ::systable_getnext(scan); HeapTupleIsValid(tuple); tuple = ::systable_getnext(scan)) {
        if (result.count == room) {
            room *= 2;
            result.flags = static_cast<PlainFlag *>(::repalloc(result.flags, sizeof(PlainFlag) * room));
        }
        result.flags[result.count++] = plain_flag(tuple, RelationGetDescr(relation));
    }
    ::systable_endscan(scan);
    ::table_close(relation, AccessShareLock);
    return result;
}

}  // namespace

PlainFlag plain_flag(HeapTuple tuple, TupleDesc shape)
{
    PlainFlag flag;
    flag.name = cell(tuple, shape, "flag_name", "");
    flag.percentage = cell(tuple, shape, "rollout_percentage", "");
    flag.rules = cell(tuple, shape, "rules", "[]");
    flag.variants = cell(tuple, shape, "variants", "[]");
    flag.salt = cell(tuple, shape, "salt", "");
    flag.enabled = truth(tuple, shape, "enabled");
    flag.sticky = truth(tuple, shape, "sticky");
    flag.hash_version = atoi(cell(tuple, shape, "hash_version", "0"));
    flag.allow = words(tuple, shape, "allow_keys", &flag.allow_count);
    flag.deny = words(tuple, shape, "deny_keys", &flag.deny_count);
    return flag;
}

core::FlagRow flag_row(const PlainFlag &flag)
{
    core::FlagRow row;
    row.name = flag.name;
    row.enabled = flag.enabled;
    row.percentage = flag.percentage;
    row.allow_keys.assign(flag.allow, flag.allow + flag.allow_count);
    row.deny_keys.assign(flag.deny, flag.deny + flag.deny_count);
    row.rules = flag.rules;
    row.variants = flag.variants;
    row.sticky = flag.sticky;
    row.salt = flag.salt;
    row.hash_version = flag.hash_version;
    return row;
}

FlagRows read_flags(Snapshot snapshot)
{
    const ScratchMemory scratch;
    const PlainFlags plain = guarded([snapshot] { return scan(snapshot); });
    FlagRows result;
    result.relation = plain.relation;
    result.is_latest = plain.is_latest;
    for (int i = 0; i < plain.count; ++i)
        result.rows.push_back(flag_row(plain.flags[i]));
    return result;
}

std::optional<std::string> find_assignment(const std::string &flag, std::string_view key)
{
    const ScratchMemory scratch;
    const char *name = flag.c_str(), *chars = key.data();
    const int length = static_cast<int>(key.size());
    const char *variant = guarded([=]() -> const char * {
        const Oid table = own_relation("_migration_flag_assignments"), index = own_relation("_migration_flag_assignments_pkey");
        if (!OidIsValid(table) || !OidIsValid(index))
            return nullptr;
        Relation relation = ::table_open(table, AccessShareLock);
        ScanKeyData keys[2];   // ScanKeyInit takes the collation "C", which is that of the columns
        ::ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(name));
        ::ScanKeyInit(&keys[1], 2, BTEqualStrategyNumber, F_TEXTEQ, PointerGetDatum(::cstring_to_text_with_len(chars, length)));
        SysScanDesc scan = ::systable_beginscan(relation, index, true, GetActiveSnapshot(), 2, keys);
        const HeapTuple tuple = ::systable_getnext(scan);
        const char *found = HeapTupleIsValid(tuple) ? cell(tuple, RelationGetDescr(relation), "variant", "") : nullptr;
        ::systable_endscan(scan);
        ::table_close(relation, AccessShareLock);
        return found;
    });
    return variant == nullptr ? std::nullopt : std::optional<std::string>(variant);
}

}  // namespace hotswap::bridge
