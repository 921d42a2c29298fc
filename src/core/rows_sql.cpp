// See rows_sql.hpp.
//
// The last look is one statement, so it sees the table at one moment: no row can wander past it. Of an UPDATE it locks what it
// finds, after all of it is found (the sort needs all rows before the first lock), waits for whoever is at a row and follows the
// row to its newest version, as the statement itself would. A DELETE leaves changed rows alone, so it need not follow them.
// SPDX-License-Identifier: PostgreSQL
#include "core/rows_sql.hpp"

#include <fmt/format.h>

namespace hotswap::core {

std::vector<std::string> rows_sql(const RowsSql &rows)
{
    const bool is_delete = rows.set_text.empty();
    const std::string table = fmt::format("ONLY {} AS {}", rows.target, rows.alias), tids = fmt::format(" WHERE {}.ctid = ANY ($1::pg_catalog.tid[])", rows.alias),
                      lock = fmt::format(" FOR {}UPDATE OF {}", is_delete || rows.locks_key ? "" : "NO KEY ", rows.alias),
                      columns = fmt::format("SELECT {0}.ctid::pg_catalog.text AS tid, {0}.xmin::pg_catalog.text AS writer FROM {1}", rows.alias, table);
    std::string first = fmt::format("{0} WHERE {1}.ctid >= $1::pg_catalog.tid AND {1}.ctid < $2::pg_catalog.tid", columns, rows.alias);
    for (const std::string &condition : rows.conditions)
        first += " AND " + condition;
    const std::string again = rows.still.empty() ? first : fmt::format("{} AND ({})", first, rows.still);
    std::vector<std::string> result = {first, columns + tids + lock + " SKIP LOCKED",
                                       (is_delete ? "DELETE FROM " + table : fmt::format("UPDATE {} SET {}", table, rows.set_text)) + tids, again};
    if (rows.may_ask)
        result.push_back(is_delete ? again : fmt::format("{} ORDER BY {}.ctid LIMIT {}{}", again, rows.alias, kMostAtTheEnd + 1, lock));
    return result;
}

}  // namespace hotswap::core
