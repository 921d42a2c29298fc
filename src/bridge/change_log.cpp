// The change log trigger: AFTER ROW it writes the keys of the row it fired for, before and after, into the log named by its first
// argument; AFTER TRUNCATE it writes that all rows went. Keys only: whoever reads the log reads the row as it is then, so order
// does not matter and nothing is logged twice over.
//
// AFTER, because a BEFORE trigger of somebody else may still change or suppress the row; ENABLE ALWAYS, so that replicas are
// heard as well. The row of the log is written as the server writes any row, in the application's own transaction: both are
// there or neither. It needs no rights of the writer, calls nothing of anybody's, and waits for nobody.
// A log that is gone means a migration that is gone: then there is nothing to do, and nobody is kept from writing (T31).
// SPDX-License-Identifier: PostgreSQL
#include "bridge/change_log.hpp"

#include "bridge/boundary.hpp"
#include "bridge/compat.hpp"
#include "bridge/guard.hpp"

extern "C" {
#include "utils/datum.h"
#include "utils/rel.h"
}

namespace hotswap::bridge {

namespace {

constexpr int kMostKeys = INDEX_MAX_KEYS;

// For one trigger during one statement, in the memory of the server's lookup of this function.
struct Log {
    Oid oid;
    int count;
    AttrNumber numbers[kMostKeys];
};

[[noreturn]] void not_a_log(const char *name)
{
    ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED), errmsg("\"%s\" is not a change log for this table", name),
                    errhint("hotswap.log_change is only for triggers that hotswap makes itself.")));
    pg_unreachable();
}

// Rows are written past executor, rights and indexes: so nothing is taken on trust.
void check_shape(Relation log, Relation table, const Log &columns, const char *name)
{
    const TupleDesc shape = RelationGetDescr(log), rows = RelationGetDescr(table);
    if (log->rd_rel->relkind != RELKIND_RELATION || log->rd_rel->relhasindex || shape->natts != columns.count + 1 ||
        TupleDescAttr(shape, 0)->atttypid != CHAROID || log->rd_rel->relowner != table->rd_rel->relowner)
        not_a_log(name);
    for (int i = 0; i < columns.count; ++i) {
        const AttrNumber number = columns.numbers[i];
        if (number < 1 || number > rows->natts || TupleDescAttr(rows, number - 1)->attisdropped ||
            TupleDescAttr(rows, number - 1)->atttypid != TupleDescAttr(shape, i + 1)->atttypid)
            not_a_log(name);
    }
}

Log *log_of(FunctionCallInfo info, const Trigger *trigger)
{
    if (info->flinfo->fn_extra != nullptr)
        return static_cast<Log *>(info->flinfo->fn_extra);
    if (trigger->tgnargs < 1 || trigger->tgnargs - 1 > kMostKeys)
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED), errmsg("hotswap.log_change needs the name of a log and its columns"),
                        errhint("It is only for triggers that hotswap makes itself.")));
    if (strncmp(trigger->tgargs[0], "_changes_", 9) != 0)
        not_a_log(trigger->tgargs[0]);
    auto *log = static_cast<Log *>(::MemoryContextAllocZero(info->flinfo->fn_mcxt, sizeof(Log)));
    const Oid schema = ::get_namespace_oid("hotswap", true);
    log->oid = OidIsValid(schema) ? ::get_relname_relid(trigger->tgargs[0], schema) : InvalidOid;
    log->count = trigger->tgnargs - 1;
    for (int i = 0; i < log->count; ++i)
        log->numbers[i] = static_cast<AttrNumber>(atoi(trigger->tgargs[i + 1]));
    info->flinfo->fn_extra = log;
    return log;
}

void write(Relation relation, char op, const Datum *keys, const bool *null_keys, int count)
{
    Datum values[kMostKeys + 1] = {};
    bool nulls[kMostKeys + 1];
    values[0] = CharGetDatum(op);
    nulls[0] = false;
    for (int i = 0; i < count; ++i) {
        values[i + 1] = keys == nullptr ? Datum{0} : keys[i];
        nulls[i + 1] = keys == nullptr || null_keys[i];
    }
    HeapTuple tuple = ::heap_form_tuple(RelationGetDescr(relation), values, nulls);
    ::simple_heap_insert(relation, tuple);
    ::heap_freetuple(tuple);
}

struct Key {
    Datum values[kMostKeys];
    bool nulls[kMostKeys];
};

void read_key(const Log &log, TupleTableSlot *slot, Key *key)
{
    for (int i = 0; i < log.count; ++i)
        key->values[i] = ::slot_getattr(slot, log.numbers[i], &key->nulls[i]);
}

bool same_key(const Log &log, TupleDesc shape, const Key &left, const Key &right)
{
    for (int i = 0; i < log.count; ++i) {
        const Form_pg_attribute a = TupleDescAttr(shape, log.numbers[i] - 1);
        if (left.nulls[i] || right.nulls[i] || !::datum_image_eq(left.values[i], right.values[i], a->attbyval, a->attlen))
            return false;
    }
    return true;
}

Datum log_change(FunctionCallInfo info)
{
    if (!CALLED_AS_TRIGGER(info))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED), errmsg("hotswap.log_change is a trigger function")));
    auto *data = reinterpret_cast<TriggerData *>(info->context);
    if (!TRIGGER_FIRED_AFTER(data->tg_event))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED), errmsg("hotswap.log_change must fire AFTER the change")));
    const Log *log = log_of(info, data->tg_trigger);
    if (!OidIsValid(log->oid))
        return PointerGetDatum(nullptr);
    Relation relation = ::try_relation_open(log->oid, RowExclusiveLock);
    if (relation == nullptr)
        return PointerGetDatum(nullptr);
    check_shape(relation, data->tg_relation, *log, data->tg_trigger->tgargs[0]);

    if (TRIGGER_FIRED_BY_TRUNCATE(data->tg_event)) {
        write(relation, 't', nullptr, nullptr, log->count);
    } else {
        Key before, after;
        read_key(*log, data->tg_trigslot, &before);
        write(relation, 'k', before.values, before.nulls, log->count);
        if (TRIGGER_FIRED_BY_UPDATE(data->tg_event)) {
            read_key(*log, data->tg_newslot, &after);
            if (!same_key(*log, RelationGetDescr(data->tg_relation), before, after))
                write(relation, 'k', after.values, after.nulls, log->count);
        }
    }
    ::relation_close(relation, NoLock);
    return PointerGetDatum(nullptr);
}

struct Parts {
    std::int64_t *numbers;
    int count, room;
    std::int64_t entries;
    bool truncated;
};

void note_entry(Parts *parts, std::int64_t number, char op)
{
    ++parts->entries;
    parts->truncated = parts->truncated || op == 't';
    if (parts->count > 0 && parts->numbers[parts->count - 1] == number)
        return;
    if (parts->count == parts->room) {
        parts->room = parts->room == 0 ? 256 : parts->room * 2;
        const Size bytes = sizeof(std::int64_t) * static_cast<Size>(parts->room);
        parts->numbers = static_cast<std::int64_t *>(parts->numbers == nullptr ? ::palloc(bytes) : ::repalloc(parts->numbers, bytes));
    }
    parts->numbers[parts->count++] = number;
}

}  // namespace

LogSurvey survey_log(unsigned log, std::int64_t part_blocks)
{
    const Parts parts = guarded([log, part_blocks] {
        Parts result = {};
        Relation relation = ::table_open(log, AccessShareLock);
        TupleTableSlot *slot = ::table_slot_create(relation, nullptr);
        TableScanDesc scan = ::table_beginscan(relation, ::GetActiveSnapshot(), 0, nullptr);
        while (::table_scan_getnextslot(scan, ForwardScanDirection, slot)) {
            CHECK_FOR_INTERRUPTS();
            bool null;
            const char op = DatumGetChar(slot_getattr(slot, 1, &null));
            note_entry(&result, ItemPointerGetBlockNumber(&slot->tts_tid) / part_blocks, op);
        }
        ::table_endscan(scan);
        ::ExecDropSingleTupleTableSlot(slot);
        ::table_close(relation, NoLock);
        return result;
    });
    LogSurvey survey;
    survey.parts.assign(parts.numbers, parts.numbers + parts.count);
    survey.entries = parts.entries;
    survey.truncated = parts.truncated;
    return survey;
}

}  // namespace hotswap::bridge

extern "C" {
PG_FUNCTION_INFO_V1(hotswap_log_change);
Datum hotswap_log_change(FunctionCallInfo info)
{
    // Only server calls and plain data: nothing is thrown, nothing needs destruction when the server raises.
    return hotswap::bridge::log_change(info);
}
}
