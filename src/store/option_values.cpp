// See option_values.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "store/option_values.hpp"

#include "bridge/error.hpp"
#include "bridge/session.hpp"
#include "core/error.hpp"

namespace hotswap::store {

namespace {

using bridge::Row;
using bridge::Rows;
using bridge::Sql;

// ERRORS: 22023 naming the option, where the server would only know the text.
std::string interval_ms(Sql &sql, const core::OptionValue &value)
{
    try {
        bridge::Subtransaction attempt;
        const std::string ms =
            sql.run("SELECT (extract(epoch FROM $1::interval) * 1000)::float8::text AS ms", {value.text})[0].text("ms");
        attempt.commit();
        return ms;
    } catch (const bridge::PgError &error) {
        if (!error.is_about_data())
            throw;
        throw core::Error(core::sqlstate::kInvalidParameter, "option \"" + value.key + "\" must be an interval",
                          "Found: \"" + value.text + "\".", "Write it as in: \"" + value.key + "\": \"2 hours\".");
    }
}

// ERRORS: 22023 naming the option. Without a zone in the text the session's is meant.
std::string moment_ms(Sql &sql, const core::OptionValue &value)
{
    try {
        bridge::Subtransaction attempt;
        const std::string ms = sql.run("SELECT (extract(epoch FROM $1::timestamptz) * 1000)::float8::text AS ms", {value.text})[0].text("ms");
        attempt.commit();
        return ms;
    } catch (const bridge::PgError &error) {
        if (!error.is_about_data())
            throw;
        throw core::Error(core::sqlstate::kInvalidParameter, "option \"" + value.key + "\" must be a time", "Found: \"" + value.text + "\".",
                          "Write it as in: \"" + value.key + "\": \"2026-12-01 02:00+00\", or \"infinity\" for a time that is told later.");
    }
}

std::vector<core::MetadataValue> take_apart(Sql &sql, const std::string &json)
{
    std::vector<core::MetadataValue> values;
    const Rows rows = sql.run(
        "SELECT o.key, jsonb_typeof(o.value) AS type, o.value #>> '{}' AS value, o.value::text AS json,"
        "  (SELECT array_agg(m.part ORDER BY m.n) FROM (SELECT row_number() OVER () AS n, unnest(ARRAY[e.key, e.value]) AS part"
        "     FROM jsonb_each_text(CASE WHEN jsonb_typeof(o.value) = 'object' THEN o.value ELSE '{}' END) AS e) AS m) AS members"
        "  FROM jsonb_each($1::jsonb) AS o ORDER BY 1",
        {json});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows[i];
        core::OptionValue value;
        value.key = row.text("key");
        value.type = row.text("type");
        value.text = row.text("value");
        const auto parts = row.array("members");
        for (std::size_t p = 0; p + 1 < parts.size(); p += 2)
            value.members[parts[p]] = parts[p + 1];
        values.push_back({value, row.text("json")});
    }
    return values;
}

// option: what the key stands for.
void measure(Sql &sql, const std::string &option, core::OptionValue *value)
{
    if (value->type == "string" && core::is_moment_option(option)) {
        value->text = moment_ms(sql, *value);
        return;
    }
    if (value->type == "string" && option == "maintenance_window")
        check_zones(sql, core::MaintenanceWindows::parse(value->text));
    const bool duration = core::is_duration_option(option);
    if (value->type != "string" || value->text.empty() || core::is_word_for(option, value->text) || (!duration && !core::is_interval_option(option)))
        return;
    const std::string ms = interval_ms(sql, *value);
    if (duration)
        value->text = ms;
}

void check_is_object(Sql &sql, const core::MetadataComment &comment)
{
    std::string type;
    try {
        bridge::Subtransaction attempt;
        type = json_type(sql, comment.json);
        attempt.commit();
    } catch (const bridge::PgError &error) {
        if (!error.is_about_data())
            throw;
        throw core::malformed_metadata(comment, error.detail);
    }
    if (type != "object")
        throw core::malformed_metadata(comment, "That is JSON of type " + type + ".");
}

}  // namespace

void check_zones(Sql &sql, const core::MaintenanceWindows &windows)
{
    for (const std::string &zone : windows.zones()) {
        if (zone.empty())
            continue;
        try {
            bridge::Subtransaction attempt;
            sql.run("SELECT now() AT TIME ZONE $1", {zone});
            attempt.commit();
        } catch (const bridge::PgError &error) {
            if (!error.is_about_data())
                throw;
            throw core::Error(core::sqlstate::kInvalidParameter, "time zone \"" + zone + "\" of a maintenance window is not known", "",
                              "SELECT name FROM pg_timezone_names lists them.");
        }
    }
}

std::string json_type(Sql &sql, const std::string &json)
{
    return sql.run("SELECT jsonb_typeof($1::jsonb) AS type", {json})[0].text("type");
}

std::vector<core::OptionValue> option_values(Sql &sql, const std::string &json)
{
    std::vector<core::OptionValue> values;
    for (core::MetadataValue &part : take_apart(sql, json)) {
        measure(sql, part.value.key, &part.value);
        values.push_back(part.value);
    }
    return values;
}

core::StatementMetadata load_metadata(Sql &sql, const core::MetadataComment &comment)
{
    check_is_object(sql, comment);
    std::vector<core::MetadataValue> values = take_apart(sql, comment.json);
    try {
        for (core::MetadataValue &part : values)
            measure(sql, core::option_of_metadata(part.value.key), &part.value);
    } catch (const core::Error &error) {
        throw core::Error(error.sqlstate(), error.what(),
                          error.detail() + " The metadata comment is in line " + std::to_string(comment.line) + ".", error.hint(),
                          static_cast<int>(comment.offset) + 1);
    }
    return core::parse_metadata(values, comment);
}

std::string merge_options(Sql &sql, const std::string &base_json, const std::string &over_json)
{
    return sql.run("SELECT ($1::jsonb || $2::jsonb)::text AS options", {base_json, over_json})[0].text("options");
}

}  // namespace hotswap::store
