// See dual_write_row.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/dual_write_row.hpp"

#include <vector>

#include "core/error.hpp"
#include "core/identifier.hpp"

#include "bridge/compiled_table.hpp"
#include "bridge/guard.hpp"

extern "C" {
#include "utils/datum.h"
}

namespace hotswap::bridge {

namespace {

HeapTuple heap(void *tuple)
{
    return static_cast<HeapTuple>(tuple);
}

Datum value_of(HeapTuple tuple, const CompiledColumn &column, TupleDesc shape, bool *null)
{
    return ::heap_getattr(tuple, column.number, shape, null);
}

// Equal images: what "changed" means must not depend on an operator or a collation (1.0 and 1.00 differ).
bool same(const CompiledColumn &column, Datum left, bool left_null, Datum right, bool right_null)
{
    if (left_null || right_null)
        return left_null == right_null;
    return ::datum_image_eq(left, right, column.attribute->attbyval, column.attribute->attlen);
}

bool any_given(const CompiledColumn *side, int count, HeapTuple tuple, TupleDesc shape)
{
    for (int i = 0; i < count; ++i)
        if (!::heap_attisnull(tuple, side[i].number, shape))
            return true;
    return false;
}

bool any_changed(const CompiledColumn *side, int count, HeapTuple before, HeapTuple after, TupleDesc shape)
{
    for (int i = 0; i < count; ++i) {
        bool before_null, after_null;
        const Datum b = value_of(before, side[i], shape, &before_null);
        const Datum a = value_of(after, side[i], shape, &after_null);
        if (!same(side[i], b, before_null, a, after_null))
            return true;
    }
    return false;
}

// A stretch of evaluation: the row in the slot, short-lived memory, and for user code the rights of the table's owner,
// security-restricted. The server puts the rights back by itself when an error passes through.
struct Evaluation {
    CompiledTable *table;
    MemoryContext caller;
    Oid role;
    int context;
    bool switched;

    static Evaluation begin(CompiledTable *table, HeapTuple tuple, bool as_owner)
    {
        Evaluation e = {table, nullptr, InvalidOid, 0, as_owner};
        ::ExecClearTuple(table->slot);
        ::heap_deform_tuple(tuple, table->shape, table->slot->tts_values, table->slot->tts_isnull);
        ::ExecStoreVirtualTuple(table->slot);
        ResetExprContext(table->context);
        e.caller = ::MemoryContextSwitchTo(table->context->ecxt_per_tuple_memory);
        if (as_owner) {
            ::GetUserIdAndSecContext(&e.role, &e.context);
            ::SetUserIdAndSecContext(table->owner, e.context | SECURITY_RESTRICTED_OPERATION);
        }
        return e;
    }
    Datum value(ExprState *state, bool *null) const { return ::ExecEvalExpr(state, table->context, null); }
    void end() const
    {
        if (switched)
            ::SetUserIdAndSecContext(role, context);
        ::MemoryContextSwitchTo(caller);
    }
};

struct Values {
    int count;
    int numbers[kMostColumns];
    Datum values[kMostColumns];
    bool nulls[kMostColumns];
};

HeapTuple with(HeapTuple tuple, TupleDesc shape, Values *v)
{
    HeapTuple result = ::heap_modify_tuple_by_cols(tuple, shape, v->count, v->numbers, v->values, v->nulls);
    result->t_self = tuple->t_self;
    result->t_tableOid = tuple->t_tableOid;
    return result;
}

HeapTuple fill(CompiledTable *table, const CompiledGroup &group, const CompiledColumn *side, int count, HeapTuple tuple)
{
    Values v;
    v.count = count;
    bool differs = false;
    const Evaluation e = Evaluation::begin(table, tuple, !group.trusted);
    for (int i = 0; i < v.count; ++i) {
        bool null;
        v.numbers[i] = side[i].number;
        v.values[i] = e.value(side[i].fill, &v.nulls[i]);
        const Datum found = value_of(tuple, side[i], table->shape, &null);
        differs = differs || !same(side[i], v.values[i], v.nulls[i], found, null);
    }
    e.end();
    // A row that is right already stays the very same tuple: the backfill then leaves it alone.
    return differs ? with(tuple, table->shape, &v) : tuple;
}

bool side_equals(CompiledTable *table, const CompiledGroup &group, const CompiledColumn *side, int count, HeapTuple tuple)
{
    bool equal = true;
    const Evaluation e = Evaluation::begin(table, tuple, !group.trusted);
    for (int i = 0; i < count && equal; ++i) {
        bool wanted_null, null;
        const Datum wanted = e.value(side[i].fill, &wanted_null);
        const Datum found = value_of(tuple, side[i], table->shape, &null);
        equal = same(side[i], wanted, wanted_null, found, null);
    }
    e.end();
    return equal;
}

}  // namespace

DualWriteRow::DualWriteRow(FunctionCallInfoBaseData *info) : table_(nullptr), old_tuple_(nullptr), new_tuple_(nullptr)
{
    struct Found {
        CompiledTable *table;
        HeapTuple before, after;
    };
    const Found found = guarded([info] {
        if (!CALLED_AS_TRIGGER(info))
            ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED), errmsg("hotswap.dual_write is a trigger function"),
                            errhint("hotswap creates its triggers by itself; see hotswap.start.")));
        auto *data = reinterpret_cast<TriggerData *>(info->context);
        const bool update = TRIGGER_FIRED_BY_UPDATE(data->tg_event);
        if (!TRIGGER_FIRED_BEFORE(data->tg_event) || !TRIGGER_FIRED_FOR_ROW(data->tg_event) ||
            !(update || TRIGGER_FIRED_BY_INSERT(data->tg_event)))
            ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                            errmsg("hotswap.dual_write must be a BEFORE INSERT OR UPDATE row trigger")));
        Found f;
        f.table = acquire_compiled(data->tg_relation);
        f.before = update ? data->tg_trigtuple : nullptr;
        f.after = update ? data->tg_newtuple : data->tg_trigtuple;
        // A copy of the trigger under another name (pg_dump of a partition, a curious user) has nothing to do.
        if (f.table == nullptr)
            ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                            errmsg("table \"%s\" has no trigger named \"%s\"", RelationGetRelationName(data->tg_relation), core::kTriggerName)));
        return f;
    });
    table_ = found.table;
    old_tuple_ = found.before;
    new_tuple_ = found.after;
}

DualWriteRow::DualWriteRow(CompiledTable *table, void *tuple) : table_(table), old_tuple_(tuple), new_tuple_(tuple)
{
    ++table_->users;
}

DualWriteRow::~DualWriteRow()
{
    release_compiled(table_);
}

void DualWriteRow::set_tuple(void *tuple)
{
    old_tuple_ = new_tuple_ = tuple;
    modified_ = false;
}

int DualWriteRow::groups() const
{
    return table_->group_count;
}

core::Conflict DualWriteRow::policy(int group) const
{
    return table_->groups[group].new_wins ? core::Conflict::new_wins : core::Conflict::error;
}

bool DualWriteRow::old_may_be_generated(int group) const
{
    return table_->groups[group].generated;
}

bool DualWriteRow::old_given(int group) const
{
    const CompiledGroup &g = table_->groups[group];
    return any_given(g.old_side, g.old_count, heap(new_tuple_), table_->shape);
}

bool DualWriteRow::new_given(int group) const
{
    const CompiledGroup &g = table_->groups[group];
    return any_given(g.new_side, g.new_count, heap(new_tuple_), table_->shape);
}

bool DualWriteRow::old_changed(int group) const
{
    if (old_tuple_ == new_tuple_)
        return false;
    const CompiledGroup *g = &table_->groups[group];
    const HeapTuple before = heap(old_tuple_), after = heap(new_tuple_);
    const TupleDesc shape = table_->shape;
    return guarded([=] { return any_changed(g->old_side, g->old_count, before, after, shape); });
}

bool DualWriteRow::new_changed(int group) const
{
    if (old_tuple_ == new_tuple_)
        return false;
    const CompiledGroup *g = &table_->groups[group];
    const HeapTuple before = heap(old_tuple_), after = heap(new_tuple_);
    const TupleDesc shape = table_->shape;
    return guarded([=] { return any_changed(g->new_side, g->new_count, before, after, shape); });
}

bool DualWriteRow::agree(int group)
{
    CompiledTable *table = table_;
    const CompiledGroup *g = &table->groups[group];
    const HeapTuple tuple = heap(new_tuple_);
    if (guarded([=] { return side_equals(table, *g, g->new_side, g->new_count, tuple); }))
        return true;
    return new_given(group) && guarded([=] { return side_equals(table, *g, g->old_side, g->old_count, tuple); });
}

void DualWriteRow::fill_new(int group)
{
    CompiledTable *table = table_;
    const CompiledGroup *g = &table->groups[group];
    const HeapTuple tuple = heap(new_tuple_);
    new_tuple_ = guarded([=] { return fill(table, *g, g->new_side, g->new_count, tuple); });
    modified_ = modified_ || new_tuple_ != tuple;
}

void DualWriteRow::fill_old(int group)
{
    CompiledTable *table = table_;
    const CompiledGroup *g = &table->groups[group];
    const HeapTuple tuple = heap(new_tuple_);
    new_tuple_ = guarded([=] { return fill(table, *g, g->old_side, g->old_count, tuple); });
    modified_ = modified_ || new_tuple_ != tuple;
}

void DualWriteRow::apply_defaults(int group)
{
    CompiledTable *table = table_;
    const CompiledGroup *g = &table->groups[group];
    const HeapTuple tuple = heap(new_tuple_);
    new_tuple_ = guarded([=] {
        Values v;
        v.count = 0;
        // As the user who inserts, exactly as the server would evaluate a column default.
        const Evaluation e = Evaluation::begin(table, tuple, false);
        for (int i = 0; i < g->old_count; ++i) {
            if (g->old_side[i].initial == nullptr)
                continue;
            v.numbers[v.count] = g->old_side[i].number;
            v.values[v.count] = e.value(g->old_side[i].initial, &v.nulls[v.count]);
            ++v.count;
        }
        e.end();
        return v.count == 0 ? tuple : with(tuple, table->shape, &v);
    });
    if (new_tuple_ != tuple)
        modified_ = true;
    fill_new(group);
}

void DualWriteRow::conflict(int group) const
{
    const CompiledGroup &g = table_->groups[group];
    std::vector<std::string> old_names, new_names;
    for (int i = 0; i < g.old_count; ++i)
        old_names.emplace_back(NameStr(g.old_side[i].attribute->attname));
    for (int i = 0; i < g.new_count; ++i)
        new_names.emplace_back(NameStr(g.new_side[i].attribute->attname));
    throw core::Error(core::sqlstate::kDualWriteConflict,
                      "columns " + core::quote_list(old_names) + " and " + core::quote_list(new_names) + " were given values that do not agree",
                      "A migration keeps these columns equal, and this statement writes both.",
                      "Write one of the two, or start the migration with options => '{\"conflict\": \"new_wins\"}'.");
}

std::uintptr_t DualWriteRow::result() const
{
    return PointerGetDatum(new_tuple_);
}

}  // namespace hotswap::bridge
