// See flag_trigger.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/flag_trigger.hpp"

#include "bridge/flag_table.hpp"
#include "bridge/guard.hpp"
#include "bridge/session.hpp"

extern "C" {
#include "utils/fmgrprotos.h"
#include "utils/inval.h"
#include "utils/typcache.h"
}

namespace hotswap::bridge {

namespace {

char driver[256];   // the id of a migration is shorter

TriggerData *trigger_data(FunctionCallInfo info)
{
    return reinterpret_cast<TriggerData *>(info->context);
}

// null: the event has none.
HeapTuple old_tuple(const TriggerData *data)
{
    return TRIGGER_FIRED_FOR_ROW(data->tg_event) && !TRIGGER_FIRED_BY_INSERT(data->tg_event) ? data->tg_trigtuple : nullptr;
}

HeapTuple new_tuple(const TriggerData *data)
{
    if (!TRIGGER_FIRED_FOR_ROW(data->tg_event) || TRIGGER_FIRED_BY_DELETE(data->tg_event))
        return nullptr;
    return TRIGGER_FIRED_BY_UPDATE(data->tg_event) ? data->tg_newtuple : data->tg_trigtuple;
}

std::optional<std::string> json_of(HeapTuple tuple, Relation relation)
{
    if (tuple == nullptr)
        return std::nullopt;
    return guarded([tuple, relation] {
        const Datum row = ::heap_copy_tuple_as_datum(tuple, RelationGetDescr(relation));
        return static_cast<const char *>(TextDatumGetCString(DirectFunctionCall1(::row_to_json, row)));
    });
}

}  // namespace

FlagTrigger::FlagTrigger(FunctionCallInfoBaseData *info) : info_(info)
{
    guarded([info] {
        if (!CALLED_AS_TRIGGER(info) || strcmp(RelationGetRelationName(trigger_data(info)->tg_relation), "_migration_feature_flags") != 0 ||
            RelationGetNamespace(trigger_data(info)->tg_relation) != ::get_namespace_oid("hotswap", true))
            ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                            errmsg("this is a trigger function of hotswap._migration_feature_flags only")));
    });
}

core::FlagRow FlagTrigger::new_row() const
{
    const ScratchMemory scratch;
    const TriggerData *data = trigger_data(info_);
    const HeapTuple tuple = new_tuple(data);
    return flag_row(guarded([tuple, data] { return plain_flag(tuple, RelationGetDescr(data->tg_relation)); }));
}

std::string FlagTrigger::operation() const
{
    const TriggerEvent event = trigger_data(info_)->tg_event;
    return TRIGGER_FIRED_BY_INSERT(event)   ? "INSERT"
           : TRIGGER_FIRED_BY_UPDATE(event) ? "UPDATE"
           : TRIGGER_FIRED_BY_DELETE(event) ? "DELETE"
                                            : "TRUNCATE";
}

std::string FlagTrigger::flag_name() const
{
    const TriggerData *data = trigger_data(info_);
    const HeapTuple tuple = new_tuple(data) != nullptr ? new_tuple(data) : old_tuple(data);
    return guarded([tuple, data] { return plain_flag(tuple, RelationGetDescr(data->tg_relation)).name; });
}

std::optional<std::string> FlagTrigger::old_json() const
{
    return json_of(old_tuple(trigger_data(info_)), trigger_data(info_)->tg_relation);
}

std::optional<std::string> FlagTrigger::new_json() const
{
    return json_of(new_tuple(trigger_data(info_)), trigger_data(info_)->tg_relation);
}

void FlagTrigger::tell_caches() const
{
    Relation relation = trigger_data(info_)->tg_relation;
    guarded([relation] { ::CacheInvalidateRelcache(relation); });
}

Value FlagTrigger::keep_row() const
{
    return {PointerGetDatum(new_tuple(trigger_data(info_))), false};
}

void set_flag_driver(const std::string &migration)
{
    strlcpy(driver, migration.c_str(), sizeof(driver));
}

std::string flag_driver()
{
    return driver;
}

}  // namespace hotswap::bridge
