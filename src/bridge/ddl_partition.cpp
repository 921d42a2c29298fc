// See ddl_partition.hpp. The bound goes through the server's own analysis: the condition proven beforehand is the very one that
// ATTACH will look for.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/ddl_partition.hpp"

#include <algorithm>

#include "core/identifier.hpp"

#include "bridge/ddl_reading.hpp"
#include "bridge/ddl_tokens.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "bridge/tree.hpp"

extern "C" {
#include "catalog/partition.h"
#include "catalog/pg_constraint.h"
#include "commands/defrem.h"
#include "commands/tablecmds.h"
#include "optimizer/optimizer.h"
#include "parser/parse_utilcmd.h"
#include "partitioning/partdesc.h"
#include "utils/partcache.h"
}

namespace hotswap::bridge {

namespace {

using core::PartitionChange;

// In the server's memory.
struct Bound {
    const char *check;            // null: proven, or nothing to prove
    Oid default_partition;
    const char *default_check;    // null: likewise
};

const char *unproven(Relation relation, Relation parent, List *condition)
{
    if (condition == NIL)
        return nullptr;
    condition = reinterpret_cast<List *>(::eval_const_expressions(nullptr, reinterpret_cast<Node *>(condition)));
    condition = list_make1(::make_ands_explicit(condition));
    condition = ::map_partition_varattnos(condition, 1, relation, parent);
    if (::PartConstraintImpliedByRelConstraint(relation, condition))
        return nullptr;
    return deparse_over(RelationGetDescr(relation), static_cast<Node *>(linitial(condition)));
}

// REQUIRES: inside guarded. child 0: it does not exist yet.
Bound read_bound(Oid parent_oid, Oid child_oid, const char *child_name, PartitionBoundSpec *written, const char *text)
{
    Bound bound = {};
    Relation parent = ::table_open(parent_oid, AccessShareLock);
    if (parent->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
        ereport(ERROR, (errcode(ERRCODE_INVALID_OBJECT_DEFINITION), errmsg("\"%s\" is not partitioned", RelationGetRelationName(parent))));
    ParseState *state = ::make_parsestate(nullptr);
    state->p_sourcetext = text;
    auto *spec = ::transformPartitionBound(state, parent, static_cast<PartitionBoundSpec *>(::copyObjectImpl(written)));
    ::check_new_partition_bound(const_cast<char *>(child_name), parent, spec, state);
    List *own = compat_qual_of_bound(parent, spec);
    if (OidIsValid(child_oid)) {
        Relation child = ::table_open(child_oid, AccessShareLock);
        bound.check = unproven(child, parent, ::list_concat_copy(own, ::RelationGetPartitionQual(parent)));
        ::table_close(child, AccessShareLock);
    }
    bound.default_partition = ::get_default_oid_from_partdesc(::RelationGetPartitionDesc(parent, true));
    if (OidIsValid(bound.default_partition) && own != NIL) {
        Relation other = ::table_open(bound.default_partition, AccessShareLock);
        bound.default_check = unproven(other, parent, ::get_proposed_default_constraint(own));
        ::table_close(other, AccessShareLock);
    }
    ::table_close(parent, AccessShareLock);
    return bound;
}

void take_default(const Bound &bound, PartitionChange *change)
{
    if (!OidIsValid(bound.default_partition))
        return;
    change->default_partition = relation_text(bound.default_partition);
    const Oid oid = bound.default_partition;
    change->default_name = guarded([oid] { return static_cast<const char *>(::get_rel_name(oid)); });
    change->default_check = plain(bound.default_check);
}

// The name the server would give the child's index, other than those given already.
std::string choose_index_name(Oid child, const std::string &columns, const std::string &kind, const std::vector<PartitionChange::MissingIndex> &taken)
{
    for (int n = 0;; ++n) {
        const std::string label = kind + (n == 0 ? "" : std::to_string(n));
        const char *second = kind == "pkey" ? nullptr : columns.c_str(), *third = label.c_str();
        const bool is_constraint = kind != "idx";
        const std::string name = guarded([=] {
            return static_cast<const char *>(::ChooseRelationName(::get_rel_name(child), second, third, ::get_rel_namespace(child), is_constraint));
        });
        if (std::none_of(taken.begin(), taken.end(), [&](const auto &index) { return index.name == name; }))
            return name;
    }
}

// Two indexes are the same when the server prints the same after the table's name; storage options do not count.
constexpr const char *kIndexes =
    "WITH described AS ("
    "  SELECT i.indexrelid, i.indrelid, i.indisunique, i.indisvalid, k.contype, k.condeferrable, k.condeferred,"
    "    regexp_replace(substr(pg_get_indexdef(i.indexrelid), length(format('CREATE %sINDEX %I ON %s%I.%I ', CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END,"
    "      x.relname, CASE WHEN x.relkind = 'I' THEN 'ONLY ' ELSE '' END, n.nspname, t.relname)) + 1), ' WITH \\([^)]*\\)', '') AS shape,"
    "    substr(pg_get_indexdef(i.indexrelid), length(format('CREATE %sINDEX %I ON %s%I.%I ', CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END,"
    "      x.relname, CASE WHEN x.relkind = 'I' THEN 'ONLY ' ELSE '' END, n.nspname, t.relname)) + 1) AS tail,"
    "    (SELECT string_agg(a.attname, '_' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = i.indexrelid) AS columns"
    "  FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace"
    "  LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')"
    "  WHERE i.indrelid IN ($1::oid, $2::oid))"
    " SELECT p.*, p.contype = 'p' AS is_primary FROM described p WHERE p.indrelid = $1::oid AND NOT EXISTS ("
    "   SELECT FROM described c WHERE c.indrelid = $2::oid AND c.indisvalid AND c.indisunique = p.indisunique AND c.shape = p.shape"
    "     AND c.contype IS NOT DISTINCT FROM p.contype AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.indexrelid))"
    " ORDER BY p.indexrelid";

constexpr const char *kKeys =
    "SELECT k.conname, pg_get_constraintdef(k.oid) AS definition, r.relname, n.nspname FROM pg_constraint k"
    "  JOIN pg_class r ON r.oid = k.confrelid JOIN pg_namespace n ON n.oid = r.relnamespace"
    " WHERE k.conrelid = $1::oid AND k.contype = 'f' AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = $2::oid AND c.contype = 'f'"
    "   AND c.convalidated AND pg_get_constraintdef(c.oid) = pg_get_constraintdef(k.oid))"
    "   AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = $2::oid AND c.conname = k.conname) ORDER BY k.oid";

constexpr const char *kReferenced =
    "SELECT DISTINCT r.relname, n.nspname FROM pg_constraint k JOIN pg_class r ON r.oid = k.confrelid JOIN pg_namespace n ON n.oid = r.relnamespace"
    " WHERE k.conrelid = $1::oid AND k.contype = 'f' ORDER BY 2, 1";

std::vector<Parameter> both(Oid parent, Oid child)
{
    return {static_cast<std::int64_t>(parent), static_cast<std::int64_t>(child)};
}

void read_missing(Oid parent, Oid child, const std::string &schema, PartitionChange *change)
{
    const Authority authority = Authority::of_store();
    Sql sql;
    const Rows indexes = sql.run(kIndexes, both(parent, child));
    for (std::size_t i = 0; i < indexes.size(); ++i) {
        PartitionChange::MissingIndex index;
        const std::string type = indexes[i].text("contype");
        index.schema = schema;
        index.tail = indexes[i].text("tail");
        index.unique = indexes[i].boolean("indisunique");
        index.name = choose_index_name(child, indexes[i].text("columns"), type == "p" ? "pkey" : type == "u" ? "key" : "idx", change->indexes);
        if (!type.empty())
            index.constraint = std::string(type == "p" ? "PRIMARY KEY" : "UNIQUE") + " USING INDEX " + core::quote_identifier(index.name) +
                               (indexes[i].boolean("condeferrable") ? " DEFERRABLE" : "") + (indexes[i].boolean("condeferred") ? " INITIALLY DEFERRED" : "");
        change->indexes.push_back(index);
    }
    const Rows keys = sql.run(kKeys, both(parent, child));
    for (std::size_t i = 0; i < keys.size(); ++i)
        change->keys.push_back({keys[i].text("conname"), keys[i].text("definition"), core::qualified(keys[i].text("nspname"), keys[i].text("relname"))});
}

void read_referenced(Oid parent, PartitionChange *change)
{
    const Authority authority = Authority::of_store();
    Sql sql;
    const Rows rows = sql.run(kReferenced, {static_cast<std::int64_t>(parent)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        change->referenced.push_back(core::qualified(rows[i].text("nspname"), rows[i].text("relname")));
}

struct Child {
    Oid oid;
    const char *schema, *name;
    char kind;
    bool owned;
};

Child find_child(RangeVar *name)
{
    const Child child = guarded([name] {
        Child c = {};
        c.oid = ::RangeVarGetRelid(name, AccessShareLock, false);
        c.schema = ::get_namespace_name(::get_rel_namespace(c.oid));
        c.name = ::get_rel_name(c.oid);
        c.kind = ::get_rel_relkind(c.oid);
        c.owned = compat_owns_relation(c.oid, ::GetUserId());
        return c;
    });
    if (!child.owned)
        throw core::Error(core::sqlstate::kInsufficientPrivilege, "must be owner of table " + plain(child.name), "",
                          "A migration runs as the role that starts it; SET ROLE to the table's owner first.", position_of(name->location));
    return child;
}

std::string bound_text(const std::string &text)
{
    const std::vector<Token> tokens = scan_tokens(text);
    const std::size_t start = std::min(find_word(tokens, "for"), find_word(tokens, "default"));
    return start == std::string::npos ? "" : text.substr(start);
}

void read_attach(PartitionCmd *command, const std::string &text, core::Statement *statement, core::Change *change)
{
    const Child child = find_child(command->name);
    auto partition = std::make_shared<PartitionChange>();
    partition->parent = core::qualified(statement->schema, statement->relation);
    partition->child = core::qualified(child.schema, child.name);
    partition->child_name = child.name;
    partition->child_is_partitioned = child.kind == RELKIND_PARTITIONED_TABLE;
    partition->bound = bound_text(text);
    PartitionBoundSpec *spec = command->bound;
    const Oid parent = statement->relation_oid, oid = child.oid;
    const char *name = child.name, *chars = text.c_str();
    const bool has_rows = child.kind == RELKIND_RELATION || child.kind == RELKIND_PARTITIONED_TABLE;
    const Bound bound = guarded([=] { return read_bound(parent, has_rows ? oid : InvalidOid, name, spec, chars); });
    partition->check = plain(bound.check);
    take_default(bound, partition.get());
    read_referenced(parent, partition.get());
    if (child.kind == RELKIND_RELATION)
        read_missing(parent, child.oid, child.schema, partition.get());
    change->partition = partition;
}

// The name of the CHECK that DETACH CONCURRENTLY leaves on the partition.
const char *left_check(Oid child)
{
    Relation relation = ::table_open(child, AccessShareLock);
    List *columns = ::list_union(NIL, ::pull_var_clause(reinterpret_cast<Node *>(::RelationGetPartitionQual(relation)), 0));
    const char *column = list_length(columns) == 1 ? ::get_attname(child, castNode(Var, linitial(columns))->varattno, false) : nullptr;
    const char *name = ::ChooseConstraintName(RelationGetRelationName(relation), column, "check", RelationGetNamespace(relation), NIL);
    ::table_close(relation, AccessShareLock);
    return name;
}

void read_detach(PartitionCmd *command, core::Statement *statement, core::Change *change)
{
    const Child child = find_child(command->name);
    auto partition = std::make_shared<PartitionChange>();
    partition->verb = PartitionChange::Verb::detach;
    partition->parent = core::qualified(statement->schema, statement->relation);
    partition->child = core::qualified(child.schema, child.name);
    partition->child_name = child.name;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        const Rows rows = sql.run("SELECT pg_get_expr(c.relpartbound, c.oid) AS bound, p.partdefid::bigint AS default_oid FROM pg_inherits i"
                                  "  JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_partitioned_table p ON p.partrelid = i.inhparent"
                                  " WHERE i.inhparent = $1::oid AND i.inhrelid = $2::oid",
                                  both(statement->relation_oid, child.oid));
        if (rows.empty())
            throw core::Error(core::sqlstate::kUndefinedTable,
                              "relation \"" + plain(child.name) + "\" is not a partition of relation \"" + statement->relation + "\"", "", "",
                              position_of(command->name->location));
        partition->bound = rows[0].text("bound");
        partition->has_default = rows[0].integer("default_oid") != 0;
        if (partition->has_default && static_cast<Oid>(rows[0].integer("default_oid")) != child.oid)
            partition->default_partition = relation_text(static_cast<Oid>(rows[0].integer("default_oid")));
    }
    read_referenced(statement->relation_oid, partition.get());
    const Oid oid = child.oid;
    partition->left_check = guarded([oid] { return left_check(oid); });
    change->partition = partition;
}

}  // namespace

bool read_partition_command(AlterTableCmd *command, const std::string &text, core::Statement *statement, core::Change *change)
{
    if (command->subtype != AT_AttachPartition && command->subtype != AT_DetachPartition)
        return false;
    auto *partition = castNode(PartitionCmd, command->def);
    change->kind = core::ChangeKind::partition;
    change->column.clear();
    change->position = position_of(partition->name->location);
    command->subtype == AT_AttachPartition ? read_attach(partition, text, statement, change) : read_detach(partition, statement, change);
    return true;
}

void read_partition_of(CreateStmt *node, const std::string &child, const std::string &text, core::Statement *statement, core::Change *change)
{
    find_table(linitial_node(RangeVar, node->inhRelations), false, statement);
    if (change->is_noop)
        return;
    auto partition = std::make_shared<PartitionChange>();
    partition->verb = PartitionChange::Verb::create;
    partition->parent = core::qualified(statement->schema, statement->relation);
    partition->child = child;
    partition->child_name = node->relation->relname;
    partition->statement = text;
    PartitionBoundSpec *spec = node->partbound;
    const Oid parent = statement->relation_oid;
    const char *name = node->relation->relname, *chars = text.c_str();
    take_default(guarded([=] { return read_bound(parent, InvalidOid, name, spec, chars); }), partition.get());
    partition->referenced = change->locks;
    read_referenced(parent, partition.get());
    change->kind = core::ChangeKind::partition;
    change->partition = partition;
}

std::vector<std::string> published_relations(CreatePublicationStmt *node)
{
    std::vector<std::string> result;
    List *tables = guarded([node] { return compat_published_tables(node); });
    ListCell *cell;
    foreach (cell, tables)
        result.push_back(relation_text(lfirst_node(RangeVar, cell)));
    return result;
}

}  // namespace hotswap::bridge
