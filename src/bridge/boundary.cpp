// See boundary.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/boundary.hpp"

#include "bridge/error.hpp"
#include "core/error.hpp"

#include "bridge/postgres.hpp"

namespace hotswap::bridge {

struct RaisedError {
    ErrorData data;
};

namespace {

// The one error that needs no memory: reporting the loss of memory must not lose the process.
RaisedError out_of_memory_error;

char *copy(const std::string &text) noexcept
{
    if (text.empty())
        return nullptr;
    auto *result = static_cast<char *>(::MemoryContextAllocExtended(CurrentMemoryContext, text.size() + 1, MCXT_ALLOC_NO_OOM));
    if (result != nullptr)
        memcpy(result, text.c_str(), text.size() + 1);
    return result;
}

RaisedError *blank(int code) noexcept
{
    auto *result = static_cast<RaisedError *>(
        ::MemoryContextAllocExtended(CurrentMemoryContext, sizeof(RaisedError), MCXT_ALLOC_NO_OOM | MCXT_ALLOC_ZERO));
    if (result == nullptr)
        result = &out_of_memory_error;
    result->data = ErrorData{};
    result->data.elevel = ERROR;
    result->data.output_to_server = true;
    result->data.output_to_client = true;
    result->data.sqlerrcode = code;
    result->data.filename = "hotswap";
    result->data.funcname = "hotswap";
    result->data.assoc_context = CurrentMemoryContext;
    return result;
}

int pack(const std::string &state) noexcept
{
    return state.size() == 5 ? MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]) : ERRCODE_INTERNAL_ERROR;
}

}  // namespace

RaisedError *capture_current_exception() noexcept
{
    static char no_memory[] = "out of memory";
    RaisedError *result = nullptr;
    try {
        throw;
    } catch (const PgError &e) {
        result = blank(e.code);
        ErrorData &data = result->data;
        data.message = copy(e.message);
        data.detail = copy(e.detail);
        data.detail_log = copy(e.detail_log);
        data.hint = copy(e.hint);
        data.context = copy(e.context);
        data.schema_name = copy(e.schema_name);
        data.table_name = copy(e.table_name);
        data.column_name = copy(e.column_name);
        data.datatype_name = copy(e.datatype_name);
        data.constraint_name = copy(e.constraint_name);
        data.filename = e.filename;
        data.funcname = e.funcname;
        data.lineno = e.lineno;
        data.cursorpos = e.cursor_position;
        data.internalpos = e.internal_position;
        data.internalquery = copy(e.internal_query);
    } catch (const core::Error &e) {
        result = blank(pack(e.sqlstate()));
        result->data.message = copy(e.what());
        result->data.detail = copy(e.detail());
        result->data.hint = copy(e.hint());
        if (!e.query().empty() && e.position() > 0) {
            result->data.internalpos = e.position();
            result->data.internalquery = copy(e.query());
        }
    } catch (const std::bad_alloc &) {
        result = blank(ERRCODE_OUT_OF_MEMORY);
        result->data.message = no_memory;
    } catch (const std::exception &e) {
        result = blank(ERRCODE_INTERNAL_ERROR);
        result->data.message = copy(e.what());
    } catch (...) {
        result = blank(ERRCODE_INTERNAL_ERROR);
        static char unknown[] = "unknown C++ exception";
        result->data.message = unknown;
    }
    if (result->data.message == nullptr)
        result->data.message = no_memory;
    return result;
}

// ThrowErrorData runs the context callbacks that are in force here, as a plain ereport at this place would.
void raise(RaisedError *error)
{
    ::ThrowErrorData(&error->data);
    pg_unreachable();
}

Failure describe(const std::exception &error)
{
    Failure failure;
    if (const auto *pg = dynamic_cast<const PgError *>(&error)) {
        failure.sqlstate = pg->sqlstate;
        failure.message = pg->message;
        failure.detail = pg->detail;
        failure.hint = pg->hint;
        failure.retryable = pg->is_retryable();
        failure.cancelled = pg->is_cancel();
    } else if (const auto *own = dynamic_cast<const core::Error *>(&error)) {
        failure.sqlstate = own->sqlstate();
        failure.message = own->what();
        failure.detail = own->detail();
        failure.hint = own->hint();
    } else {
        failure.sqlstate = core::sqlstate::kInternal;
        failure.message = error.what();
    }
    return failure;
}

}  // namespace hotswap::bridge
