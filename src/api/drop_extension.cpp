// DROP EXTENSION hotswap in mid-flight leaves every table as it was before its migration, and usable.
//
// An event trigger, because it must work in a session that has never loaded the library. Without CASCADE the drop is refused
// while migrations are under way; with CASCADE their undo statements run first, in the same transaction, as their owners.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/event_trigger.hpp"
#include "bridge/function.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "core/error.hpp"
#include "store/migrations.hpp"
#include "store/steps.hpp"

namespace hotswap::api {

namespace {

using bridge::Authority;
using bridge::Sql;

bool in_transaction(const store::StepRow &row)
{
    return row.step.kind == core::StepKind::ddl || row.step.kind == core::StepKind::validate;
}

// Index builds are left out: a copy's indexes go with its column, and CONCURRENTLY cannot run here.
void take_back(const store::Migration &migration, const std::vector<store::StepRow> &steps)
{
    const unsigned owner = bridge::role_oid(migration.owner);
    if (owner == 0)
        return;
    for (auto row = steps.rbegin(); row != steps.rend(); ++row) {
        if (row->state != "done" || !in_transaction(*row))
            continue;
        const Authority authority = Authority::of_role(owner, row->step.caller_path ? migration.search_path : "");
        Sql sql;
        for (const std::string &statement : row->step.undo)
            sql.run(statement);
    }
}

}  // namespace

}  // namespace hotswap::api

HOTSWAP_FUNCTION(hotswap_before_drop_extension)
{
    using namespace hotswap;
    const bridge::ExtensionDrop drop = bridge::extension_drop(call.raw());
    if (!drop.names_hotswap || bridge::extension_schema().empty())
        return bridge::Call::nothing();
    std::vector<store::Migration> migrations;
    {
        const bridge::Authority authority = bridge::Authority::of_store();
        bridge::Sql sql;
        migrations = store::unfinished_migrations(sql);
    }
    if (!migrations.empty() && !drop.cascade)
        throw core::Error(core::sqlstate::kObjectInUse, "cannot drop extension hotswap while migrations are under way",
                          "Migration \"" + migrations[0].id + "\" is " + core::to_text(migrations[0].state) + ".",
                          "Finish or cancel it first. DROP EXTENSION hotswap CASCADE takes all unfinished migrations back.");
    std::vector<std::vector<store::StepRow>> steps;
    {
        const bridge::Authority authority = bridge::Authority::of_store();
        bridge::Sql sql;
        for (store::Migration &migration : migrations) {
            // Over, for the DDL guard and for an executor that looks once more.
            migration = store::lock_migration(sql, migration.id);
            (void)store::take_event(sql, &migration, core::Event::rollback, "DROP EXTENSION hotswap CASCADE");
            (void)store::take_event(sql, &migration, core::Event::undone, "");
            steps.push_back(store::load_steps(sql, migration.id));
        }
    }
    for (std::size_t i = 0; i < migrations.size(); ++i)
        api::take_back(migrations[i], steps[i]);
    return bridge::Call::nothing();
}
