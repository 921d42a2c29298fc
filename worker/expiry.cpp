// See expiry.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "worker/expiry.hpp"

#include <string>
#include <vector>

#include "bridge/boundary.hpp"
#include "bridge/held_file.hpp"
#include "bridge/session.hpp"
#include "engine/hold.hpp"
#include "store/transaction.hpp"

namespace hotswap::worker {

namespace {

using bridge::Sql;

constexpr double kEveryMs = 10000;

void say(const store::RollbackPoint &point, const bridge::Failure &failure)
{
    // Somebody reads it right now: the next look.
    if (failure.retryable || failure.cancelled)
        return;
    bridge::log("rollback point " + std::to_string(point.id) + " cannot be dropped: " + failure.message);
    store::in_transaction([&](Sql &sql) { store::postpone_expiry(sql, point, failure.message); });
}

// A transaction for each: one that somebody uses does not keep the others.
void drop_expired()
{
    std::vector<store::RollbackPoint> points;
    store::in_transaction([&](Sql &sql) { points = store::expired_points(sql); });
    for (const store::RollbackPoint &point : points)
        try {
            store::in_transaction([&](Sql &sql) {
                bridge::set_local("lock_timeout", "100ms");
                const auto now = store::find_point(sql, point.id, true);
                if (!now || now->state != "kept" || store::is_being_restored(sql, *now))
                    return;
                engine::drop_hold(sql, *now);
                store::point_ends(sql, *now, "expired");
            });
        } catch (const std::exception &error) {
            say(point, bridge::describe(error));
        }
}

// Only after the commit that ended the point: a file that is gone cannot be rolled back.
void remove_dead_files()
{
    store::in_transaction([](Sql &sql) {
        for (const store::RollbackPoint &point : store::points_with_dead_files(sql))
            if (bridge::remove_file(point.file))
                store::point_file_is(sql, point.id, "");
    });
}

}  // namespace

void Expiry::look()
{
    const double now = bridge::now_ms();
    if (looked_at_ms_ >= 0 && now - looked_at_ms_ < kEveryMs)
        return;
    looked_at_ms_ = now;
    try {
        drop_expired();
        remove_dead_files();
    } catch (const std::exception &error) {
        const bridge::Failure failure = bridge::describe(error);
        if (!failure.retryable && !failure.cancelled)
            bridge::log("rollback points are not looked at: " + failure.message);
    }
}

}  // namespace hotswap::worker
