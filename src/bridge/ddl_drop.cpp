// DROP of anything but an index, and TRUNCATE's neighbour in spirit, DROP TABLE. See ddl.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/identifier.hpp"

#include "bridge/ddl_reading.hpp"
#include "bridge/object_cascade.hpp"
#include "bridge/object_text.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"

extern "C" {
#include "catalog/objectaddress.h"
#include "commands/defrem.h"
}

namespace hotswap::bridge {

namespace {

using core::Change;

struct Address {
    Oid catalog, oid;
    int part;
    Oid relation;   // the table of a trigger, rule or policy, and every relation itself
};

Address find_object(ObjectType type, Node *object, bool missing_ok)
{
    return guarded([=] {
        Relation relation = nullptr;
        const ObjectAddress found = ::get_object_address(type, object, &relation, AccessShareLock, missing_ok);
        Address address = {found.classId, found.objectId, found.objectSubId, InvalidOid};
        if (relation != nullptr) {
            address.relation = RelationGetRelid(relation);
            ::relation_close(relation, NoLock);
        }
        return address;
    });
}

std::string words(const std::vector<std::string> &names)
{
    std::string text;
    for (const std::string &name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

[[noreturn]] void refuse_dependents(const ObjectName &name, const std::vector<std::string> &dependents)
{
    throw core::Error("2BP01", "cannot drop " + name.identity + " because other objects depend on it", "Depending on it: " + words(dependents) + ".",
                      "Drop these first, or write CASCADE.");
}

bool is_on_table(ObjectType type)
{
    return type == OBJECT_TRIGGER || type == OBJECT_RULE || type == OBJECT_POLICY;
}

bool is_table(Oid relation)
{
    const char kind = guarded([relation] { return ::get_rel_relkind(relation); });
    return kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE;
}

// The table of a trigger, rule or policy. A view's is locked without being the migration's table.
void lock_table_of(Oid relation, core::Statement *statement, Change *change)
{
    change->lock_mode = "ACCESS EXCLUSIVE";
    if (!is_table(relation)) {
        change->locks.push_back(relation_text(relation));
        return;
    }
    RangeVar *name = guarded([relation] {
        return ::makeRangeVar(::get_namespace_name(::get_rel_namespace(relation)), ::get_rel_name(relation), -1);
    });
    find_table(name, false, statement);
}

// Rows are dropped by migrations that hold them for a while, never on the side.
void refuse_losing_rows(const ObjectId &object, const std::vector<core::Fallen> &all)
{
    std::vector<std::string> names;
    for (const core::Fallen &fallen : all)
        if (!fallen.column.empty() || fallen.drop.starts_with("DROP TABLE "))
            names.push_back(fallen.words);
    if (!names.empty())
        throw core::Error(core::sqlstate::kFeatureNotSupported, "cannot carry out DROP ... CASCADE of " + name_object(object).identity + " as an online migration",
                          "It would also drop " + words(names) + ".", "Drop these first, each as a migration of its own.");
}

// All that CASCADE takes along, by name: warned of, locked, and made again by the undo. The first table of them is the migration's.
// False when some of it cannot be made again.
bool add_fallen(const ObjectId &object, core::Statement *statement, Change *change)
{
    bool all_undone = true;
    std::vector<std::string> names;
    const std::vector<core::Fallen> all = fallen_with(object);
    refuse_losing_rows(object, all);
    for (const core::Fallen &fallen : all) {
        names.push_back(fallen.words);
        all_undone = all_undone && !fallen.again.empty();
        std::vector<std::string> again = fallen.again;
        if (!fallen.validation.empty())
            again.push_back(fallen.validation);
        change->undo.insert(change->undo.end(), again.begin(), again.end());
        if (!fallen.locks.empty())
            change->lock_mode = "ACCESS EXCLUSIVE";
        for (const unsigned relation : fallen.relations)
            if (statement->relation_oid == 0 && is_table(relation))
                lock_table_of(relation, statement, change);
            else
                change->locks.push_back(relation_text(relation));
    }
    if (!names.empty())
        change->warnings.push_back("CASCADE also drops " + words(names));
    return all_undone;
}

void read_objects(DropStmt *node, core::Statement *statement, Change *change)
{
    const ObjectType type = node->removeType;
    bool all_undone = true;
    int found = 0;
    ListCell *cell;
    foreach (cell, node->objects) {
        const Address address = find_object(type, static_cast<Node *>(lfirst(cell)), node->missing_ok);
        if (!OidIsValid(address.oid))
            continue;
        ++found;
        const ObjectId object = {address.catalog, address.oid, address.part};
        const std::vector<std::string> dependents = dependents_of(object);
        if (!dependents.empty() && node->behavior != DROP_CASCADE && list_length(node->objects) == 1)
            refuse_dependents(name_object(object), dependents);
        if (is_on_table(type)) {
            lock_table_of(address.relation, statement, change);
        } else if (OidIsValid(address.relation)) {
            change->lock_mode = "ACCESS EXCLUSIVE";
            change->locks.push_back(relation_text(address.relation));
        }
        const std::vector<std::string> again = recreate(object);
        all_undone = all_undone && !again.empty();
        if (node->behavior == DROP_CASCADE)
            all_undone = add_fallen(object, statement, change) && all_undone;
        change->undo.insert(change->undo.begin(), again.begin(), again.end());
    }
    change->is_noop = found == 0;
    if (!all_undone)
        change->undo.clear();
    if (type == OBJECT_SEQUENCE)
        change->why_final = "the value of the sequence is lost";
    if (type == OBJECT_MATVIEW || type == OBJECT_FOREIGN_TABLE)
        change->why_final = "what it holds is lost";
}

constexpr const char *kNeighbours =
    "SELECT DISTINCT x.oid::bigint AS oid FROM ("
    "  SELECT confrelid FROM pg_constraint WHERE conrelid = $1::oid AND contype = 'f'"
    "  UNION ALL SELECT conrelid FROM pg_constraint WHERE confrelid = $1::oid AND contype = 'f'"
    "  UNION ALL SELECT inhparent FROM pg_inherits WHERE inhrelid = $1::oid"
    "  UNION ALL SELECT partdefid FROM pg_partitioned_table WHERE partrelid = (SELECT inhparent FROM pg_inherits WHERE inhrelid = $1::oid LIMIT 1)"
    "  UNION ALL SELECT relid FROM pg_partition_tree($1::regclass)) AS r (relation) JOIN pg_class x ON x.oid = r.relation WHERE x.oid <> $1::oid";

// Why a table cannot be kept for a while in place of being dropped; empty: it can.
std::string why_not_kept(Sql &sql, Oid relation, bool cascade)
{
    const Row row = sql.run("SELECT c.relpersistence = 't' AS temporary, EXISTS (SELECT FROM pg_partition_tree(c.oid) t JOIN pg_class b ON b.oid = t.relid"
                            "   WHERE b.relnamespace <> c.relnamespace AND t.level > 0) AS scattered FROM pg_class c WHERE c.oid = $1::oid",
                            {static_cast<std::int64_t>(relation)})[0];
    if (row.boolean("temporary"))
        return "it is a temporary table";
    if (row.boolean("scattered"))
        return "its partitions are in several schemas";
    if (cascade)
        for (const core::Fallen &fallen : fallen_with({RelationRelationId, relation}))
            if (fallen.drop.empty() || !fallen.column.empty() || fallen.drop.starts_with("DROP TABLE "))
                return "CASCADE also drops " + fallen.words;
    return "";
}

void read_tables(DropStmt *node, core::Statement *statement, Change *change)
{
    change->kind = core::ChangeKind::drop_table;
    auto drop = std::make_shared<core::TableDrop>();
    drop->cascade = node->behavior == DROP_CASCADE;
    core::Statement first;
    ListCell *cell;
    foreach (cell, node->objects) {
        List *names = lfirst_node(List, cell);
        RangeVar *name = guarded([names] { return ::makeRangeVarFromNameList(names); });
        core::Statement found;
        if (!find_table(name, node->missing_ok, &found))
            continue;
        if (first.relation_oid == 0)
            first = found;
        else
            drop->locks.push_back(core::qualified(found.schema, found.relation));
        const ObjectId object = {RelationRelationId, found.relation_oid};
        for (const std::string &dependent : dependents_of(object))
            drop->dependents.push_back(dependent);
        core::TableDrop::Table table;
        table.schema = found.schema;
        table.name = found.relation;
        table.comment = name_object(object).comment;
        const Authority authority = Authority::of_store();
        Sql sql;
        const auto oid = static_cast<std::int64_t>(found.relation_oid);
        table.is_partition = sql.run("SELECT relispartition FROM pg_class WHERE oid = $1::oid", {oid})[0].boolean("relispartition");
        const Rows rows = sql.run(kNeighbours, {oid});
        for (std::size_t i = 0; i < rows.size(); ++i)
            drop->locks.push_back(relation_text(static_cast<Oid>(rows[i].integer("oid"))));
        if (drop->not_kept.empty())
            drop->not_kept = why_not_kept(sql, found.relation_oid, drop->cascade);
        drop->tables.push_back(table);
    }
    if (drop->tables.empty()) {
        change->is_noop = true;
        return;
    }
    // A foreign key between two tables of the list goes with them.
    if (drop->tables.size() == 1 && !drop->cascade && !drop->dependents.empty())
        refuse_dependents({"TABLE", core::qualified(first.schema, first.relation), "", "", ""}, drop->dependents);
    *statement = first;
    change->drops = drop;
}

}  // namespace

bool read_drop(DropStmt *node, const std::string &text, core::Statement *statement, Change *change)
{
    change->title = "DROP of " + plain(guarded([node] { return ::CreateCommandName(reinterpret_cast<Node *>(node)); })).substr(5);
    if (node->removeType == OBJECT_TABLE) {
        read_tables(node, statement, change);
        return true;
    }
    (void)text;
    read_objects(node, statement, change);
    return true;
}

}  // namespace hotswap::bridge
