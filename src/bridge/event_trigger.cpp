// See event_trigger.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/event_trigger.hpp"

#include "bridge/guard.hpp"

extern "C" {
#include "commands/event_trigger.h"
#include "nodes/parsenodes.h"
}

namespace hotswap::bridge {

ExtensionDrop extension_drop(FunctionCallInfoBaseData *info)
{
    guarded([info] {
        if (!CALLED_AS_EVENT_TRIGGER(info))
            ereport(ERROR, (errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED), errmsg("not called as an event trigger")));
    });
    ExtensionDrop result;
    const auto *data = reinterpret_cast<EventTriggerData *>(info->context);
    if (data->parsetree == nullptr || !IsA(data->parsetree, DropStmt))
        return result;
    const auto *drop = reinterpret_cast<const DropStmt *>(data->parsetree);
    if (drop->removeType != OBJECT_EXTENSION)
        return result;
    ListCell *cell;
    foreach (cell, drop->objects)
        if (strcmp(strVal(lfirst(cell)), "hotswap") == 0)
            result.names_hotswap = true;
    result.cascade = drop->behavior == DROP_CASCADE;
    return result;
}

}  // namespace hotswap::bridge
