// SQL functions without a server header: HOTSWAP_FUNCTION(name) { body } declares the symbols CREATE FUNCTION looks for
// and puts the body behind the boundary, so that no entry point can forget it. The body gets a Call and returns a Value.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/boundary.hpp"

struct FunctionCallInfoBaseData;

namespace hotswap::bridge {

// A result on its way to the server: a datum, or null.
struct Value {
    std::uintptr_t datum = 0;
    bool null = true;
};

class Call {
  public:
    explicit Call(FunctionCallInfoBaseData *info) : info_(info) {}

    bool is_null(int number) const;
    std::string text(int number) const;                     // a text-like argument. ERRORS: 22004 when it is null
    std::optional<std::string> optional_text(int number) const;
    std::string json(int number) const;                     // a jsonb as text, "{}" when null
    bool boolean(int number) const;
    unsigned oid(int number) const;                         // oid, regclass. ERRORS: 22004 when it is null
    std::optional<int> optional_integer(int number) const;
    std::int64_t bigint(int number) const;                  // ERRORS: 22004 when it is null
    double number(int number) const;                        // double precision. ERRORS: 22004 when it is null
    std::optional<double> interval_ms(int number) const;    // an interval, in milliseconds (a month counts 30 days)

    static Value nothing() { return {}; }
    static Value text_value(const std::string &text);
    static Value bigint_value(std::int64_t value) { return {static_cast<std::uintptr_t>(value), false}; }
    static Value boolean_value(bool value) { return {value ? std::uintptr_t{1} : std::uintptr_t{0}, false}; }

    // For set-returning functions: rows of text, converted by the column's input function.
    void begin_rows();
    void add_row(const std::vector<std::optional<std::string>> &cells);

    FunctionCallInfoBaseData *raw() const { return info_; }

  private:
    void refuse_null(int number) const;

    FunctionCallInfoBaseData *info_;
};

// Sets isnull and hands back the datum.
std::uintptr_t finish_call(FunctionCallInfoBaseData *info, Value value) noexcept;

// Same layout as the server's Pg_finfo_record.
struct FunctionRecord {
    int api_version;
};

}  // namespace hotswap::bridge

#define HOTSWAP_FUNCTION(name)                                                                             \
    static ::hotswap::bridge::Value name##_body(::hotswap::bridge::Call &call);                            \
    extern "C" const ::hotswap::bridge::FunctionRecord *pg_finfo_##name();                                 \
    extern "C" const ::hotswap::bridge::FunctionRecord *pg_finfo_##name()                                  \
    {                                                                                                      \
        static const ::hotswap::bridge::FunctionRecord record = {1};                                       \
        return &record;                                                                                    \
    }                                                                                                      \
    extern "C" std::uintptr_t name(FunctionCallInfoBaseData *info);                                        \
    extern "C" std::uintptr_t name(FunctionCallInfoBaseData *info)                                         \
    {                                                                                                      \
        return ::hotswap::bridge::boundary([info]() {                                                      \
            ::hotswap::bridge::Call call(info);                                                            \
            return ::hotswap::bridge::finish_call(info, name##_body(call));                                \
        });                                                                                                \
    }                                                                                                      \
    static ::hotswap::bridge::Value name##_body([[maybe_unused]] ::hotswap::bridge::Call &call)
