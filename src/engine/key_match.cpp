// See key_match.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/key_match.hpp"

#include "core/error.hpp"
#include "core/identifier.hpp"

namespace hotswap::engine {

std::string key_match(bridge::Sql &sql, const store::RollbackPoint &point, const std::string &left, const std::string &right)
{
    const bridge::Rows rows = sql.run(
        "SELECT a.attname, format('OPERATOR(%I.%s)', n.nspname, o.oprname) AS equals FROM pg_index i"
        "  CROSS JOIN LATERAL unnest(i.indkey::smallint[], i.indclass::oid[]) WITH ORDINALITY AS k (number, class, place)"
        "  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number JOIN pg_opclass c ON c.oid = k.class"
        "  JOIN pg_amop m ON m.amopfamily = c.opcfamily AND m.amopstrategy = 3 AND m.amoplefttype = c.opcintype AND m.amoprighttype = c.opcintype"
        "  JOIN pg_operator o ON o.oid = m.amopopr JOIN pg_namespace n ON n.oid = o.oprnamespace"
        " WHERE i.indrelid = to_regclass($1) AND i.indisprimary ORDER BY k.place",
        {point.hold});
    if (rows.empty())
        throw core::Error(core::sqlstate::kWrongState, "the hold table " + point.hold + " is gone or has lost its key", "", "Nothing can be brought back from it by itself.");
    std::string text;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string column = core::quote_identifier(rows[i].text("attname"));
        text += (text.empty() ? "" : " AND ") + left + "." + column + " " + rows[i].text("equals") + " " + right + "." + column;
    }
    return text;
}

}  // namespace hotswap::engine
