// Copies the server's current error into a PgError. See guard.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/guard.hpp"

#include <set>
#include <string>

namespace hotswap::bridge {

namespace {

std::string text_of(const char *text)
{
    return text == nullptr ? std::string() : std::string(text);
}

// Names of the server's files and functions for as long as the process lives: some minor versions copy them together with the error and
// free them with it, and whoever reports the error keeps the pointer. There are not many.
const char *kept(const char *name)
{
    static std::set<std::string> names;
    return name == nullptr ? nullptr : names.emplace(name).first->c_str();
}

}  // namespace

void throw_current_error(MemoryContext context)
{
    ::MemoryContextSwitchTo(context);
    ErrorData *const data = ::CopyErrorData();
    ::FlushErrorState();

    PgError error;
    error.code = data->sqlerrcode;
    error.sqlstate = ::unpack_sql_state(data->sqlerrcode);
    error.message = text_of(data->message);
    error.detail = text_of(data->detail);
    error.detail_log = text_of(data->detail_log);
    error.hint = text_of(data->hint);
    error.context = text_of(data->context);
    error.schema_name = text_of(data->schema_name);
    error.table_name = text_of(data->table_name);
    error.column_name = text_of(data->column_name);
    error.datatype_name = text_of(data->datatype_name);
    error.constraint_name = text_of(data->constraint_name);
    error.filename = kept(data->filename);
    error.funcname = kept(data->funcname);
    error.lineno = data->lineno;
    error.cursor_position = data->cursorpos;
    error.internal_position = data->internalpos;
    error.internal_query = text_of(data->internalquery);
    ::FreeErrorData(data);
    throw error;
}

}  // namespace hotswap::bridge
