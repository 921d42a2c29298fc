// See function.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/function.hpp"

#include "core/error.hpp"

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"

extern "C" {
#include "funcapi.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"
}

namespace hotswap::bridge {

namespace {
// Outside the class, where "text" is the server's type.
const char *chars_of(Datum datum)
{
    return guarded([datum] { return static_cast<const char *>(TextDatumGetCString(datum)); });
}
}  // namespace

bool Call::is_null(int number) const
{
    return info_->args[number].isnull;
}

void Call::refuse_null(int number) const
{
    if (is_null(number))
        throw core::Error("22004", "argument " + std::to_string(number + 1) + " must not be null", "", "Give a value.");
}

std::string Call::text(int number) const
{
    refuse_null(number);
    return chars_of(info_->args[number].value);
}

std::optional<std::string> Call::optional_text(int number) const
{
    if (is_null(number))
        return std::nullopt;
    return text(number);
}

std::string Call::json(int number) const
{
    if (is_null(number))
        return "{}";
    const Datum datum = info_->args[number].value;
    return guarded([datum] { return static_cast<const char *>(DatumGetCString(DirectFunctionCall1(::jsonb_out, datum))); });
}

bool Call::boolean(int number) const
{
    return DatumGetBool(info_->args[number].value);
}

unsigned Call::oid(int number) const
{
    refuse_null(number);
    return DatumGetObjectId(info_->args[number].value);
}

std::optional<int> Call::optional_integer(int number) const
{
    return is_null(number) ? std::nullopt : std::optional<int>(DatumGetInt32(info_->args[number].value));
}

std::int64_t Call::bigint(int number) const
{
    refuse_null(number);
    return DatumGetInt64(info_->args[number].value);
}

double Call::number(int number) const
{
    refuse_null(number);
    return DatumGetFloat8(info_->args[number].value);
}

std::optional<double> Call::interval_ms(int number) const
{
    if (is_null(number))
        return std::nullopt;
    const Interval *interval = DatumGetIntervalP(info_->args[number].value);
    return static_cast<double>(interval->time) / 1000.0 + 86400000.0 * (interval->day + 30.0 * interval->month);
}

Value Call::text_value(const std::string &text)
{
    const char *chars = text.data();
    const int length = static_cast<int>(text.size());
    return {guarded([chars, length] { return PointerGetDatum(::cstring_to_text_with_len(chars, length)); }), false};
}

void Call::begin_rows()
{
    FunctionCallInfo info = info_;
    guarded([info] { compat_init_materialized(info); });
}

void Call::add_row(const std::vector<std::optional<std::string>> &cells)
{
    auto *result = reinterpret_cast<ReturnSetInfo *>(info_->resultinfo);
    std::vector<char *> texts;
    texts.reserve(cells.size());
    for (const auto &cell : cells)
        texts.push_back(cell ? const_cast<char *>(cell->c_str()) : nullptr);
    char **values = texts.data();
    guarded([result, values] {
        AttInMetadata *meta = ::TupleDescGetAttInMetadata(result->setDesc);
        HeapTuple tuple = ::BuildTupleFromCStrings(meta, values);
        ::tuplestore_puttuple(result->setResult, tuple);
        ::heap_freetuple(tuple);
    });
}

std::uintptr_t finish_call(FunctionCallInfoBaseData *info, Value value) noexcept
{
    info->isnull = value.null;
    return value.datum;
}

}  // namespace hotswap::bridge
