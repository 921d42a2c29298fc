// ATTACH and DETACH PARTITION, CREATE TABLE ... PARTITION OF: who is locked, and whose rows are read to prove the bounds.
// See surveying.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/surveying.hpp"

extern "C" {
#include "access/attmap.h"
#include "catalog/index.h"
#include "catalog/partition.h"
#include "commands/tablecmds.h"
#include "optimizer/optimizer.h"
#include "parser/parse_node.h"
#include "parser/parse_utilcmd.h"
#include "partitioning/partbounds.h"
#include "utils/partcache.h"
}

namespace hotswap::bridge {

namespace {

// As the server does it: is what the bounds ask of the rows in this relation proven by its CHECKs already?
bool is_proven(Relation parent, List *condition, Oid relation)
{
    Relation opened = ::try_relation_open(relation, AccessShareLock);
    if (opened == nullptr)
        return false;
    List *mapped = ::map_partition_varattnos(condition, 1, opened, parent);
    const bool proven = ::PartConstraintImpliedByRelConstraint(opened, mapped);
    ::relation_close(opened, NoLock);
    return proven;
}

List *as_conditions(List *condition)
{
    auto *node = reinterpret_cast<Node *>(condition);
    node = ::eval_const_expressions(nullptr, node);
    node = reinterpret_cast<Node *>(::canonicalize_qual(reinterpret_cast<Expr *>(node), true));
    return list_make1(::make_ands_explicit(reinterpret_cast<List *>(node)));
}

void see_sibling(Finding *f, Relation parent, Oid sibling, List *bounds)
{
    List *outside = bounds == NIL ? NIL : ::get_proposed_default_constraint(bounds);
    const bool read = bounds == NIL || !is_proven(parent, outside, sibling);
    see(f, sibling, Role::sibling)->scanned = read && ::get_rel_relkind(sibling) == RELKIND_RELATION;
    ListCell *cell;
    foreach (cell, below(sibling))
        see(f, lfirst_oid(cell), Role::sibling)->scanned = read;
}

// The bounds of a partition are those of all that it is a partition of.
void see_ancestors(Finding *f, Oid parent)
{
    if (!OidIsValid(parent) || !::get_rel_relispartition(parent))
        return;
    see_all(f, ::get_partition_ancestors(parent), Role::source);
}

bool has_like(Relation parent_index, Relation partition, AttrMap *map)
{
    IndexInfo *wanted = ::BuildIndexInfo(parent_index);
    bool found = false;
    ListCell *cell;
    foreach (cell, ::RelationGetIndexList(partition)) {
        Relation index = ::index_open(lfirst_oid(cell), AccessShareLock);
        found = found || ::CompareIndexInfo(::BuildIndexInfo(index), wanted, index->rd_indcollation, parent_index->rd_indcollation,
                                            index->rd_opfamily, parent_index->rd_opfamily, map);
        ::index_close(index, AccessShareLock);
    }
    return found;
}

// Each index of the parent needs one of the partition.
bool lacks_index(Oid parent_oid, Oid partition_oid)
{
    Relation parent = ::table_open(parent_oid, AccessShareLock);
    Relation partition = ::table_open(partition_oid, AccessShareLock);
    AttrMap *map = ::build_attrmap_by_name(RelationGetDescr(partition), RelationGetDescr(parent));
    bool lacks = false;
    ListCell *cell;
    foreach (cell, ::RelationGetIndexList(parent)) {
        Relation index = ::index_open(lfirst_oid(cell), AccessShareLock);
        lacks = lacks || !has_like(index, partition, map);
        ::index_close(index, AccessShareLock);
    }
    ::table_close(partition, AccessShareLock);
    ::table_close(parent, AccessShareLock);
    return lacks;
}

void attach(Surveying *s, Finding *f, const Place &parent, PartitionCmd *command)
{
    auto *target = static_cast<Seen *>(linitial(f->seen));
    target->role = Role::parent;
    const Place partition = find_place(s, command->name);
    Seen *seen = see_place(f, partition, Role::target);
    f->object = command->name->relname;
    if (!partition.known) {
        f->failing = true;
        warn(f, "the statement fails: relation %s does not exist", partition.name);
        return;
    }
    if (!OidIsValid(parent.looked_at))
        return;
    Relation opened = ::table_open(parent.looked_at, AccessShareLock);
    ParseState *state = ::make_parsestate(nullptr);
    List *bounds = NIL;
    if (opened->rd_rel->relkind == RELKIND_PARTITIONED_TABLE) {
        PartitionBoundSpec *bound = ::transformPartitionBound(state, opened, command->bound);
        if (!bound->is_default)
            bounds = ::get_qual_from_partbound(opened, bound);
        List *whole = ::list_concat(::list_copy(bounds), ::RelationGetPartitionQual(opened));
        bool read = true;
        if (whole != NIL && OidIsValid(partition.looked_at))
            read = !is_proven(opened, as_conditions(whole), partition.looked_at);
        if (whole == NIL && !bound->is_default)
            read = false;
        seen->scanned = read && !partition.fresh && partition.kind == RELKIND_RELATION;
        ListCell *cell;
        foreach (cell, below(partition.original))
            see(f, lfirst_oid(cell), Role::target)->scanned = read && !is_proven(opened, as_conditions(whole), lfirst_oid(cell));
        const Oid sibling = default_partition(parent.original);
        if (OidIsValid(sibling) && !bound->is_default)
            see_sibling(f, opened, sibling, bounds);
    }
    ::table_close(opened, NoLock);
    if (!OidIsValid(parent.original))
        return;
    // The keys of the parent become those of the partition, its indexes too.
    ListCell *cell;
    foreach (cell, foreign_keys_of(parent.original)) {
        auto *key = static_cast<ForeignKey *>(lfirst(cell));
        if (key->referenced != parent.original) {
            Seen *other = see(f, key->referenced, Role::referenced);
            other->scanned = key->validated && !partition.fresh;
            // A key of the partition's own gives way to the parent's.
            ListCell *own;
            foreach (own, foreign_keys_of(partition.original))
                if (static_cast<ForeignKey *>(lfirst(own))->referenced == key->referenced) {
                    other->lock = AccessExclusiveLock;
                    other->scanned = false;
                }
        }
        seen->scanned = seen->scanned || (key->validated && !partition.fresh && partition.kind == RELKIND_RELATION);
    }
    foreach (cell, foreign_keys_to(parent.original))
        see(f, static_cast<ForeignKey *>(lfirst(cell))->relation, Role::referencing);
    if (!partition.fresh && partition.kind == RELKIND_RELATION && lacks_index(parent.original, partition.original)) {
        seen->scanned = true;
        warn(f, "an index of %s is missing on %s and is built while the table is locked; build it concurrently before", parent.name, partition.name);
    }
    see_ancestors(f, parent.original);
    if (seen->scanned)
        warn(f, "all rows of %s are read; a valid CHECK with the bounds of the partition would spare that", partition.name);
}

void detach(Surveying *s, Finding *f, const Place &parent, AlterTableCmd *command)
{
    auto *given = castNode(PartitionCmd, command->def);
    auto *target = static_cast<Seen *>(linitial(f->seen));
    target->role = Role::parent;
    target->lock = NoLock;
    if (given->concurrent)
        f->operation = "DETACH_PARTITION_CONCURRENTLY";
    const Place partition = find_place(s, given->name);
    Seen *seen = see_place(f, partition, Role::target);
    f->object = given->name->relname;
    if (!partition.known) {
        f->failing = true;
        warn(f, "the statement fails: relation %s does not exist", partition.name);
        return;
    }
    if (given->concurrent && s->in_block)
        warn(f, "DETACH PARTITION CONCURRENTLY cannot run inside a transaction block");
    if (!OidIsValid(parent.original))
        return;
    if (!given->concurrent)
        see_ancestors(f, parent.original);
    if (!given->concurrent)
        see_all(f, below(partition.original), Role::child);
    const Oid sibling = default_partition(parent.original);
    if (OidIsValid(sibling) && sibling != partition.original && !given->concurrent)
        see(f, sibling, Role::child);
    if (OidIsValid(sibling) && given->concurrent) {
        f->failing = true;
        warn(f, "the statement fails: a partition cannot be detached concurrently while there is a default partition");
    }
    ListCell *cell;
    foreach (cell, foreign_keys_of(partition.original))
        if (OidIsValid(static_cast<ForeignKey *>(lfirst(cell))->parent))
            see(f, static_cast<ForeignKey *>(lfirst(cell))->referenced, Role::referenced);
    foreach (cell, foreign_keys_to(partition.original))
        if (OidIsValid(static_cast<ForeignKey *>(lfirst(cell))->parent)) {
            see(f, static_cast<ForeignKey *>(lfirst(cell))->relation, Role::referencing);
            // No row may refer to it any more: the two are joined.
            seen->scanned = partition.kind == RELKIND_RELATION;
        }
}

}  // namespace

void survey_partition(Surveying *s, Finding *f, const Place &parent, AlterTableCmd *command)
{
    auto *given = castNode(PartitionCmd, command->def);
    if (parent.kind == RELKIND_PARTITIONED_INDEX || parent.kind == RELKIND_INDEX) {
        f->operation = "ATTACH_INDEX";
        f->object = given->name->relname;
        const Place index = find_place(s, given->name);
        see_place(f, index, Role::index);
        if (OidIsValid(index.original))
            see(f, ::IndexGetRelation(index.original, true), Role::table);
        if (OidIsValid(parent.original))
            see(f, ::IndexGetRelation(parent.original, true), Role::table);
        return;
    }
    // ALTER INDEX ... ATTACH has no bound, and takes any relation for the parser.
    if (command->subtype == AT_AttachPartition && given->bound == nullptr) {
        f->failing = true;
        warn(f, "the statement fails: %s is not an index", parent.name);
        return;
    }
    if (command->subtype == AT_AttachPartition)
        attach(s, f, parent, given);
    else
        detach(s, f, parent, command);
}

void survey_new_partition(Surveying *s, Finding *f, CreateStmt *node, const Place &parent)
{
    (void)s;
    if (!OidIsValid(parent.looked_at))
        return;
    Relation opened = ::table_open(parent.looked_at, AccessShareLock);
    const Oid sibling = default_partition(parent.original);
    if (OidIsValid(sibling) && node->partbound != nullptr && !node->partbound->is_default &&
        opened->rd_rel->relkind == RELKIND_PARTITIONED_TABLE) {
        PartitionBoundSpec *bound = ::transformPartitionBound(::make_parsestate(nullptr), opened, node->partbound);
        see_sibling(f, opened, sibling, ::get_qual_from_partbound(opened, bound));
    }
    ::table_close(opened, NoLock);
    if (!OidIsValid(parent.original))
        return;
    ListCell *cell;
    foreach (cell, foreign_keys_of(parent.original))
        see(f, static_cast<ForeignKey *>(lfirst(cell))->referenced, Role::referenced);
    foreach (cell, foreign_keys_to(parent.original))
        see(f, static_cast<ForeignKey *>(lfirst(cell))->relation, Role::referencing);
}

}  // namespace hotswap::bridge
