// See rates.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "store/rates.hpp"

namespace hotswap::store {

std::optional<double> copy_rate(bridge::Sql &sql)
{
    const bridge::Rows rows = sql.run(
        "SELECT sum(c.block_to - c.block_from) * current_setting('block_size')::int8 / nullif(sum(extract(epoch FROM c.finished_at - c.started_at)), 0) AS rate"
        "  FROM (SELECT c.* FROM hotswap._migration_steps s JOIN hotswap._migration_chunks c USING (migration_id, step_no)"
        "         WHERE s.kind = 'copy' AND c.state = 'done' AND c.attempts = 1 AND c.finished_at > clock_timestamp() - interval '90 days' LIMIT 10000) AS c"
        " HAVING sum(c.block_to - c.block_from) >= 4096");
    if (rows.empty() || rows[0].is_null("rate"))
        return std::nullopt;
    return rows[0].number("rate");
}

}  // namespace hotswap::store
