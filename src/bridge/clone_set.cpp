// See clone_set.hpp. This file decides what has to be cloned; clone_table.cpp and clone_dependents.cpp make it.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/clone_set.hpp"

#include <algorithm>

#include "bridge/scratch_schemas.hpp"
#include "bridge/session.hpp"
#include "core/identifier.hpp"

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"

extern "C" {
#include "catalog/index.h"
#include "catalog/pg_inherits.h"
#include "utils/fmgroids.h"
}

namespace hotswap::bridge {

namespace {

// More than that would take longer than a rehearsal may.
constexpr int kMostInATree = 64;
constexpr int kMostClones = 400;   // with indexes

// The topmost table over a partition or child; 0 when one has several parents.
Oid root_of(Oid relation)
{
    return guarded([relation] {
        Relation inherits = ::table_open(InheritsRelationId, AccessShareLock);
        Oid at = relation;
        for (bool up = true; up && OidIsValid(at);) {
            ScanKeyData key;
            ::ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(at));
            SysScanDesc scan = ::systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, nullptr, 1, &key);
            Oid parent = InvalidOid;
            int parents = 0;
            for (HeapTuple tuple; HeapTupleIsValid(tuple = ::systable_getnext(scan)); ++parents)
                parent = reinterpret_cast<Form_pg_inherits>(GETSTRUCT(tuple))->inhparent;
            ::systable_endscan(scan);
            up = parents > 0;
            if (parents > 1)
                at = InvalidOid;
            else if (parents == 1)
                at = parent;
        }
        ::table_close(inherits, AccessShareLock);
        return at;
    });
}

std::vector<unsigned> tree_under(Oid root)
{
    struct Members {
        const Oid *items;
        int count;
    };
    const Members members = guarded([root] {
        List *list = ::find_all_inheritors(root, AccessShareLock, nullptr);
        auto *items = static_cast<Oid *>(::palloc(sizeof(Oid) * list_length(list)));
        for (int i = 0; i < list_length(list); ++i)
            items[i] = list_nth_oid(list, i);
        return Members{items, list_length(list)};
    });
    return {members.items, members.items + members.count};
}

}  // namespace

OriginalFacts original_facts(unsigned relation)
{
    struct Raw {
        bool found;
        FormData_pg_class form;
        Oid table;
        bool internal;
    };
    const Raw raw = guarded([relation] {
        Raw r = {};
        ::LockRelationOid(relation, AccessShareLock);
        HeapTuple tuple = ::SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
        if (!HeapTupleIsValid(tuple))
            return r;
        r.found = true;
        memcpy(&r.form, GETSTRUCT(tuple), CLASS_TUPLE_SIZE);
        ::ReleaseSysCache(tuple);
        if (r.form.relkind == RELKIND_INDEX || r.form.relkind == RELKIND_PARTITIONED_INDEX)
            r.table = ::IndexGetRelation(relation, false);
        r.internal = ::IsCatalogRelationOid(relation) || ::IsToastNamespace(r.form.relnamespace) ||
                     r.form.relnamespace == PG_CATALOG_NAMESPACE || r.form.relnamespace == ::get_namespace_oid("information_schema", true);
        return r;
    });
    if (!raw.found)
        throw NotRehearsed{"the relation is gone"};
    OriginalFacts facts;
    facts.kind = raw.form.relkind;
    facts.persistence = raw.form.relpersistence;
    facts.schema = raw.form.relnamespace;
    facts.owner = raw.form.relowner;
    facts.tablespace = raw.form.reltablespace;
    facts.access_method = raw.form.relam;
    facts.type_of = raw.form.reloftype;
    facts.table = raw.table;
    facts.is_partition = raw.form.relispartition;
    facts.is_temporary = raw.form.relpersistence == RELPERSISTENCE_TEMP;
    facts.rules = raw.form.relhasrules;
    facts.name = NameStr(raw.form.relname);
    if (facts.is_temporary)
        throw NotRehearsed{"\"" + facts.name + "\" is temporary"};
    if (raw.internal || name_of_schema(facts.schema) == "hotswap")
        throw NotRehearsed{"\"" + facts.name + "\" belongs to the server or to hotswap itself"};
    return facts;
}

void CloneSet::add(unsigned original, unsigned clone, Depth depth)
{
    registry.originals[original] = {clone, depth};
    registry.clones[clone] = original;
}

std::string CloneSet::scratch_name(unsigned original)
{
    const OriginalFacts facts = original_facts(original);
    return core::qualified(schemas_.standing_for(name_of_schema(facts.schema)), facts.name);
}

CloneSet::Found CloneSet::find(const std::string &schema, const std::string &name) const
{
    std::vector<std::string> places;
    if (!schema.empty())
        places.push_back(schema);
    else
        for (const unsigned place : schemas_in_path(true))
            places.push_back(name_of_schema(place));
    for (const std::string &place : places) {
        if (const auto scratch = schemas_.find(place)) {
            const unsigned clone = relation_named(name, schema_named(*scratch));
            if (clone != InvalidOid) {
                const auto known = registry.clones.find(clone);
                return {clone, known == registry.clones.end() ? 0 : known->second, place, true};
            }
        }
        const unsigned there = schema_named(place);
        const unsigned original = there == InvalidOid ? 0 : relation_named(name, there);
        // What has a clone is where the clone is: dropped or renamed by the script, it is not here any more.
        if (original != InvalidOid && registry.originals.find(original) == registry.originals.end())
            return {original, original, place, false};
    }
    return {};
}

void CloneSet::need(unsigned original, Depth depth, const Columns &about)
{
    const auto known = registry.originals.find(original);
    if (known != registry.originals.end() && known->second.depth >= depth)
        return;
    const OriginalFacts facts = original_facts(original);
    switch (facts.kind) {
    case RELKIND_RELATION:
    case RELKIND_PARTITIONED_TABLE:
        need_tree(original, depth, about);
        return;
    case RELKIND_INDEX:
    case RELKIND_PARTITIONED_INDEX:
        need(facts.table, std::max(depth, Depth::shape));
        if (registry.originals.find(original) == registry.originals.end())
            throw NotRehearsed{"index \"" + facts.name + "\" cannot be cloned"};
        return;
    case RELKIND_SEQUENCE:
        make_sequence(original);
        return;
    case RELKIND_VIEW:
    case RELKIND_MATVIEW:
        make_view(original);
        make_views_on(original, std::nullopt);
        return;
    default:
        throw NotRehearsed{"\"" + facts.name + "\" is not a table, index, sequence or view"};
    }
}

std::vector<unsigned> CloneSet::tree_of(unsigned member)
{
    const Oid root = root_of(member);
    if (root == InvalidOid)
        throw NotRehearsed{"a table inherits from more than one"};
    return tree_under(root);
}

void CloneSet::need_tree(unsigned member, Depth depth, const Columns &about)
{
    const std::vector<unsigned> tree = tree_of(member);
    if (tree.size() > kMostInATree)
        throw NotRehearsed{"the table has more than " + std::to_string(kMostInATree) + " partitions or children"};
    if (registry.originals.size() > kMostClones)
        throw NotRehearsed{"it is tied to too many other tables"};
    // The indexes of a tree belong together.
    const Depth least = tree.size() > 1 ? Depth::shape : std::min(depth, Depth::shape);
    for (const unsigned table : tree) {
        const auto known = registry.originals.find(table);
        if (known == registry.originals.end()) {
            make_table(table, least);
            make_row_type_users(table);
            if (least != Depth::keys)
                make_details(table);
        } else if (known->second.depth < least) {
            known->second.depth = least;
            make_keys_and_indexes(table, schemas_.standing_for(name_of_schema(original_facts(table).schema)), least);
            make_details(table);
        }
    }
    if (depth != Depth::all)
        return;
    // First all are marked: foreign keys and views may lead back here.
    if (!about)
        for (const unsigned table : tree)
            registry.originals[table].depth = Depth::all;
    for (const unsigned table : tree)
        make_dependents(table, about);
}

void CloneSet::make_dependents(unsigned original, const Columns &about)
{
    make_sequences(original, about);
    make_foreign_keys(original, about);
    make_statistics(original);
    make_triggers(original);
    make_policies(original);
    make_rules(original);
    make_publication(original);
    make_views_on(original, about);
}

}  // namespace hotswap::bridge
