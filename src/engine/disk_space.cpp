// See disk_space.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/disk_space.hpp"

#include <algorithm>

#include "bridge/disk.hpp"
#include "bridge/twin_heap.hpp"
#include "core/twin_sql.hpp"
#include "store/transaction.hpp"
#include "store/twins.hpp"

namespace hotswap::engine {

namespace {

using bridge::Sql;

// Beside the copy there is its WAL until the next checkpoints, and the server's own life: never the last tenth of the copy's size,
// and never the last 256 MiB.
constexpr double kSpare = 0.1;
constexpr std::int64_t kAlwaysLeft = std::int64_t{256} * 1024 * 1024;

std::int64_t size_of(Sql &sql, unsigned relation)
{
    return relation == 0 ? 0 : sql.run("SELECT pg_total_relation_size($1::oid) AS n", {static_cast<std::int64_t>(relation)})[0].integer("n");
}

std::string megabytes(std::int64_t bytes)
{
    return std::to_string(bytes / (1024 * 1024)) + " MB";
}

}  // namespace

std::optional<std::string> lacks_room(const StepContext &context)
{
    std::optional<std::string> reason;
    store::in_transaction([&](Sql &sql) {
        std::int64_t missing = 0;
        unsigned tablespace = 0;
        for (const store::TwinRow &row : store::load_twins(sql, context.migration.id)) {
            const std::int64_t whole = size_of(sql, row.twin.oid);
            const std::int64_t done = size_of(sql, bridge::own_relation(core::twin_name(context.migration.number, row.member)));
            missing += std::max<std::int64_t>(0, whole - done) + static_cast<std::int64_t>(static_cast<double>(whole) * kSpare);
            const unsigned twin = bridge::own_relation(core::twin_name(context.migration.number, row.member));
            const auto where = static_cast<std::int64_t>(twin != 0 ? twin : row.twin.oid);
            const bridge::Rows space = sql.run("SELECT reltablespace FROM pg_class WHERE oid = $1::oid", {where});
            if (!space.empty())
                tablespace = static_cast<unsigned>(space[0].integer("reltablespace"));
        }
        const bridge::Room room = bridge::room_in(tablespace);
        if (room.free_bytes >= 0 && room.free_bytes < missing + kAlwaysLeft)
            reason = "not enough room on the disk of " + room.directory + ": the copy still needs about " + megabytes(missing) + " and " +
                     megabytes(kAlwaysLeft) + " are always left, " + megabytes(room.free_bytes) + " are free. Type hotswap.resume('" +
                     context.migration.id + "') once there is room, or hotswap.cancel('" + context.migration.id + "')";
    });
    return reason;
}

}  // namespace hotswap::engine
