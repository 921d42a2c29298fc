// See compiled_table.hpp.
// SPDX-License-Identifier: PostgreSQL
#include <string>
#include <vector>

#include "core/dual_write.hpp"

#include "bridge/boundary.hpp"
#include "bridge/compat.hpp"
#include "bridge/compiled_table.hpp"
#include "bridge/guard.hpp"
#include "bridge/row_program.hpp"
#include "bridge/tree.hpp"

extern "C" {
#include "commands/defrem.h"
#include "utils/inval.h"
#include "utils/reltrigger.h"
}

namespace hotswap::bridge {

namespace {

struct Cache {
    CompiledTable *first = nullptr;
    bool callbacks_registered = false;
};
Cache cache;   // NOLINT: compiled triggers of this backend

void forget_relation(Datum, Oid relation)
{
    for (CompiledTable *t = cache.first; t != nullptr; t = t->next)
        if (relation == InvalidOid || t->relation == relation)
            t->valid = false;
}

void forget_all(Datum, int, uint32)
{
    forget_relation(0, InvalidOid);
}

// ---- names of the expressions -> columns ---------------------------------------------------

struct Alias {
    const char *name;
    AttrNumber number;
};

struct AliasScope {
    const Alias *aliases;
    int count;
    TupleDesc shape;
};

// The other side's columns go by their aliases; every other name is an ordinary column of the table.
Node *resolve_alias(ParseState *state, ColumnRef *reference)
{
    const auto *scope = static_cast<const AliasScope *>(state->p_ref_hook_state);
    if (list_length(reference->fields) != 1 || !IsA(linitial(reference->fields), String))
        return nullptr;
    const char *name = strVal(linitial(reference->fields));
    for (int i = 0; i < scope->count; ++i) {
        if (strcmp(scope->aliases[i].name, name) != 0)
            continue;
        const Form_pg_attribute a = TupleDescAttr(scope->shape, scope->aliases[i].number - 1);
        return reinterpret_cast<Node *>(
            makeVar(1, scope->aliases[i].number, a->atttypid, a->atttypmod, a->attcollation, 0));
    }
    return nullptr;
}

ExprState *compile(const char *text, Relation relation, const AliasScope *scope, const Form_pg_attribute target, bool *user_code)
{
    return compile_row_expression(text, relation, resolve_alias, const_cast<AliasScope *>(scope), target, user_code);
}

// ---- from the trigger's arguments ----------------------------------------------------------

const Trigger *find_trigger(Relation relation)
{
    const TriggerDesc *triggers = relation->trigdesc;
    for (int i = 0; triggers != nullptr && i < triggers->numtriggers; ++i)
        if (strcmp(triggers->triggers[i].tgname, core::kTriggerName) == 0)
            return &triggers->triggers[i];
    return nullptr;
}

AttrNumber number_of(TupleDesc shape, const char *name)
{
    for (int i = 0; i < shape->natts; ++i) {
        const Form_pg_attribute a = TupleDescAttr(shape, i);
        if (!a->attisdropped && strcmp(NameStr(a->attname), name) == 0)
            return a->attnum;
    }
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN), errmsg("dual-write trigger names column \"%s\", which does not exist", name),
                    errhint("The table was changed behind the migration; drop the trigger \"%s\" to make it writable.",
                            core::kTriggerName)));
    return 0;
}

// Plain copies, so that no C++ object lives while the server compiles.
struct CColumn {
    const char *name, *alias, *fill, *initial;
};
struct CGroup {
    CColumn *old_side, *new_side;
    int old_count, new_count;
    bool new_wins, generated;
};
struct CTable {
    CGroup *groups;
    int count;
};

const char *keep(const std::string &text)
{
    char *copy = static_cast<char *>(::palloc(text.size() + 1));
    memcpy(copy, text.c_str(), text.size() + 1);
    return copy;
}

CColumn *columns_of(const std::vector<core::SideColumn> &side)
{
    auto *columns = static_cast<CColumn *>(::palloc0(sizeof(CColumn) * side.size()));
    for (std::size_t i = 0; i < side.size(); ++i)
        columns[i] = {keep(side[i].name), keep(side[i].alias), keep(side[i].fill),
                      side[i].default_text.empty() ? nullptr : keep(side[i].default_text)};
    return columns;
}

// Runs behind a boundary of its own: core throws, the server longjmps, and this is where the two meet.
CTable read_arguments(const Trigger *trigger)
{
    return boundary([trigger] {
        std::vector<std::string> arguments;
        for (int i = 0; i < trigger->tgnargs; ++i)
            arguments.emplace_back(trigger->tgargs[i]);
        const std::vector<core::DualWrite> writes = core::parse_trigger_arguments(arguments);
        CTable table = {static_cast<CGroup *>(::palloc0(sizeof(CGroup) * (writes.size() + 1))), static_cast<int>(writes.size())};
        for (std::size_t i = 0; i < writes.size(); ++i) {
            CGroup &group = table.groups[i];
            group.old_side = columns_of(writes[i].old_side);
            group.new_side = columns_of(writes[i].new_side);
            group.old_count = static_cast<int>(writes[i].old_side.size());
            group.new_count = static_cast<int>(writes[i].new_side.size());
            group.new_wins = writes[i].on_conflict == core::Conflict::new_wins;
            for (const core::SideColumn &column : writes[i].old_side)
                group.generated = group.generated || column.generated_by_server;
        }
        return table;
    });
}

CompiledColumn *compile_side(Relation relation, TupleDesc shape, const CColumn *side, int count, const CColumn *other,
                             int other_count, bool *user_code)
{
    if (count > kMostColumns)
        ereport(ERROR, (errcode(ERRCODE_TOO_MANY_COLUMNS), errmsg("a dual write can have at most %d columns on a side", kMostColumns)));
    auto *aliases = static_cast<Alias *>(::palloc0(sizeof(Alias) * static_cast<Size>(other_count + 1)));
    for (int i = 0; i < other_count; ++i)
        aliases[i] = {other[i].alias, number_of(shape, other[i].name)};
    const AliasScope scope = {aliases, other_count, shape};
    const AliasScope no_alias = {nullptr, 0, shape};

    auto *columns = static_cast<CompiledColumn *>(::palloc0(sizeof(CompiledColumn) * static_cast<Size>(count)));
    for (int i = 0; i < count; ++i) {
        const AttrNumber number = number_of(shape, side[i].name);
        const Form_pg_attribute attribute = TupleDescAttr(shape, number - 1);
        columns[i].number = number;
        columns[i].attribute = attribute;
        columns[i].fill = compile(side[i].fill, relation, &scope, attribute, user_code);
        bool ignored = false;
        columns[i].initial = side[i].initial == nullptr ? nullptr : compile(side[i].initial, relation, &no_alias, attribute, &ignored);
    }
    return columns;
}

void build(CompiledTable *table, Relation relation, const Trigger *trigger)
{
    table->memory = AllocSetContextCreate(TopMemoryContext, "hotswap dual write", ALLOCSET_SMALL_SIZES);
    MemoryContext saved = ::MemoryContextSwitchTo(table->memory);
    const LockedPath path = LockedPath::enter();

    table->owner = relation->rd_rel->relowner;
    table->shape = ::CreateTupleDescCopyConstr(RelationGetDescr(relation));
    table->slot = ::MakeSingleTupleTableSlot(table->shape, &TTSOpsVirtual);
    table->estate = ::CreateExecutorState();
    table->context = ::CreateExprContext(table->estate);
    table->context->ecxt_scantuple = table->slot;

    const CTable described = read_arguments(trigger);
    table->groups = static_cast<CompiledGroup *>(::palloc0(sizeof(CompiledGroup) * static_cast<Size>(described.count + 1)));
    for (int i = 0; i < described.count; ++i) {
        const CGroup &from = described.groups[i];
        CompiledGroup &to = table->groups[i];
        bool user_code = false;
        to.old_count = from.old_count;
        to.new_count = from.new_count;
        to.new_wins = from.new_wins;
        to.generated = from.generated;
        to.old_side = compile_side(relation, table->shape, from.old_side, from.old_count, from.new_side, from.new_count, &user_code);
        to.new_side = compile_side(relation, table->shape, from.new_side, from.new_count, from.old_side, from.old_count, &user_code);
        to.trusted = !user_code;
    }
    table->group_count = described.count;

    path.leave();
    ::MemoryContextSwitchTo(saved);
    table->valid = true;
}

void discard(CompiledTable *table)
{
    if (table->memory == nullptr)
        return;
    if (table->estate != nullptr)
        ::FreeExecutorState(table->estate);
    ::MemoryContextDelete(table->memory);
    table->memory = nullptr;
    table->estate = nullptr;
    table->group_count = 0;
}

CompiledTable *entry_of(Oid relation)
{
    for (CompiledTable *t = cache.first; t != nullptr; t = t->next)
        if (t->relation == relation && (t->valid || t->users == 0))
            return t;
    auto *table = static_cast<CompiledTable *>(::MemoryContextAllocZero(TopMemoryContext, sizeof(CompiledTable)));
    table->relation = relation;
    table->next = cache.first;
    cache.first = table;
    return table;
}

}  // namespace

CompiledTable *acquire_compiled(Relation relation)
{
    if (!cache.callbacks_registered) {
        ::CacheRegisterRelcacheCallback(forget_relation, 0);
        ::CacheRegisterSyscacheCallback(PROCOID, forget_all, 0);
        ::CacheRegisterSyscacheCallback(TYPEOID, forget_all, 0);
        ::CacheRegisterSyscacheCallback(CASTSOURCETARGET, forget_all, 0);
        cache.callbacks_registered = true;
    }
    CompiledTable *table = entry_of(RelationGetRelid(relation));
    if (!table->valid) {
        const Trigger *trigger = find_trigger(relation);
        if (trigger == nullptr)
            return nullptr;
        discard(table);
        build(table, relation, trigger);
    }
    ++table->users;
    return table;
}

void release_compiled(CompiledTable *table)
{
    if (table->users > 0)
        --table->users;
}

}  // namespace hotswap::bridge
