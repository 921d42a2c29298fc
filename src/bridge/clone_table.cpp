// See clone_set.hpp. This file clones a table: columns, checks, keys, indexes, and its place under a parent.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/clone_set.hpp"

#include "bridge/clone_reading.hpp"
#include "bridge/scratch_schemas.hpp"
#include "bridge/session.hpp"
#include "core/identifier.hpp"

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"
#include "bridge/utility_statement.hpp"

extern "C" {
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_am.h"
#include "commands/tablespace.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
}

namespace hotswap::bridge {

namespace {

// The statement that makes an index, a key or a check, as the server prints it, on the clone instead.
void run_on_clone(const std::string &text, const std::string &schema)
{
    Node *node = parse_utility(text);
    char *scratch = guarded([&schema] { return ::pstrdup(schema.c_str()); });
    if (IsA(node, IndexStmt))
        castNode(IndexStmt, node)->relation->schemaname = scratch;
    else
        castNode(AlterTableStmt, node)->relation->schemaname = scratch;
    run_utility(node, text);
}

Oid parent_of(Oid relation)
{
    return guarded([relation] {
        Oid parent = InvalidOid;
        Relation inherits = ::table_open(InheritsRelationId, AccessShareLock);
        ScanKeyData key;
        ::ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
        SysScanDesc scan = ::systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, nullptr, 1, &key);
        HeapTuple tuple = ::systable_getnext(scan);
        if (HeapTupleIsValid(tuple))
            parent = reinterpret_cast<Form_pg_inherits>(GETSTRUCT(tuple))->inhparent;
        ::systable_endscan(scan);
        ::table_close(inherits, AccessShareLock);
        return parent;
    });
}

// "FOR VALUES ..." or "DEFAULT" of a partition.
std::string bound_of(Oid partition)
{
    return guarded([partition]() -> const char * {
        HeapTuple tuple = ::SearchSysCache1(RELOID, ObjectIdGetDatum(partition));
        bool null;
        const Datum bound = ::SysCacheGetAttr(RELOID, tuple, Anum_pg_class_relpartbound, &null);
        const char *result = null ? "" : TextDatumGetCString(DirectFunctionCall2(::pg_get_expr, bound, ObjectIdGetDatum(partition)));
        ::ReleaseSysCache(tuple);
        return result;
    });
}

std::string partition_key_of(Oid table)
{
    return guarded([table] { return static_cast<const char *>(TextDatumGetCString(DirectFunctionCall1(::pg_get_partkeydef, ObjectIdGetDatum(table)))); });
}

bool is_unique(Oid index)
{
    return guarded([index] {
        HeapTuple tuple = ::SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
        const bool unique = HeapTupleIsValid(tuple) && reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple))->indisunique;
        if (HeapTupleIsValid(tuple))
            ::ReleaseSysCache(tuple);
        return unique;
    });
}

}  // namespace

void CloneSet::make_table(unsigned original, Depth depth)
{
    const OriginalFacts facts = original_facts(original);
    if (facts.kind != RELKIND_RELATION && facts.kind != RELKIND_PARTITIONED_TABLE)
        throw NotRehearsed{"\"" + facts.name + "\" is not a plain table"};
    if (facts.type_of != InvalidOid)
        throw NotRehearsed{"\"" + facts.name + "\" is a typed table"};
    const std::string user_schema = name_of_schema(facts.schema);
    const std::string schema = schemas_.standing_for(user_schema);
    const std::string name = core::qualified(schema, facts.name);
    const Authority authority = Authority::of_role(facts.owner);

    std::string text = facts.persistence == RELPERSISTENCE_UNLOGGED ? "CREATE UNLOGGED TABLE " : "CREATE TABLE ";
    text += name + " (LIKE " + core::qualified(user_schema, facts.name) +
            " INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING IDENTITY INCLUDING STORAGE INCLUDING COMPRESSION)";
    if (facts.kind == RELKIND_PARTITIONED_TABLE)
        text += " PARTITION BY " + partition_key_of(original);
    else if (facts.access_method != HEAP_TABLE_AM_OID)
        text += " USING " + core::quote_identifier(guarded([&facts] { return static_cast<const char *>(::get_am_name(facts.access_method)); }));
    if (facts.tablespace != InvalidOid)
        text += " TABLESPACE " + core::quote_identifier(guarded([&facts] { return static_cast<const char *>(::get_tablespace_name(facts.tablespace)); }));
    run_utility(text);
    add(original, relation_named(facts.name, schema_named(schema)), depth);

    make_keys_and_indexes(original, schema, depth);

    if (const Oid parent = parent_of(original); parent != InvalidOid) {
        const std::string above = scratch_name(parent);
        run_utility(facts.is_partition ? "ALTER TABLE " + above + " ATTACH PARTITION " + name + " " + bound_of(original)
                                       : "ALTER TABLE " + name + " INHERIT " + above);
    }
}

// Those that are not there yet.
void CloneSet::make_keys_and_indexes(unsigned original, const std::string &schema, Depth depth)
{
    const unsigned scratch = schema_named(schema);
    const Authority authority = Authority::of_role(original_facts(original).owner);
    for (const OriginalConstraint &constraint : constraints_of(original)) {
        const bool is_key = constraint.kind == CONSTRAINT_PRIMARY || constraint.kind == CONSTRAINT_UNIQUE;
        if (!is_key && (depth == Depth::keys || (constraint.kind != CONSTRAINT_CHECK && constraint.kind != CONSTRAINT_EXCLUSION)))
            continue;
        if (!registry.constraints.insert(constraint.oid).second)
            continue;
        run_on_clone(text_of_constraint(constraint.oid), schema);
        if (constraint.index != InvalidOid)
            adopt_index(constraint.index, scratch);
    }
    for (const unsigned index : indexes_of(original)) {
        if (registry.originals.find(index) != registry.originals.end() || (depth == Depth::keys && !is_unique(index)))
            continue;
        run_on_clone(guarded([index] { return static_cast<const char *>(::pg_get_indexdef_string(index)); }), schema);
        adopt_index(index, scratch);
    }
}

void CloneSet::adopt_index(unsigned index, unsigned scratch)
{
    const std::string name = guarded([index] { return static_cast<const char *>(::get_rel_name(index)); });
    if (const unsigned clone = relation_named(name, scratch); clone != InvalidOid)
        add(index, clone, Depth::all);
}

}  // namespace hotswap::bridge
