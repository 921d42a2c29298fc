// See block_locks.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/block_locks.hpp"

#include <algorithm>

#include "bridge/ddl.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "core/error.hpp"
#include "engine/analysis.hpp"

namespace hotswap::engine {

namespace {

using core::LockMode;

struct Locked {
    unsigned oid;
    bool is_table;
};

void add_warning(core::Change *change, const std::string &warning)
{
    if (std::find(change->warnings.begin(), change->warnings.end(), warning) == change->warnings.end())
        change->warnings.push_back(warning);
}

std::string name_of(bridge::Sql &sql, unsigned oid)
{
    const bridge::Rows rows = sql.run("SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                                      " WHERE c.oid = $1::oid AND n.nspname NOT IN ('pg_catalog', 'hotswap')",
                                      {static_cast<std::int64_t>(oid)});
    return rows.empty() ? "" : rows[0].text("name");
}

// The first table becomes the migration's, so that the block waits for another migration of it and keeps others away. One of
// another role's is left to the block.
void bind(unsigned table, core::Statement *statement)
{
    try {
        bridge::read_table(table, statement);
    } catch (const core::Error &) {
        statement->relation_oid = 0;
    }
}

// Only what makes others wait has to be waited for beforehand; the rest the block locks itself, with a limited patience.
void read_locks(core::Change *change, core::Statement *statement)
{
    std::vector<Locked> found;
    bool rewrites = false, scans = false;
    for (const AnalyzedStatement &statement : analyze(change->statement, Care::thorough))
        for (const core::Operation &operation : statement.operations) {
            for (const std::string &warning : operation.warnings)
                if (warning.find("cannot be told") != std::string::npos)
                    add_warning(change, warning);
            if (operation.skipped || operation.failing)
                continue;
            for (const core::Party &party : operation.parties) {
                const core::Touch touch = core::touch_of(operation, party);
                if (party.untouched || party.relation.oid == 0 || touch.lock < LockMode::share_update_exclusive)
                    continue;
                found.push_back({party.relation.oid, party.relation.kind == 'r' || party.relation.kind == 'p'});
                rewrites = rewrites || touch.rewrites;
                scans = scans || touch.scans;
            }
        }
    // What is put together at run time may lock anything: the patience of the strongest lock is right for that, too.
    change->lock_mode = "ACCESS EXCLUSIVE";
    for (const Locked &locked : found)
        if (locked.is_table && statement->relation_oid == 0)
            bind(locked.oid, statement);
    const bridge::Authority authority = bridge::Authority::of_store();
    bridge::Sql sql;
    for (const Locked &locked : found) {
        const std::string name = name_of(sql, locked.oid);
        if (!name.empty() && std::find(change->locks.begin(), change->locks.end(), name) == change->locks.end())
            change->locks.push_back(name);
    }
    if (rewrites)
        add_warning(change, "the block would rewrite a table while it is locked: give its ALTER TABLE as a statement of its own");
    else if (scans)
        add_warning(change, "the block would read a whole table while it is locked: give its statements as statements of their own");
}

}  // namespace

void read_block_locks(core::Statement *statement)
{
    for (core::Change &change : statement->changes)
        if (change.is_block && !change.is_noop)
            read_locks(&change, statement);
}

}  // namespace hotswap::engine
