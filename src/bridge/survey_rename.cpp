// RENAME, SET SCHEMA and OWNER TO of everything. See surveying.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/surveying.hpp"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_trigger.h"
}

namespace hotswap::bridge {

namespace {

bool is_index(char kind)
{
    return kind == RELKIND_INDEX || kind == RELKIND_PARTITIONED_INDEX;
}

const char *word_of(char kind)
{
    switch (kind) {
    case RELKIND_VIEW:
        return "VIEW";
    case RELKIND_MATVIEW:
        return "MATERIALIZED_VIEW";
    case RELKIND_SEQUENCE:
        return "SEQUENCE";
    case RELKIND_FOREIGN_TABLE:
        return "FOREIGN_TABLE";
    case RELKIND_INDEX:
    case RELKIND_PARTITIONED_INDEX:
        return "INDEX";
    default:
        return "TABLE";
    }
}

void rename_relation(Surveying *s, RenameStmt *node)
{
    Finding *f = begin_finding(s, "RENAME_TABLE", node->newname);
    Place place;
    if (!see_named(s, f, node->relation, Role::target, node->missing_ok, &place))
        return;
    f->operation = psprintf("RENAME_%s", word_of(place.kind));
    if (is_index(place.kind)) {
        auto *index = static_cast<Seen *>(linitial(f->seen));
        index->role = Role::index;
        // By ALTER TABLE, it is taken for a table until it is locked.
        index->lock = node->renameType == OBJECT_INDEX ? NoLock : AccessExclusiveLock;
    } else if (OidIsValid(place.original))
        warn_of_dependents(f, place.original, 0);
    // The former name is free, and the new one leads to what is there.
    auto *alias = static_cast<Alias *>(palloc0(sizeof(Alias)));
    *alias = {node->relation->schemaname, node->newname, place.looked_at, place.original, place.kind, false};
    s->aliases = lcons(alias, s->aliases);
    forget(s, node->relation);
}

void rename_column(Surveying *s, RenameStmt *node)
{
    const bool attribute = node->renameType == OBJECT_ATTRIBUTE;
    Finding *f = begin_finding(s, attribute ? "RENAME_ATTRIBUTE" : "RENAME_COLUMN", node->subname);
    f->reshapes = true;
    Place place;
    if (attribute) {
        place = find_place(s, node->relation);
        ListCell *cell;
        foreach (cell, OidIsValid(place.original) ? typed_tables(::get_rel_type_id(place.original)) : NIL) {
            see(f, lfirst_oid(cell), Role::user);
            see_all(f, below(lfirst_oid(cell)), Role::user);
        }
        return;
    }
    if (!see_named(s, f, node->relation, Role::target, node->missing_ok, &place) || !OidIsValid(place.original))
        return;
    if (is_index(place.kind)) {
        f->operation = "RENAME_INDEX_COLUMN";
        static_cast<Seen *>(linitial(f->seen))->role = Role::index;
        static_cast<Seen *>(linitial(f->seen))->lock = AccessExclusiveLock;
    }
    if (node->relation->inh)
        see_all(f, below(place.original), Role::child);
    const AttrNumber column = ::get_attnum(place.original, node->subname);
    if (column > 0)
        warn_of_dependents(f, place.original, column);
}

void rename_part(Surveying *s, RenameStmt *node)
{
    const bool trigger = node->renameType == OBJECT_TRIGGER, constraint = node->renameType == OBJECT_TABCONSTRAINT;
    Finding *f = begin_finding(s, trigger ? "RENAME_TRIGGER" : constraint ? "RENAME_CONSTRAINT" : node->renameType == OBJECT_RULE ? "RENAME_RULE" : "RENAME_POLICY",
                               node->subname);
    Place place;
    if (!see_named(s, f, node->relation, Role::target, node->missing_ok, &place) || !OidIsValid(place.original))
        return;
    if (trigger && place.kind == RELKIND_PARTITIONED_TABLE && is_row_trigger(place.looked_at, node->subname))
        see_all(f, below(place.original), Role::child);
    if (!constraint)
        return;
    char type;
    bool validated;
    Oid referenced;
    (void)constraint_named(place.original, node->subname, &type, &validated, &referenced);
    if (type == CONSTRAINT_CHECK && node->relation->inh)
        see_all(f, below(place.original), Role::child);
}

void set_schema(Surveying *s, AlterObjectSchemaStmt *node)
{
    Finding *f = begin_finding(s, "SET_SCHEMA", node->newschema);
    if (node->relation == nullptr)
        return;
    Place place;
    if (!see_named(s, f, node->relation, Role::target, node->missing_ok, &place))
        return;
    if (OidIsValid(place.original)) {
        see_all(f, ::getOwnedSequences(place.original), Role::sequence);
        warn_of_dependents(f, place.original, 0);
    }
    auto *alias = static_cast<Alias *>(palloc0(sizeof(Alias)));
    *alias = {node->newschema, node->relation->relname, place.looked_at, place.original, place.kind, false};
    s->aliases = lcons(alias, s->aliases);
}

void depends_on_extension(Surveying *s, AlterObjectDependsStmt *node)
{
    Finding *f = begin_finding(s, node->objectType == OBJECT_TRIGGER ? "TRIGGER_DEPENDS_ON_EXTENSION" : "DEPENDS_ON_EXTENSION", strVal(node->extname));
    Place place;
    if (node->relation != nullptr && see_named(s, f, node->relation, Role::target, false, &place) && is_index(place.kind))
        static_cast<Seen *>(linitial(f->seen))->role = Role::index;
}

}  // namespace

bool survey_rename(Surveying *s, Node *node)
{
    if (IsA(node, AlterObjectSchemaStmt)) {
        set_schema(s, castNode(AlterObjectSchemaStmt, node));
        return true;
    }
    if (IsA(node, AlterObjectDependsStmt)) {
        depends_on_extension(s, castNode(AlterObjectDependsStmt, node));
        return true;
    }
    if (!IsA(node, RenameStmt))
        return false;
    auto *rename = castNode(RenameStmt, node);
    switch (rename->renameType) {
    case OBJECT_TABLE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
    case OBJECT_SEQUENCE:
    case OBJECT_FOREIGN_TABLE:
    case OBJECT_INDEX:
        rename_relation(s, rename);
        return true;
    case OBJECT_COLUMN:
    case OBJECT_ATTRIBUTE:
        rename_column(s, rename);
        return true;
    case OBJECT_TABCONSTRAINT:
    case OBJECT_TRIGGER:
    case OBJECT_RULE:
    case OBJECT_POLICY:
        rename_part(s, rename);
        return true;
    case OBJECT_SCHEMA:
        begin_finding(s, "RENAME_SCHEMA", rename->newname);
        return true;
    case OBJECT_TYPE:
    case OBJECT_DOMAIN:
        begin_finding(s, "RENAME_TYPE", rename->newname);
        return true;
    default:
        begin_finding(s, "RENAME", rename->newname);
        return true;
    }
}

}  // namespace hotswap::bridge
