// See ddl.hpp. This file finds the kind of statement; ddl_table.cpp and ddl_index.cpp read the big ones.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/ddl.hpp"

#include "core/identifier.hpp"

#include "bridge/ddl_reading.hpp"
#include "bridge/rehearsal.hpp"
#include "bridge/tree.hpp"

extern "C" {
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parser.h"
}

namespace hotswap::bridge {

bool find_table(RangeVar *name, bool missing_ok, core::Statement *statement)
{
    struct Found {
        Oid oid;
        const char *schema, *relation;
        bool owned, is_table, is_typed, is_internal;
    };
    const Found found = guarded([name, missing_ok] {
        Found f = {};
        f.oid = ::RangeVarGetRelid(name, AccessShareLock, missing_ok);
        if (!OidIsValid(f.oid))
            return f;
        f.schema = ::get_namespace_name(::get_rel_namespace(f.oid));
        f.relation = ::get_rel_name(f.oid);
        f.owned = compat_owns_relation(f.oid, ::GetUserId());
        const char kind = ::get_rel_relkind(f.oid);
        f.is_table = kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE;
        const Oid schema = ::get_rel_namespace(f.oid);
        f.is_internal = ::IsCatalogRelationOid(f.oid) || schema == PG_CATALOG_NAMESPACE || strcmp(f.schema, "hotswap") == 0;
        HeapTuple tuple = ::SearchSysCache1(RELOID, ObjectIdGetDatum(f.oid));
        if (HeapTupleIsValid(tuple)) {
            f.is_typed = OidIsValid(reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->reloftype);
            ::ReleaseSysCache(tuple);
        }
        return f;
    });
    if (found.oid == InvalidOid)
        return false;
    if (found.is_internal || found.is_typed)
        throw core::Error(core::sqlstate::kFeatureNotSupported, "cannot migrate table \"" + plain(found.relation) + "\"",
                          found.is_typed ? "It is a typed table: its columns are those of its type."
                                         : "It belongs to the server or to hotswap itself.",
                          found.is_typed ? "Detach it first with ALTER TABLE ... NOT OF." : "", position_of(name->location));
    if (!found.is_table)
        throw core::Error(core::sqlstate::kWrongObjectType, "\"" + plain(found.relation) + "\" is not a table", "",
                          "hotswap migrates tables; run the statement yourself.", position_of(name->location));
    if (!found.owned)
        throw core::Error(core::sqlstate::kInsufficientPrivilege, "must be owner of table " + plain(found.relation), "",
                          "A migration runs as the role that starts it; SET ROLE to the table's owner first.", position_of(name->location));
    statement->relation_oid = found.oid;
    statement->schema = found.schema;
    statement->relation = found.relation;
    return true;
}

std::string type_text(Oid type, int32 modifier)
{
    return guarded([type, modifier] {
        const LockedPath path = LockedPath::enter();
        const char *text = ::format_type_with_typemod(type, modifier);
        path.leave();
        return text;
    });
}

std::string collation_text(Oid collation, Oid type)
{
    if (collation == InvalidOid || collation == ::get_typcollation(type))
        return "";
    struct Names {
        const char *schema, *name;
    };
    const Names names = guarded([collation] {
        HeapTuple tuple = ::SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
        if (!HeapTupleIsValid(tuple))
            elog(ERROR, "cache lookup failed for collation %u", collation);
        auto *form = reinterpret_cast<Form_pg_collation>(GETSTRUCT(tuple));
        const Names n = {::get_namespace_name(form->collnamespace), pstrdup(NameStr(form->collname))};
        ::ReleaseSysCache(tuple);
        return n;
    });
    return core::qualified(names.schema, names.name);
}

namespace {

const char *tag_of(Node *node)
{
    return guarded([node] { return ::CreateCommandName(node); });
}

std::string slice(const std::string &text, const RawStmt *raw)
{
    const auto start = static_cast<std::size_t>(raw->stmt_location < 0 ? 0 : raw->stmt_location);
    std::string part = raw->stmt_len > 0 ? text.substr(start, static_cast<std::size_t>(raw->stmt_len)) : text.substr(start);
    const auto first = part.find_first_not_of(" \t\r\n");
    const auto last = part.find_last_not_of(" \t\r\n;");
    return first == std::string::npos ? "" : part.substr(first, last - first + 1);
}

}  // namespace

core::Statement read_ddl(const std::string &text, Rehearsal *clones)
{
    const char *chars = text.c_str();
    List *statements = guarded([chars] { return ::pg_parse_query(chars); });
    if (list_length(statements) == 0)
        throw core::Error(core::sqlstate::kInvalidParameter, "no statement given", "The DDL text is empty.",
                          "Give one DDL statement, for example: ALTER TABLE orders ALTER COLUMN id TYPE bigint.");
    if (list_length(statements) > 1)
        throw core::Error(core::sqlstate::kFeatureNotSupported, "more than one statement given",
                          "Found " + std::to_string(list_length(statements)) + " statements.",
                          "Start one migration for each; several changes of one table go into one ALTER TABLE, separated by commas.",
                          position_of(lsecond_node(RawStmt, statements)->stmt_location));
    auto *raw = linitial_node(RawStmt, statements);
    Node *node = raw->stmt;
    if (clones != nullptr)
        clones->redirect(node);
    const std::string statement_text = slice(text, raw);
    const int location = static_cast<int>(text.find(statement_text));

    core::Statement statement;
    switch (nodeTag(node)) {
    case T_AlterTableStmt:
        if (actual_type(castNode(AlterTableStmt, node)->objtype, castNode(AlterTableStmt, node)->relation) != OBJECT_TABLE)
            break;
        read_alter_table(castNode(AlterTableStmt, node), statement_text, &statement);
        return statement;
    case T_RenameStmt:
        read_rename(castNode(RenameStmt, node), statement_text, location, &statement);
        return statement;
    case T_IndexStmt:
        read_create_index(castNode(IndexStmt, node), location, &statement);
        return statement;
    case T_DoStmt:
        read_block(castNode(DoStmt, node), statement_text, &statement);
        return statement;
    case T_ReindexStmt:
        read_reindex(castNode(ReindexStmt, node), location, &statement);
        return statement;
    default:
        break;
    }
    if (IsA(node, DropStmt) && castNode(DropStmt, node)->removeType == OBJECT_INDEX) {
        read_drop_index(castNode(DropStmt, node), location, &statement);
        return statement;
    }
    if (!read_object(node, statement_text, location, &statement))
        refuse(location, tag_of(node), "Run it by itself. hotswap carries out DDL, and INSERT, UPDATE and DELETE.");
    return statement;
}

void read_table(unsigned relation, core::Statement *statement)
{
    RangeVar *name = guarded([relation]() -> RangeVar * {
        char *table = ::get_rel_name(relation);
        return table == nullptr ? nullptr : ::makeRangeVar(::get_namespace_name(::get_rel_namespace(relation)), table, -1);
    });
    if (name == nullptr)
        throw core::Error(core::sqlstate::kUndefinedTable, "relation with OID " + std::to_string(relation) + " does not exist");
    find_table(name, false, statement);
}

std::vector<StoredExpression> print_stored(const std::string &node_tree, unsigned relation, const std::map<std::string, std::string> &renames)
{
    std::vector<const char *> from, to;
    for (const auto &[old_name, new_name] : renames) {
        from.push_back(old_name.c_str());
        to.push_back(new_name.c_str());
    }
    const char *const *from_names = from.data();
    const char *const *to_names = to.data();
    const std::size_t count = from.size();
    const char *tree = node_tree.c_str();

    struct Loaded {
        List *nodes;
        TupleDesc shape;
    };
    const Loaded loaded = guarded([=] {
        Relation opened = ::relation_open(relation, AccessShareLock);
        Loaded l = {NIL, ::CreateTupleDescCopy(RelationGetDescr(opened))};
        ::relation_close(opened, AccessShareLock);
        for (int i = 0; i < l.shape->natts; ++i)
            for (std::size_t j = 0; j < count; ++j)
                if (strcmp(NameStr(TupleDescAttr(l.shape, i)->attname), from_names[j]) == 0) {
                    namestrcpy(&TupleDescAttr(l.shape, i)->attname, to_names[j]);
                    break;
                }
        Node *node = static_cast<Node *>(::stringToNode(const_cast<char *>(tree)));
        l.nodes = IsA(node, List) ? reinterpret_cast<List *>(node) : list_make1(node);
        return l;
    });
    std::vector<StoredExpression> result;
    for (int i = 0; i < list_length(loaded.nodes); ++i) {
        Node *node = static_cast<Node *>(list_nth(loaded.nodes, i));
        StoredExpression expression;
        const TupleDesc shape = loaded.shape;
        expression.text = guarded([node, shape] {
            // A predicate is stored as an implicit AND list in no version we support; a plain node prints as it is.
            return static_cast<const char *>(deparse_over(shape, node));
        });
        Bitmapset *columns = guarded([node] {
            Bitmapset *set = nullptr;
            ::pull_varattnos(node, 1, &set);
            return set;
        });
        for (int at = -1; (at = ::bms_next_member(columns, at)) >= 0;)
            expression.columns.push_back(at + FirstLowInvalidHeapAttributeNumber);
        result.push_back(expression);
    }
    return result;
}

}  // namespace hotswap::bridge
