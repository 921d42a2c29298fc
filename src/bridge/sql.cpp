// See sql.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/sql.hpp"

#include <cstdlib>
#include <stdexcept>

#include "core/error.hpp"

#include "bridge/guard.hpp"

namespace hotswap::bridge {

const std::optional<std::string> &Row::cell(const std::string &name) const
{
    for (std::size_t i = 0; i < names_->size(); ++i)
        if ((*names_)[i] == name)
            return cells_[i];
    throw std::logic_error("no result column \"" + name + "\"");
}

std::int64_t Row::integer(const std::string &name) const
{
    const auto &value = cell(name);
    return value ? std::strtoll(value->c_str(), nullptr, 10) : 0;
}

double Row::number(const std::string &name) const
{
    const auto &value = cell(name);
    return value ? std::strtod(value->c_str(), nullptr) : 0;
}

bool Row::boolean(const std::string &name) const
{
    const auto &value = cell(name);
    return value && *value == "t";
}

std::vector<std::string> Row::array(const std::string &name) const
{
    const auto &value = cell(name);
    return value ? parse_text_array(*value) : std::vector<std::string>();
}

std::vector<std::string> parse_text_array(const std::string &text)
{
    std::vector<std::string> items;
    std::size_t i = 1;   // after '{'
    while (i < text.size() && text[i] != '}') {
        std::string item;
        if (text[i] == '"') {
            for (++i; i < text.size() && text[i] != '"'; ++i) {
                if (text[i] == '\\')
                    ++i;
                item += text[i];
            }
            ++i;
        } else {
            for (; i < text.size() && text[i] != ',' && text[i] != '}'; ++i)
                item += text[i];
        }
        items.push_back(item);
        if (i < text.size() && text[i] == ',')
            ++i;
    }
    return items;
}

std::string format_text_array(const std::vector<std::string> &items)
{
    std::string text = "{";
    for (std::size_t i = 0; i < items.size(); ++i) {
        text += i == 0 ? "\"" : ",\"";
        for (const char c : items[i]) {
            if (c == '"' || c == '\\')
                text += '\\';
            text += c;
        }
        text += '"';
    }
    return text + "}";
}

Sql::Sql()
{
    guarded([] {
        if (::SPI_connect() != SPI_OK_CONNECT)
            elog(ERROR, "could not connect to SPI");
    });
}

// After an error the surrounding (sub)transaction is rolled back and takes the SPI level with it; finishing here as well is
// harmless and keeps the memory context of the caller right.
Sql::~Sql()
{
    ::SPI_finish();
}

namespace {

struct Argument {
    Oid type = TEXTOID;
    Datum value = 0;
    bool null = true;
};

Datum text_datum(const std::string &text)
{
    const char *chars = text.data();
    const int length = static_cast<int>(text.size());
    return guarded([chars, length] { return PointerGetDatum(::cstring_to_text_with_len(chars, length)); });
}

Argument argument_of(const Parameter &parameter)
{
    Argument a;
    if (const auto *text = std::get_if<std::string>(&parameter)) {
        a.value = text_datum(*text);
        a.null = false;
    } else if (const auto *optional = std::get_if<std::optional<std::string>>(&parameter)) {
        if (optional->has_value()) {
            a.value = text_datum(**optional);
            a.null = false;
        }
    } else if (const auto *integer = std::get_if<std::int64_t>(&parameter)) {
        a.type = INT8OID;
        a.value = Int64GetDatum(*integer);
        a.null = false;
    } else if (const auto *number = std::get_if<double>(&parameter)) {
        a.type = FLOAT8OID;
        a.value = Float8GetDatum(*number);
        a.null = false;
    } else if (const auto *boolean = std::get_if<bool>(&parameter)) {
        a.type = BOOLOID;
        a.value = BoolGetDatum(*boolean);
        a.null = false;
    } else if (const auto *items = std::get_if<std::vector<std::string>>(&parameter)) {
        const std::string form = format_text_array(*items);
        const char *chars = form.c_str();
        a.type = TEXTARRAYOID;
        a.value = guarded([chars] {
            Oid input, element;
            ::getTypeInputInfo(TEXTARRAYOID, &input, &element);
            return ::OidInputFunctionCall(input, const_cast<char *>(chars), element, -1);
        });
        a.null = false;
    }
    return a;
}

}  // namespace

Rows Sql::run(const std::string &statement, const std::vector<Parameter> &parameters, bool read_only)
{
    std::vector<Oid> types;
    std::vector<Datum> values;
    std::string nulls;
    for (const Parameter &parameter : parameters) {
        const Argument a = argument_of(parameter);
        types.push_back(a.type);
        values.push_back(a.value);
        nulls += a.null ? 'n' : ' ';
    }

    const char *text = statement.c_str();
    const int count = static_cast<int>(parameters.size());
    Oid *type_list = types.data();
    Datum *value_list = values.data();
    const char *null_list = nulls.c_str();
    guarded([=] {
        const int code = ::SPI_execute_with_args(text, count, type_list, value_list, null_list, read_only, 0);
        if (code < 0)
            elog(ERROR, "could not execute \"%s\": %s", text, ::SPI_result_code_string(code));
    });

    Rows rows;
    rows.affected = SPI_processed;
    SPITupleTable *const table = SPI_tuptable;
    if (table == nullptr)
        return rows;
    const TupleDesc desc = table->tupdesc;
    std::vector<std::string> names;
    for (int i = 0; i < desc->natts; ++i)
        names.emplace_back(NameStr(TupleDescAttr(desc, i)->attname));
    rows.names = std::make_shared<const std::vector<std::string>>(std::move(names));
    const std::uint64_t total = SPI_processed;
    for (std::uint64_t r = 0; r < total; ++r) {
        std::vector<std::optional<std::string>> cells;
        for (int i = 1; i <= desc->natts; ++i) {
            const HeapTuple tuple = table->vals[r];
            const char *cell = guarded([tuple, desc, i] { return static_cast<const char *>(::SPI_getvalue(tuple, desc, i)); });
            cells.push_back(cell == nullptr ? std::nullopt : std::optional<std::string>(cell));
        }
        rows.cells.push_back(std::move(cells));
    }
    ::SPI_freetuptable(table);
    return rows;
}

}  // namespace hotswap::bridge
