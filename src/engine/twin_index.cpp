// twin_index: builds the indexes of a twin, each in a transaction of its own, with the parallel workers an ALTER would use.
// They were made at the start without being built, so that the rows could be copied without them; REINDEX gives each new
// storage, so a build that was interrupted left nothing. Then statistics, so that the first queries after the switch are planned
// with them.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/error.hpp"
#include "bridge/heap_storage.hpp"
#include "bridge/session.hpp"
#include "bridge/stop_point.hpp"
#include "bridge/twin_heap.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "engine/rewrite.hpp"
#include "engine/twin_flow.hpp"
#include "store/transaction.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Sql;
using bridge::Transaction;

// False when the migration does not want it any more.
bool run_as_table_owner(const StepContext &context, const TwinFlow &flow, const std::string &statement)
{
    Transaction transaction;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        if (!still_wanted(sql, context))
            return false;
    }
    {
        // Functions in index expressions are the table owner's business, and run with no more than the owner's rights.
        const Authority authority = Authority::of_role(flow.owner);
        Sql sql;
        sql.run(statement);
    }
    HOTSWAP_STOP("twin_index_before_commit");
    transaction.commit();
    return true;
}

// Takes the rows whose keys are in the log out of the twin. True when there were any.
bool take_out_logged(const StepContext &context, const TwinFlow &flow)
{
    std::uint64_t taken = 0;
    Transaction transaction;
    {
        const Authority authority = Authority::of_store();
        Sql sql;
        if (!still_wanted(sql, context))
            return false;
    }
    {
        const Authority authority = Authority::of_role(flow.owner);
        Sql sql;
        taken = sql.run(core::remove_sql(flow.flow), {std::string("(0,0)"), std::string("(4294967295,0)")}).affected;
    }
    transaction.commit();
    return taken > 0;
}

std::string unique_failure(const TwinFlow &flow, const bridge::PgError &error)
{
    return about_table(flow, error.message) + ". " + error.detail + " The new values of " + flow.row.relation + " break a unique or exclusion constraint.";
}

}  // namespace

Ended run_twin_index(const StepContext &context)
{
    if (!begin_step(context))
        return Ended::stopped;
    HOTSWAP_STOP("twin_index_begun");
    TwinFlow flow;
    try {
        std::vector<std::string> statements;
        store::in_transaction([&](Sql &sql) {
            flow = load_flow(sql, context, store::load_twin(sql, context.migration.id, context.step().member), Direction::forward);
        });
        for (std::size_t i = 1; i <= flow.row.new_indexes.size(); ++i)
            statements.push_back("REINDEX INDEX " + core::qualified("hotswap", bridge::index_name(flow.target_name, i)));
        statements.push_back("ANALYZE " + flow.flow.target);
        for (const std::string &statement : statements) {
            try {
                if (!run_as_table_owner(context, flow, statement))
                    return Ended::stopped;
            } catch (const bridge::PgError &error) {
                // Rows that break it may have been mended since they were copied: they are in the log, and come back with it.
                if (!error.is_about_data() || !take_out_logged(context, flow) || !run_as_table_owner(context, flow, statement))
                    throw;
            }
        }
        record_done(context);
        return Ended::done;
    } catch (const bridge::PgError &error) {
        if (error.is_cancel() || error.is_retryable())
            return Ended::stopped;
        if (error.is_about_data()) {
            bridge::Failure failure = bridge::describe(error);
            failure.message = unique_failure(flow, error);
            failure.detail.clear();
            return fail(context, failure);
        }
        return fail(context, bridge::describe(error));
    } catch (const core::Error &error) {
        return fail(context, bridge::describe(error));
    }
}

}  // namespace hotswap::engine
