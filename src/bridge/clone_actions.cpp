// See clone_set.hpp. This file clones what acts on a table's rows: triggers, policies, rules.
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
#include "catalog/indexing.h"
#include "catalog/pg_policy.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
}

namespace hotswap::bridge {

namespace {

std::string text_of_trigger(Oid trigger)
{
    return guarded([trigger] { return static_cast<const char *>(TextDatumGetCString(DirectFunctionCall1(::pg_get_triggerdef, ObjectIdGetDatum(trigger)))); });
}

std::string text_of_rule(Oid rule)
{
    return guarded([rule] { return static_cast<const char *>(TextDatumGetCString(DirectFunctionCall1(::pg_get_ruledef, ObjectIdGetDatum(rule)))); });
}

struct PolicyParts {
    const char *name;
    bool permissive;
    char command;
    const char *condition, *check;   // null where there is none
};

// Inside guarded(): a column of the row that is an expression over the table.
const char *expression_in(HeapTuple tuple, int column, TupleDesc shape, Oid table)
{
    bool null;
    const Datum value = ::heap_getattr(tuple, column, shape, &null);
    return null ? nullptr : TextDatumGetCString(DirectFunctionCall2(::pg_get_expr, value, ObjectIdGetDatum(table)));
}

PolicyParts policy_parts(Oid policy, Oid table)
{
    return guarded([policy, table] {
        PolicyParts parts = {};
        Relation catalog = ::table_open(PolicyRelationId, AccessShareLock);
        ScanKeyData key;
        ::ScanKeyInit(&key, Anum_pg_policy_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(policy));
        SysScanDesc scan = ::systable_beginscan(catalog, PolicyOidIndexId, true, nullptr, 1, &key);
        HeapTuple tuple = ::systable_getnext(scan);
        if (!HeapTupleIsValid(tuple))
            elog(ERROR, "policy %u is gone", policy);
        const auto *form = reinterpret_cast<Form_pg_policy>(GETSTRUCT(tuple));
        const TupleDesc shape = RelationGetDescr(catalog);
        parts.name = ::pstrdup(NameStr(form->polname));
        parts.permissive = form->polpermissive;
        parts.command = form->polcmd;
        parts.condition = expression_in(tuple, Anum_pg_policy_polqual, shape, table);
        parts.check = expression_in(tuple, Anum_pg_policy_polwithcheck, shape, table);
        ::systable_endscan(scan);
        ::table_close(catalog, AccessShareLock);
        return parts;
    });
}

const char *command_of(char command)
{
    switch (command) {
    case 'r':
        return "SELECT";
    case 'a':
        return "INSERT";
    case 'w':
        return "UPDATE";
    case 'd':
        return "DELETE";
    default:
        return "ALL";
    }
}

}  // namespace

void CloneSet::make_triggers(unsigned original)
{
    const OriginalFacts facts = original_facts(original);
    const std::string schema = schemas_.standing_for(name_of_schema(facts.schema));
    const Authority authority = Authority::of_role(facts.owner);
    for (const unsigned trigger : triggers_of(original)) {
        if (!make_once('t', trigger))
            continue;
        const std::string text = text_of_trigger(trigger);
        auto *statement = castNode(CreateTrigStmt, parse_utility(text));
        statement->relation->schemaname = kept(schema);
        statement->constrrel = nullptr;
        run_utility(reinterpret_cast<Node *>(statement), text);
    }
}

// For PUBLIC: who a policy is for changes nothing of what statements do to it.
void CloneSet::make_policies(unsigned original)
{
    const OriginalFacts facts = original_facts(original);
    const std::string table = scratch_name(original);
    const Authority authority = Authority::of_role(facts.owner);
    for (const unsigned policy : policies_of(original)) {
        if (!make_once('p', policy))
            continue;
        const PolicyParts parts = policy_parts(policy, original);
        std::string text = "CREATE POLICY " + core::quote_identifier(parts.name) + " ON " + table + (parts.permissive ? "" : " AS RESTRICTIVE") + " FOR " +
                           command_of(parts.command);
        if (parts.condition != nullptr)
            text += std::string(" USING (") + parts.condition + ")";
        if (parts.check != nullptr)
            text += std::string(" WITH CHECK (") + parts.check + ")";
        run_utility(text);
    }
}

void CloneSet::make_rules(unsigned original)
{
    const OriginalFacts facts = original_facts(original);
    if (!facts.rules)
        return;
    const std::string schema = schemas_.standing_for(name_of_schema(facts.schema));
    for (const unsigned rule : rules_of(original)) {
        if (!make_once('r', rule))
            continue;
        std::string text;
        {
            const Authority authority = Authority::of_role(facts.owner);
            text = text_of_rule(rule);
        }
        auto *statement = castNode(RuleStmt, parse_utility(text));
        // Where a rule writes to, a lock is taken when it is made: everything it names has to be a clone.
        for (Node *node : nodes_in(reinterpret_cast<Node *>(statement->actions), T_RangeVar)) {
            auto *name = castNode(RangeVar, node);
            if (name->schemaname == nullptr)
                continue;
            Found found = find(name->schemaname, name->relname);
            if (found.oid != 0 && !found.cloned)
                need(found.original, Depth::keys);
            name->schemaname = kept(schemas_.standing_for(found.schema));
        }
        statement->relation->schemaname = kept(schema);
        const Authority authority = Authority::of_role(facts.owner);
        run_utility(reinterpret_cast<Node *>(statement), text);
    }
}

}  // namespace hotswap::bridge
