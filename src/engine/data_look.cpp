// The options of hotswap.validate. See data_examination.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/error.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "core/error.hpp"
#include "engine/data_examination.hpp"
#include "store/option_values.hpp"

namespace hotswap::engine {

namespace {

[[noreturn]] void refuse(const core::OptionValue &value, const char *must)
{
    throw core::Error(core::sqlstate::kInvalidParameter, "option \"" + value.key + "\" must be " + must, "Found: " + value.text + ".",
                      "Known options: budget, data, limit.");
}

double budget_ms(bridge::Sql &sql, const core::OptionValue &value)
{
    double ms = 0;
    try {
        bridge::Subtransaction attempt;
        ms = sql.run("SELECT extract(epoch FROM $1::interval) * 1000 AS ms", {value.text})[0].number("ms");
        attempt.commit();
    } catch (const bridge::PgError &error) {
        if (!error.is_about_data())
            throw;
    }
    if (value.type != "string" || ms < 1 || ms > 3600e3)
        refuse(value, "an interval of at most an hour, such as \"5 s\"");
    return ms;
}

}  // namespace

DataLook read_look(const std::string &options)
{
    const bridge::Authority authority = bridge::Authority::of_store();
    bridge::Sql sql;
    DataLook look;
    if (store::json_type(sql, options) != "object")
        throw core::Error(core::sqlstate::kInvalidParameter, "options must be a JSON object", "Found: " + options + ".", "Known options: budget, data, limit.");
    for (const core::OptionValue &value : store::option_values(sql, options)) {
        if (value.key == "data" && value.type == "boolean")
            look.wanted = value.text == "true";
        else if (value.key == "data")
            refuse(value, "true or false");
        else if (value.key == "budget")
            look.budget_ms = budget_ms(sql, value);
        else if (value.key == "limit" && value.type == "number" && value.text.size() <= 4 && value.text.find_first_not_of("0123456789") == std::string::npos &&
                 std::stoi(value.text) >= 1 && std::stoi(value.text) <= 1000)
            look.limit = std::stoi(value.text);
        else if (value.key == "limit")
            refuse(value, "a whole number between 1 and 1000");
        else
            throw core::Error(core::sqlstate::kInvalidParameter, "unknown option \"" + value.key + "\"", "", "Known options: budget, data, limit.");
    }
    return look;
}

}  // namespace hotswap::engine
