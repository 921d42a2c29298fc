// See copy_order.hpp.
//
// The places are those of one moment. That is enough: a row that has moved since is in the log, and a row that took the place of
// another came later than the log and is left out of the copy for its age. Sorting takes one snapshot, the copy takes none.
// SPDX-License-Identifier: PostgreSQL
#include "engine/copy_order.hpp"

#include "bridge/session.hpp"
#include "bridge/stop_point.hpp"
#include "bridge/twin_heap.hpp"
#include "core/identifier.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;

std::string order_of(const StepContext &context, const TwinFlow &flow)
{
    return core::qualified("hotswap", core::order_name(context.migration.number, flow.row.member));
}

}  // namespace

std::int64_t put_in_order(const StepContext &context, const TwinFlow &flow)
{
    const std::string order = order_of(context, flow);
    std::int64_t rows = 0;
    bridge::Transaction transaction;
    const std::string name = core::order_name(context.migration.number, flow.row.member);
    const bool there = bridge::own_relation(name) != 0;
    if (!there)
        bridge::create_order(name, flow.source);
    if (!there) {
        {
            const Authority authority = Authority::of_role(flow.owner);
            Sql sql;
            sql.run("INSERT INTO " + order + " SELECT row_number() OVER (ORDER BY " + flow.row.twin.order_by + ") - 1, ctid FROM ONLY " + flow.flow.source);
        }
        // As the store's owner: an ordinary role may make nothing in schema hotswap.
        const Authority authority = Authority::of_store();
        Sql sql;
        sql.run("CREATE INDEX " + core::quote_identifier(name + "_position") + " ON " + order + " (position)");
    }
    {
        const Authority authority = Authority::of_role(flow.owner);
        Sql sql;
        rows = sql.run("SELECT coalesce(max(position) + 1, 0) AS n FROM ONLY " + order)[0].integer("n");
    }
    HOTSWAP_STOP("copy_ordered");
    transaction.commit();
    return rows;
}

std::vector<std::string> places_of(const StepContext &context, const TwinFlow &flow, const store::Chunk &chunk)
{
    Sql sql;
    const bridge::Rows rows = sql.run("SELECT place::text AS place FROM ONLY " + order_of(context, flow) +
                                          " WHERE position >= $1 AND position < $2 ORDER BY position",
                                      {chunk.block_from, chunk.block_to}, true);
    std::vector<std::string> result;
    for (std::size_t i = 0; i < rows.size(); ++i)
        result.push_back(rows[i].text("place"));
    return result;
}

}  // namespace hotswap::engine
