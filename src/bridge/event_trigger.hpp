// What an event trigger was fired for.
// SPDX-License-Identifier: PostgreSQL
#pragma once

struct FunctionCallInfoBaseData;

namespace hotswap::bridge {

struct ExtensionDrop {
    bool names_hotswap = false;
    bool cascade = false;
};

// REQUIRES: called as an event trigger of ddl_command_start. ERRORS: 39P03 otherwise.
ExtensionDrop extension_drop(FunctionCallInfoBaseData *info);

}  // namespace hotswap::bridge
