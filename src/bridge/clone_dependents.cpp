// See clone_set.hpp. This file clones what hangs on a table: foreign keys, sequences, statistics, views.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/clone_set.hpp"

#include <algorithm>

#include "bridge/clone_reading.hpp"
#include "bridge/scratch_schemas.hpp"
#include "bridge/session.hpp"
#include "core/identifier.hpp"

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"
#include "bridge/utility_statement.hpp"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_sequence.h"
#include "utils/fmgrprotos.h"
}

namespace hotswap::bridge {

namespace {

// The default of a column as text; empty when it has none.
std::string default_of(Oid table, int column)
{
    return guarded([table, column]() -> const char * {
        const char *result = "";
        Relation opened = ::relation_open(table, AccessShareLock);
        const TupleConstr *constr = RelationGetDescr(opened)->constr;
        for (int i = 0; constr != nullptr && i < constr->num_defval; ++i)
            if (constr->defval[i].adnum == column)
                result = TextDatumGetCString(DirectFunctionCall2(::pg_get_expr, CStringGetTextDatum(constr->defval[i].adbin), ObjectIdGetDatum(table)));
        ::relation_close(opened, AccessShareLock);
        return result;
    });
}

std::string sequence_type(Oid sequence)
{
    return guarded([sequence] {
        HeapTuple tuple = ::SearchSysCache1(SEQRELID, ObjectIdGetDatum(sequence));
        if (!HeapTupleIsValid(tuple))
            elog(ERROR, "cache lookup failed for sequence %u", sequence);
        const Oid type = reinterpret_cast<Form_pg_sequence>(GETSTRUCT(tuple))->seqtypid;
        ::ReleaseSysCache(tuple);
        return static_cast<const char *>(::format_type_be(type));
    });
}

bool is_there(Oid relation)
{
    return guarded([relation] { return ::get_rel_relkind(relation) != '\0'; });
}

std::string text_of_view(Oid view)
{
    std::string query = guarded([view] { return static_cast<const char *>(TextDatumGetCString(DirectFunctionCall1(::pg_get_viewdef, ObjectIdGetDatum(view)))); });
    while (!query.empty() && query.back() == ';')
        query.pop_back();
    return query;
}

}  // namespace

void CloneSet::make_sequences(unsigned original, const Columns &about)
{
    const OriginalFacts table = original_facts(original);
    const std::string schema = schemas_.standing_for(name_of_schema(table.schema));
    const std::string on = core::qualified(schema, table.name);
    const Authority authority = Authority::of_role(table.owner);
    for (const OwnedSequence &sequence : sequences_of(original)) {
        if ((about && about->count(column_name(original, sequence.column)) == 0) || !make_once('S', sequence.oid))
            continue;
        const OriginalFacts facts = original_facts(sequence.oid);
        const std::string name = core::qualified(schema, facts.name);
        const std::string column = core::quote_identifier(column_name(original, sequence.column));
        // That of an identity column has come with the column, under the name it is given at first.
        if (sequence.identity) {
            for (const OwnedSequence &come : sequences_of(registry.originals[original].clone))
                if (come.identity && column_name(registry.originals[original].clone, come.column) == column_name(original, sequence.column)) {
                    const std::string first = guarded([&come] { return static_cast<const char *>(::get_rel_name(come.oid)); });
                    if (first != facts.name)
                        run_utility("ALTER SEQUENCE " + core::qualified(schema, first) + " RENAME TO " + core::quote_identifier(facts.name));
                }
        } else {
            run_utility("CREATE SEQUENCE " + name + " AS " + sequence_type(sequence.oid) + " OWNED BY " + on + "." + column);
            if (default_of(original, sequence.column).rfind("nextval(", 0) == 0)
                run_utility("ALTER TABLE " + on + " ALTER COLUMN " + column + " SET DEFAULT pg_catalog.nextval(" + core::quote_literal(name) + ")");
        }
        if (const unsigned clone = relation_named(facts.name, schema_named(schema)); clone != InvalidOid)
            add(sequence.oid, clone, Depth::all);
    }
}

void CloneSet::make_sequence(unsigned original)
{
    const Oid owner = guarded([original] {
        Oid table = InvalidOid;
        int32 column = 0;
        if (!::sequenceIsOwned(original, DEPENDENCY_AUTO, &table, &column))
            (void)::sequenceIsOwned(original, DEPENDENCY_INTERNAL, &table, &column);
        return table;
    });
    const OriginalFacts facts = original_facts(original);
    if (owner != InvalidOid) {
        need(owner, Depth::all);
        if (registry.originals.find(original) == registry.originals.end())
            throw NotRehearsed{"sequence \"" + facts.name + "\" cannot be cloned"};
        return;
    }
    const std::string name = scratch_name(original);
    const Authority authority = Authority::of_role(facts.owner);
    run_utility((facts.persistence == RELPERSISTENCE_UNLOGGED ? "CREATE UNLOGGED SEQUENCE " : "CREATE SEQUENCE ") + name + " AS " + sequence_type(original));
    add(original, find(name_of_schema(facts.schema), facts.name).oid, Depth::all);
}

namespace {

bool overlap(const Columns &about, const std::set<std::string> &columns)
{
    return !about || std::any_of(columns.begin(), columns.end(), [&about](const std::string &name) { return about->count(name) != 0; });
}

}  // namespace

void CloneSet::make_foreign_keys(unsigned original, const Columns &about)
{
    for (const OriginalConstraint &key : constraints_of(original))
        if (key.kind == CONSTRAINT_FOREIGN && key.parent == InvalidOid && overlap(about, key.columns))
            make_foreign_key(key);
    for (const OriginalConstraint &key : keys_leading_to(original))
        if (key.parent == InvalidOid && overlap(about, key.referenced_columns))
            make_foreign_key(key);
}

void CloneSet::make_foreign_key(const OriginalConstraint &key)
{
    if (!registry.constraints.insert(key.oid).second)
        return;
    need(key.table, Depth::keys);
    need(key.referenced, Depth::keys);
    const OriginalFacts from = original_facts(key.table), to = original_facts(key.referenced);
    if (from.owner != to.owner) {
        const std::string referenced = scratch_name(key.referenced);
        const Authority authority = Authority::of_role(to.owner);
        run_utility("GRANT REFERENCES, SELECT ON " + referenced + " TO PUBLIC");
    }
    const std::string from_schema = schemas_.standing_for(name_of_schema(from.schema));
    const std::string to_schema = schemas_.standing_for(name_of_schema(to.schema));
    const Authority authority = Authority::of_role(from.owner);
    const std::string text = text_of_constraint(key.oid);
    auto *statement = castNode(AlterTableStmt, parse_utility(text));
    statement->relation->schemaname = kept(from_schema);
    auto *command = linitial_node(AlterTableCmd, statement->cmds);
    castNode(Constraint, command->def)->pktable->schemaname = kept(to_schema);
    run_utility(reinterpret_cast<Node *>(statement), text);
    make_comment(key.oid, ConstraintRelationId, "CONSTRAINT " + core::quote_identifier(key.name) + " ON " + scratch_name(key.table));
}

void CloneSet::make_statistics(unsigned original)
{
    const OriginalFacts facts = original_facts(original);
    const std::string schema = schemas_.standing_for(name_of_schema(facts.schema));
    const Authority authority = Authority::of_role(facts.owner);
    for (const unsigned statistics : statistics_of(original)) {
        if (!make_once('s', statistics))
            continue;
        const std::string text = guarded([statistics] { return static_cast<const char *>(::pg_get_statisticsobjdef_string(statistics)); });
        auto *statement = castNode(CreateStatsStmt, parse_utility(text));
        linitial_node(RangeVar, statement->relations)->schemaname = kept(schema);
        strVal(linitial(statement->defnames)) = kept(schema);
        run_utility(reinterpret_cast<Node *>(statement), text);
    }
}

// A table whose row type is that of a column somewhere may not be rewritten.
void CloneSet::make_row_type_users(unsigned original)
{
    for (const RowTypeUser &user : users_of_row_type(original)) {
        if (user.relation == InvalidOid) {
            registry.used_as_types.insert(original);
            continue;
        }
        const OriginalFacts facts = original_facts(user.relation);
        if (facts.kind == RELKIND_COMPOSITE_TYPE)
            throw NotRehearsed{"a composite type uses the row type of a table"};
        if (user.relation == original || (facts.kind != RELKIND_RELATION && facts.kind != RELKIND_PARTITIONED_TABLE))
            continue;
        need(user.relation, Depth::keys);
        const std::string type = scratch_name(original) + (user.array ? "[]" : "");
        const std::string table = scratch_name(user.relation);
        const Authority authority = Authority::of_role(facts.owner);
        run_utility("ALTER TABLE " + table + " ALTER COLUMN " + core::quote_identifier(column_name(user.relation, user.column)) + " TYPE " + type + " USING NULL");
    }
}

// What may not be done to a published table must not be done to its clone. Nobody subscribes to what nobody sees.
void CloneSet::make_publication(unsigned original)
{
    if (!is_published(original) || !make_once('P', original))
        return;
    const OriginalFacts facts = original_facts(original);
    const std::string name = schemas_.standing_for(name_of_schema(facts.schema)) + std::to_string(original);
    const std::string table = scratch_name(original);
    const Authority authority = Authority::of_store();
    run_utility("CREATE PUBLICATION " + core::quote_identifier(name) + " FOR TABLE " + table);
}

void CloneSet::make_views_on(unsigned original, const Columns &about)
{
    for (const unsigned view : views_on(original, about)) {
        const auto known = registry.originals.find(view);
        if (known != registry.originals.end() && !is_there(known->second.clone))
            continue;   // the script has dropped it
        if (known != registry.originals.end() && registry.read_themselves.count(original) != 0)
            throw NotRehearsed{"a view reads several of the tables"};
        const char kind = original_facts(view).kind;
        if (kind != RELKIND_VIEW && kind != RELKIND_MATVIEW) {
            need(view, Depth::all);
            continue;
        }
        make_view(view);
        make_views_on(view, std::nullopt);
    }
}

void CloneSet::make_view(unsigned original)
{
    if (registry.originals.find(original) != registry.originals.end())
        return;
    const OriginalFacts facts = original_facts(original);
    const std::string schema = schemas_.standing_for(name_of_schema(facts.schema));
    const Authority authority = Authority::of_role(facts.owner);
    const bool materialized = facts.kind == RELKIND_MATVIEW;
    const std::string text = (materialized ? "CREATE MATERIALIZED VIEW " : "CREATE VIEW ") + core::qualified(schema, facts.name) + " AS " +
                             text_of_view(original) + (materialized ? " WITH NO DATA" : "");
    Node *statement = parse_utility(text);
    Node *query = materialized ? castNode(CreateTableAsStmt, statement)->query : castNode(ViewStmt, statement)->query;
    for (Node *node : nodes_in(query, T_RangeVar)) {
        auto *name = castNode(RangeVar, node);
        if (name->schemaname == nullptr)
            continue;
        const Found read = find(name->schemaname, name->relname);
        if (read.oid != 0 && !read.cloned)
            registry.read_themselves.insert(read.original);
        if (read.cloned)
            name->schemaname = kept(schemas_.standing_for(read.schema));
    }
    run_utility(statement, text);
    add(original, relation_named(facts.name, schema_named(schema)), Depth::all);
    if (materialized)
        make_keys_and_indexes(original, schema, Depth::shape);
    make_details(original);
}

}  // namespace hotswap::bridge
