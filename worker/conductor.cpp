// Conductor: one a database, alive while there is something to do. Reads the tables, hands steps to executors, and after a
// crash simply goes on from the tables: there is nothing else to recover.
//
// Being the only one: a session advisory lock. A conductor that finds the lock taken wakes its holder and leaves.
// Leaving without losing a wake-up: the decision "nothing to do" is taken, and the lock given up, under a SHARE lock on
// _migrations, which waits for nobody (NOWAIT). A start that commits before that lock is seen by the last look; one that
// commits after it starts its own conductor, which finds the advisory lock free.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include "bridge/error.hpp"
#include "bridge/locks.hpp"
#include "bridge/process.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "bridge/stop_point.hpp"
#include "engine/breaker.hpp"
#include "worker/dispatch.hpp"
#include "worker/expiry.hpp"
#include "worker/health.hpp"
#include "store/transaction.hpp"

namespace hotswap::worker {

namespace {

using bridge::Authority;
using bridge::Sql;
using bridge::Transaction;

constexpr double kRoundMs = 100;      // an executor that ends wakes us at once; this is for the rest
constexpr double kIdleRoundMs = 500;      // a date is near, or somebody was writing when we wanted to leave

bool become_the_one()
{
    Transaction transaction;
    bool mine = false;
    if (!bridge::extension_schema().empty() && !bridge::in_recovery()) {
        const Authority authority = Authority::of_store();
        Sql sql;
        mine = bridge::try_lock_conductor(sql);
        if (!mine)
            if (const int pid = bridge::conductor_pid(sql); pid != 0)
                bridge::set_latch_of(pid);
    }
    transaction.commit();
    return mine;
}

struct Look {
    bool gone = false;    // the extension has been dropped
    Round round;
};

// A migration the conductor cannot even decide about must not stop the others, nor be tried for ever.
void give_up(const store::Migration &migration, const bridge::Failure &failure)
{
    if (failure.retryable || failure.cancelled)
        return;
    store::in_transaction([&](Sql &sql) {
        store::Migration locked = store::lock_migration(sql, migration.id);
        (void)store::take_event(sql, &locked, core::Event::fail,
                                failure.message + " (SQLSTATE " + failure.sqlstate + "). Type hotswap.retry('" + migration.id +
                                    "') after mending the cause, or hotswap.rollback.");
    });
}

// One transaction a migration: a decision about one never waits for, or fails with, another.
Look look_at_all(Executors &executors, Health &health, double elapsed_ms)
{
    Look look;
    std::vector<store::Migration> migrations;
    {
        Transaction transaction;
        look.gone = bridge::extension_schema().empty();
        if (!look.gone) {
            const Authority authority = Authority::of_store();
            Sql sql;
            migrations = store::unfinished_migrations(sql);
        }
        transaction.commit();
    }
    for (const store::Migration &migration : migrations) {
        try {
            store::in_transaction([&](Sql &sql) {
                const Round round = dispatch(sql, executors, health, migration);
                look.round.busy = look.round.busy || round.busy;
                look.round.date_is_near = look.round.date_is_near || round.date_is_near;
                if (migration.state == core::State::running && round.busy)
                    store::add_running_ms(sql, migration.id, elapsed_ms);
            });
        } catch (const std::exception &error) {
            give_up(migration, bridge::describe(error));
            look.round.busy = true;
        }
    }
    return look;
}

// A sample that cannot be taken is missing, and a bake then says so.
void watch(Health &health)
{
    try {
        health.sample();
    } catch (const std::exception &error) {
        if (bridge::describe(error).cancelled || bridge::describe(error).retryable)
            return;
        bridge::log("hotswap: cannot take a sample of the server's health: " + bridge::describe(error).message);
    }
}

// The breakers' states, for the next start of the server. False: not all could be written now.
bool remember_breakers()
{
    try {
        return engine::write_breakers();
    } catch (const std::exception &error) {
        if (!bridge::describe(error).retryable)
            bridge::log(std::string("circuit breakers not written: ") + error.what());
        return false;
    }
}

// True when the conductor may go: nothing is to be done, seen under a lock that no start can pass.
bool leave()
{
    Transaction transaction;
    bool free = true;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        try {
            bridge::Subtransaction attempt;
            sql.run("LOCK TABLE hotswap._migrations IN SHARE MODE NOWAIT");
            attempt.commit();
        } catch (const bridge::PgError &error) {
            if (!error.is("55P03"))
                throw;
            return false;   // somebody is writing right now: look again
        }
        transaction.new_snapshot();
        for (const store::Migration &migration : store::unfinished_migrations(sql))
            // A bake whose date is near keeps us anyway; one far away is the launcher's.
            free = free && (migration.state == core::State::baking || !core::needs_worker(migration.state));
        if (free)
            bridge::unlock_conductor(sql);
    }
    transaction.commit();
    return free;
}

}  // namespace

}  // namespace hotswap::worker

HOTSWAP_WORKER(hotswap_conductor_main)
{
    using namespace hotswap;
    bridge::become_worker(arguments, bridge::WorkerKind::conductor);
    if (!worker::become_the_one())
        bridge::exit_worker();
    HOTSWAP_STOP("conductor_started");
    worker::Executors executors;
    worker::Health health;
    worker::Expiry expiry;
    double last = bridge::now_ms();
    for (;;) {
        const bridge::ScratchMemory scratch;
        const double now = bridge::now_ms();
        const worker::Look look = worker::look_at_all(executors, health, now - last);
        const bool remembered = look.gone || worker::remember_breakers();
        last = now;
        if (!look.gone)
            expiry.look();
        bridge::report_activity("");
        // A date far away is the launcher's to remember: nobody stays connected for a day because of it.
        const bool stay = look.round.busy || look.round.date_is_near || !remembered;
        if (look.gone || (!stay && worker::leave())) {
            // Whoever changed a breaker since the last look found us still there, and relied on us.
            if (!look.gone && !worker::remember_breakers())
                bridge::start_conductor_now();
            bridge::exit_worker();
        }
        worker::watch(health);
        bridge::wait_ms(look.round.busy ? worker::kRoundMs : std::min<double>(worker::kIdleRoundMs, bridge::settings().sample_interval_ms));
    }
}
