// See reindex_step.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/reindex_step.hpp"

#include "bridge/error.hpp"
#include "bridge/session.hpp"
#include "bridge/stop_point.hpp"
#include "bridge/top_level.hpp"
#include "core/identifier.hpp"
#include "engine/retried_step.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Sql;

// The server's own names for the new index that was not finished and the old one that was not dropped; of the TOAST table, too.
void remove_leftovers(const StepContext &context)
{
    unsigned owner = 0;
    std::vector<std::string> names;
    store::in_transaction([&](Sql &sql) {
        owner = owner_oid(context);
        const bridge::Rows rows =
            sql.run("SELECT n.nspname, c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
                    " WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$'"
                    "   AND i.indrelid IN (SELECT unnest(ARRAY[t.oid, t.reltoastrelid]) FROM pg_class t WHERE t.oid = to_regclass($1))",
                    {context.step().relation});
        for (std::size_t i = 0; i < rows.size(); ++i)
            names.push_back(core::qualified(rows[i].text("nspname"), rows[i].text("relname")));
    });
    for (const std::string &name : names)
        bridge::run_top_level("DROP INDEX CONCURRENTLY IF EXISTS " + name, owner, 0);
}

unsigned owner_of(const StepContext &context)
{
    unsigned owner = 0;
    store::in_transaction([&](Sql &) { owner = owner_oid(context); });
    return owner;
}

// The step has failed already: what else goes wrong is only said.
void try_to_remove_leftovers(const StepContext &context)
{
    try {
        remove_leftovers(context);
    } catch (const bridge::PgError &error) {
        bridge::log("could not drop what REINDEX left behind in migration \"" + context.migration.id + "\": " + error.message);
    }
}

}  // namespace

Ended run_reindex(const StepContext &context)
{
    if (!begin_step(context))
        return Ended::stopped;
    const auto ended = retried(
        context,
        [&] {
            remove_leftovers(context);
            HOTSWAP_STOP("reindex_before_build");
            if (!context.undo)
                bridge::run_top_level(context.step().action[0], owner_of(context), 0);
            HOTSWAP_STOP("reindex_before_record");
            record_done(context);
        },
        [&] { try_to_remove_leftovers(context); });
    return ended.value_or(Ended::done);
}

}  // namespace hotswap::engine
