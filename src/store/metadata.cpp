// See metadata.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "store/metadata.hpp"

#include "bridge/error.hpp"
#include "bridge/session.hpp"

namespace hotswap::store {

namespace {

using bridge::Rows;
using bridge::Sql;

void check_object(Sql &sql, const core::MetadataComment &comment)
{
    std::string type;
    try {
        bridge::Subtransaction attempt;
        type = sql.run("SELECT jsonb_typeof($1::jsonb) AS type", {comment.json})[0].text("type");
        attempt.commit();
    } catch (const bridge::PgError &error) {
        if (!error.is_about_data())
            throw;
        throw core::malformed_metadata(comment, error.detail.empty() ? error.message : error.detail);
    }
    if (type != "object")
        throw core::malformed_metadata(comment, "Found a JSON " + type + ".");
}

}  // namespace

core::StatementMetadata load_metadata(Sql &sql, const core::MetadataComment &comment)
{
    check_object(sql, comment);
    const Rows rows = sql.run("SELECT o.key, jsonb_typeof(o.value) AS type, o.value #>> '{}' AS value, o.value::text AS json"
                              "  FROM jsonb_each($1::jsonb) AS o ORDER BY 1",
                              {comment.json});
    std::vector<core::MetadataValue> values;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        core::MetadataValue value;
        value.value.key = rows[i].text("key");
        value.value.type = rows[i].text("type");
        value.value.text = rows[i].text("value");
        value.json = rows[i].text("json");
        values.push_back(value);
    }
    return core::parse_metadata(values, comment);
}

}  // namespace hotswap::store
