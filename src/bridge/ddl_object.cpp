// Statements that are carried out as written: which of the readers knows it. See ddl.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/identifier.hpp"

#include "bridge/ddl_reading.hpp"

namespace hotswap::bridge {

std::string relation_text(Oid relation)
{
    struct Names {
        const char *schema, *name;
    };
    const Names names = guarded([relation] {
        char *name = ::get_rel_name(relation);
        return Names{name == nullptr ? nullptr : ::get_namespace_name(::get_rel_namespace(relation)), name};
    });
    return names.name == nullptr ? "" : core::qualified(names.schema, names.name);
}

std::string relation_text(RangeVar *name)
{
    const Oid relation = guarded([name] { return ::RangeVarGetRelid(name, AccessShareLock, true); });
    return OidIsValid(relation) ? relation_text(relation) : "";
}

ObjectType actual_type(ObjectType written, RangeVar *name)
{
    if (written != OBJECT_TABLE || name == nullptr)
        return written;
    const char kind = guarded([name] {
        const Oid relation = ::RangeVarGetRelid(name, AccessShareLock, true);
        return OidIsValid(relation) ? ::get_rel_relkind(relation) : RELKIND_RELATION;
    });
    switch (kind) {
    case RELKIND_SEQUENCE:
        return OBJECT_SEQUENCE;
    case RELKIND_VIEW:
        return OBJECT_VIEW;
    case RELKIND_MATVIEW:
        return OBJECT_MATVIEW;
    case RELKIND_FOREIGN_TABLE:
        return OBJECT_FOREIGN_TABLE;
    case RELKIND_INDEX:
    case RELKIND_PARTITIONED_INDEX:
        return OBJECT_INDEX;
    default:
        return OBJECT_TABLE;
    }
}

bool read_object(Node *node, const std::string &text, int location, core::Statement *statement)
{
    core::Change change;
    change.kind = core::ChangeKind::metadata_only;
    change.position = position_of(location);
    change.statement = text;
    change.title = guarded([node] { return ::CreateCommandName(node); });
    const bool known = IsA(node, DropStmt) ? read_drop(castNode(DropStmt, node), text, statement, &change)
                                           : read_create(node, text, statement, &change) || read_alteration(node, text, statement, &change) ||
                                                 read_maintenance(node, text, statement, &change) || read_rows(node, text, statement, &change);
    if (!known)
        return false;
    if (change.kind != core::ChangeKind::metadata_only)
        change.statement.clear();
    statement->changes.push_back(change);
    return true;
}

}  // namespace hotswap::bridge
