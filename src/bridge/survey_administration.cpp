// COMMENT, GRANT, TRUNCATE, LOCK, VACUUM, ANALYZE, publications, and transactions in a script. See surveying.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/surveying.hpp"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "commands/tablespace.h"
#include "catalog/pg_publication.h"
#include "catalog/pg_publication_rel.h"
#include "rewrite/rewriteHandler.h"
}

namespace hotswap::bridge {

namespace {

void survey_comment(Surveying *s, Finding *f, ObjectType type, Node *object)
{
    Place place;
    switch (type) {
    case OBJECT_TABLE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
    case OBJECT_SEQUENCE:
    case OBJECT_FOREIGN_TABLE:
        see_named(s, f, range_of(castNode(List, object), 0), Role::target, false, &place);
        break;
    case OBJECT_INDEX:
        if (see_named(s, f, range_of(castNode(List, object), 0), Role::index, false, &place))
            static_cast<Seen *>(linitial(f->seen))->lock = ShareUpdateExclusiveLock;
        break;
    case OBJECT_COLUMN:
        f->object = strVal(llast(castNode(List, object)));
        see_named(s, f, range_of(castNode(List, object), 1), Role::target, false, &place);
        break;
    case OBJECT_TABCONSTRAINT:
    case OBJECT_TRIGGER:
    case OBJECT_RULE:
    case OBJECT_POLICY:
        f->object = strVal(llast(castNode(List, object)));
        see_named(s, f, range_of(castNode(List, object), 1), Role::table, false, &place);
        break;
    default:
        break;
    }
}

// A view that is locked locks what it is made of.
void lock_relation(Finding *f, const Place &place, LOCKMODE mode, bool inherits, int depth)
{
    ListCell *cell;
    if (place.kind != RELKIND_VIEW) {
        if (inherits)
            foreach (cell, below(place.original))
                see(f, lfirst_oid(cell), Role::child)->lock = mode;
        return;
    }
    Relation opened = depth > 50 ? nullptr : ::try_relation_open(place.original, AccessShareLock);
    if (opened == nullptr)
        return;
    foreach (cell, ::get_view_query(opened)->rtable) {
        auto *entry = lfirst_node(RangeTblEntry, cell);
        if (entry->rtekind != RTE_RELATION || entry->relid == place.original)
            continue;
        see(f, entry->relid, Role::child)->lock = mode;
        Place inner = {};
        inner.original = inner.looked_at = entry->relid;
        inner.kind = ::get_rel_relkind(entry->relid);
        lock_relation(f, inner, mode, entry->inh, depth + 1);
    }
    ::relation_close(opened, NoLock);
}

void lock_tables(Surveying *s, LockStmt *node)
{
    Finding *f = begin_finding(s, "LOCK_TABLE", nullptr);
    ListCell *cell;
    foreach (cell, node->relations) {
        auto *name = lfirst_node(RangeVar, cell);
        Place place;
        if (!see_named(s, f, name, Role::target, false, &place))
            continue;
        static_cast<Seen *>(llast(f->seen))->lock = node->mode;
        if (OidIsValid(place.original))
            lock_relation(f, place, node->mode, name->inh, 0);
    }
}

// All that refer to it, and all that refer to those.
void see_referencing(Finding *f, Oid relation, List **seen)
{
    ListCell *cell;
    foreach (cell, foreign_keys_to(relation)) {
        const Oid other = static_cast<ForeignKey *>(lfirst(cell))->relation;
        if (::list_member_oid(*seen, other))
            continue;
        *seen = lappend_oid(*seen, other);
        see(f, other, Role::referencing);
        ListCell *child;
        foreach (child, below(other))
            if (!::list_member_oid(*seen, lfirst_oid(child))) {
                *seen = lappend_oid(*seen, lfirst_oid(child));
                see(f, lfirst_oid(child), Role::referencing);
            }
        see_referencing(f, other, seen);
    }
}

void truncate(Surveying *s, TruncateStmt *node)
{
    Finding *f = begin_finding(s, "TRUNCATE", nullptr);
    List *seen = NIL;
    ListCell *cell;
    foreach (cell, node->relations) {
        auto *name = lfirst_node(RangeVar, cell);
        Place place;
        if (!see_named(s, f, name, Role::target, false, &place) || !OidIsValid(place.original))
            continue;
        seen = lappend_oid(seen, place.original);
        List *lower = name->inh ? below(place.original) : NIL;
        see_all(f, lower, Role::child);
        seen = ::list_concat_copy(seen, lower);
    }
    List *named = ::list_copy(seen);
    foreach (cell, named) {
        if (node->behavior == DROP_CASCADE)
            see_referencing(f, lfirst_oid(cell), &seen);
        else {
            ListCell *key;
            foreach (key, foreign_keys_to(lfirst_oid(cell)))
                if (!::list_member_oid(named, static_cast<ForeignKey *>(lfirst(key))->relation)) {
                    f->failing = true;
                    warn(f, "the statement fails: %s refers to it by a foreign key", shown(static_cast<ForeignKey *>(lfirst(key))->relation));
                }
        }
    }
    if (list_length(seen) > list_length(named)) {
        StringInfoData names;
        ::initStringInfo(&names);
        for (int i = list_length(named); i < list_length(seen); ++i)
            ::appendStringInfo(&names, "%s%s", names.len == 0 ? "" : ", ", shown(list_nth_oid(seen, i)));
        warn(f, "CASCADE empties also: %s", names.data);
    }
    if (node->restart_seqs)
        foreach (cell, seen)
            see_all(f, ::getOwnedSequences(lfirst_oid(cell)), Role::sequence);
}

bool vacuum_option(VacuumStmt *node, const char *name)
{
    ListCell *cell;
    foreach (cell, node->options)
        if (strcmp(lfirst_node(DefElem, cell)->defname, name) == 0)
            return ::defGetBoolean(lfirst_node(DefElem, cell));
    return false;
}

void vacuum(Surveying *s, VacuumStmt *node)
{
    const bool full = node->is_vacuumcmd && vacuum_option(node, "full");
    Finding *f = begin_finding(s, !node->is_vacuumcmd ? "ANALYZE" : full ? "VACUUM_FULL" : "VACUUM", nullptr);
    if (node->is_vacuumcmd && s->in_block) {
        f->failing = true;
        warn(f, "VACUUM cannot run inside a transaction block");
    }
    ListCell *cell;
    if (node->rels == NIL) {
        warn(f, "every table of the database, one after the other");
        // Those of other owners too, which the server passes over with a warning.
        for (const char kind : {RELKIND_RELATION, RELKIND_PARTITIONED_TABLE, RELKIND_MATVIEW})
            foreach (cell, relations_in(InvalidOid, kind))
                if (!::IsCatalogRelationOid(lfirst_oid(cell)) && ::get_rel_namespace(lfirst_oid(cell)) != ::get_namespace_oid("information_schema", true))
                    see(f, lfirst_oid(cell), Role::target);
    }
    foreach (cell, node->rels) {
        auto *one = lfirst_node(VacuumRelation, cell);
        if (one->relation == nullptr)
            continue;
        Place place;
        if (!see_named(s, f, one->relation, Role::target, false, &place) || !OidIsValid(place.original))
            continue;
        // Partitions are done with their parent; heirs are only read for its statistics.
        if (place.kind == RELKIND_PARTITIONED_TABLE) {
            see_all(f, below(place.original), Role::child);
        } else if (!node->is_vacuumcmd) {
            see_all(f, below(place.original), Role::read);
        }
    }
    if (full)
        warn(f, "the table is written anew while nobody can read it; hotswap.start_rewrite does the same online");
}

void see_published(Surveying *s, Finding *f, List *objects)
{
    ListCell *cell;
    foreach (cell, objects) {
        auto *object = lfirst_node(PublicationObjSpec, cell);
        Place place;
        if (object->pubtable != nullptr && see_named(s, f, object->pubtable->relation, Role::target, false, &place) &&
            object->pubtable->relation->inh && place.kind != RELKIND_PARTITIONED_TABLE)
            see_all(f, below(place.original), Role::child);
    }
}

void alter_publication(Surveying *s, AlterPublicationStmt *node)
{
    Finding *f = begin_finding(s, "ALTER_PUBLICATION", node->pubname);
    see_published(s, f, node->pubobjects);
    // SET takes out what is not in the list.
    const Oid publication = ::get_publication_oid(node->pubname, true);
    if (node->action == AP_SetObjects && OidIsValid(publication))
        see_all(f, ::GetPublicationRelations(publication, PUBLICATION_PART_ROOT), Role::target);
}

void grant(Surveying *s, GrantStmt *node)
{
    Finding *f = begin_finding(s, node->is_grant ? "GRANT" : "REVOKE", nullptr);
    if (node->targtype != ACL_TARGET_OBJECT || (node->objtype != OBJECT_TABLE && node->objtype != OBJECT_SEQUENCE))
        return;
    ListCell *cell;
    foreach (cell, node->objects) {
        Place place;
        see_named(s, f, lfirst_node(RangeVar, cell), Role::target, false, &place);
    }
}

// All relations that belong to one of the roles.
void owned_by(Finding *f, List *roles)
{
    ListCell *cell;
    foreach (cell, roles) {
        const Oid role = ::get_rolespec_oid(lfirst_node(RoleSpec, cell), true);
        see_all(f, OidIsValid(role) ? relations_with(Anum_pg_class_relowner, role) : NIL, Role::target);
    }
}

bool is_owned_by(Oid relation, List *roles)
{
    ListCell *cell;
    foreach (cell, roles)
        if (owner_of(relation) == ::get_rolespec_oid(lfirst_node(RoleSpec, cell), true))
            return true;
    return false;
}

void move_all(Finding *f, AlterTableMoveAllStmt *node)
{
    Oid from = ::get_tablespace_oid(node->orig_tablespacename, true), to = ::get_tablespace_oid(node->new_tablespacename, true);
    if (from == MyDatabaseTableSpace)
        from = InvalidOid;
    if (to == MyDatabaseTableSpace)
        to = InvalidOid;
    ListCell *cell;
    foreach (cell, relations_with(Anum_pg_class_reltablespace, from)) {
        const char kind = ::get_rel_relkind(lfirst_oid(cell));
        const bool fits = node->objtype == OBJECT_TABLE     ? kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE
                          : node->objtype == OBJECT_MATVIEW ? kind == RELKIND_MATVIEW
                                                            : kind == RELKIND_INDEX || kind == RELKIND_PARTITIONED_INDEX;
        if (node->roles != NIL && !is_owned_by(lfirst_oid(cell), node->roles))
            continue;
        if (fits && !::IsCatalogRelationOid(lfirst_oid(cell)))
            see(f, lfirst_oid(cell), Role::target)->rewritten = from != to;
    }
}

void transaction(Surveying *s, TransactionStmt *node)
{
    switch (node->kind) {
    case TRANS_STMT_BEGIN:
    case TRANS_STMT_START:
        s->in_block = true;
        begin_finding(s, "BEGIN", nullptr);
        break;
    case TRANS_STMT_COMMIT:
        s->in_block = node->chain;
        begin_finding(s, "COMMIT", nullptr);
        break;
    case TRANS_STMT_ROLLBACK:
        s->in_block = node->chain;
        begin_finding(s, "ROLLBACK", nullptr);
        break;
    default:
        begin_finding(s, "SAVEPOINT", nullptr);
        break;
    }
}

}  // namespace

const char *tag_of(Node *node)
{
    char *tag = pstrdup(::CreateCommandName(node));
    for (char *c = tag; *c != '\0'; ++c)
        if (*c == ' ')
            *c = '_';
    return tag;
}

bool survey_administration(Surveying *s, Node *node)
{
    switch (nodeTag(node)) {
    case T_CommentStmt: {
        auto *comment = castNode(CommentStmt, node);
        survey_comment(s, begin_finding(s, "COMMENT", nullptr), comment->objtype, comment->object);
        return true;
    }
    case T_SecLabelStmt: {
        auto *label = castNode(SecLabelStmt, node);
        survey_comment(s, begin_finding(s, "SECURITY_LABEL", nullptr), label->objtype, label->object);
        return true;
    }
    case T_LockStmt:
        lock_tables(s, castNode(LockStmt, node));
        return true;
    case T_TruncateStmt:
        truncate(s, castNode(TruncateStmt, node));
        return true;
    case T_VacuumStmt:
        vacuum(s, castNode(VacuumStmt, node));
        return true;
    case T_CreatePublicationStmt: {
        auto *create = castNode(CreatePublicationStmt, node);
        see_published(s, begin_finding(s, "CREATE_PUBLICATION", create->pubname), create->pubobjects);
        return true;
    }
    case T_AlterPublicationStmt:
        alter_publication(s, castNode(AlterPublicationStmt, node));
        return true;
    case T_GrantStmt:
        grant(s, castNode(GrantStmt, node));
        return true;
    case T_DropOwnedStmt:
        owned_by(begin_finding(s, "DROP_OWNED", nullptr), castNode(DropOwnedStmt, node)->roles);
        return true;
    case T_ReassignOwnedStmt:
        owned_by(begin_finding(s, "REASSIGN_OWNED", nullptr), castNode(ReassignOwnedStmt, node)->roles);
        return true;
    case T_AlterTableMoveAllStmt: {
        auto *move = castNode(AlterTableMoveAllStmt, node);
        move_all(begin_finding(s, "SET_TABLESPACE", move->new_tablespacename), move);
        return true;
    }
    case T_TransactionStmt:
        transaction(s, castNode(TransactionStmt, node));
        return true;
    default:
        return false;
    }
}

}  // namespace hotswap::bridge
