// See data_examination.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/data_examination.hpp"

#include <algorithm>
#include <memory>

#include "bridge/error.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::PgError;
using bridge::Rows;
using bridge::Sql;
using bridge::Subtransaction;
using core::BlockRange;
using core::DataRule;

constexpr double kBatchMs = 100;
constexpr std::int64_t kFirstBlocks = 128, kMostBlocks = 16384, kFirstGrouped = 512;

// A table that holds rows of the check.
struct Member {
    std::string name;
    std::int64_t blocks = 0;
    std::vector<std::string> key;
};

struct Members {
    std::vector<Member> tables;
    std::string root, not_checked;
    unsigned runner = 0;   // whose rights the rows are read with
};

// Code that the owner has put into a table never runs with a superuser's rights: then the owner's are taken.
Members members_of(const core::DataCheck &check)
{
    const Authority authority = Authority::of_role(bridge::current_role());
    Sql sql;
    const Rows rows = sql.run(
        "WITH RECURSIVE tables(oid) AS (SELECT $1::oid UNION SELECT i.inhrelid FROM pg_inherits i JOIN tables t ON i.inhparent = t.oid WHERE NOT $2::boolean)"
        " SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relkind = 'r' AS holds, c.oid = $1::oid AS is_root, row_security_active(c.oid) AS hides,"
        "   CASE WHEN (SELECT r.rolsuper FROM pg_roles r WHERE r.oid = $3::oid) THEN c.relowner ELSE $3::oid END AS runner,"
        "   CASE WHEN c.relkind = 'r' THEN pg_relation_size(c.oid) / current_setting('block_size')::int ELSE 0 END AS blocks,"
        "   (SELECT array_agg(a.attname::text ORDER BY k.n) FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, n), pg_attribute a"
        "     WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid AND a.attnum = k.number) AS key"
        "  FROM tables t JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY c.oid <> $1::oid, c.oid",
        {std::to_string(check.relation), check.only, std::to_string(bridge::current_role())});
    Members members;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].boolean("hides"))
            members.not_checked = "row security hides rows from you";
        if (rows[i].boolean("is_root")) {
            members.root = rows[i].text("name");
            members.runner = static_cast<unsigned>(rows[i].integer("runner"));
        }
        if (rows[i].boolean("holds"))
            members.tables.push_back({rows[i].text("name"), rows[i].integer("blocks"), rows[i].array("key")});
    }
    if (members.root.empty())
        members.not_checked = "the table is gone";
    return members;
}

class Look {
  public:
    Look(DataFinding *finding, double until_ms, int limit) : finding_(finding), until_ms_(until_ms), limit_(limit) {}

    void run(const std::string &search_path)
    {
        const Members members = members_of(finding_->check);
        finding_->not_checked = members.not_checked;
        if (!finding_->not_checked.empty())
            return;
        for (const Member &member : members.tables)
            finding_->blocks += member.blocks;
        const Authority authority = Authority::of_role(members.runner, search_path);
        if (finding_->check.rule == DataRule::unique)
            group(members);
        else
            for (const Member &member : members.tables)
                walk(member);
    }

  private:
    void group(const Members &members)
    {
        const Member whole = {members.root, finding_->blocks, {}};
        for (std::int64_t to = kFirstGrouped; finding_->check.only && to < whole.blocks && wants_more(); to *= 4)
            if (look(whole, {0, to}) && wants_more())
                finding_->checked = to;
        if (wants_more() && look(whole, {0, 0}))
            finding_->checked = whole.blocks;
    }

    void walk(const Member &member)
    {
        std::int64_t step = kFirstBlocks;
        for (std::int64_t at = 0; at < member.blocks && wants_more();) {
            const double began = bridge::now_ms();
            const BlockRange range = {at, std::min(at + step, member.blocks)};
            if (!look(member, range))
                return;
            finding_->checked += range.to - range.from;
            at = range.to;
            if (bridge::now_ms() - began < kBatchMs)
                step = std::min(step * 2, kMostBlocks);
        }
    }

    bool wants_more() const
    {
        return bridge::now_ms() < until_ms_ && finding_->not_checked.empty() && static_cast<int>(finding_->broken.size()) < limit_ &&
               !(finding_->check.rule == DataRule::no_rows && !finding_->broken.empty());
    }

    // False: not done, because the time is over or rows cannot be read.
    bool look(const Member &member, BlockRange range)
    {
        try {
            const Subtransaction attempt;   // gives the locks back
            const bridge::Deadline deadline(std::max(1.0, until_ms_ - bridge::now_ms()));
            return ask(member, range, deadline);
        } catch (const PgError &error) {
            if (!is_of_a_row(error) || range.to == 0)
                return give_up(error);
        }
        return narrow(member, range);
    }

    bool ask(const Member &member, BlockRange range, const bridge::Deadline &deadline)
    {
        Sql sql;
        const core::DataCheck &check = finding_->check;
        try {
            const bool converts = check.rule == DataRule::fits || check.rule == DataRule::kept;
            std::vector<std::string> *found = converts ? &finding_->changed : &finding_->broken;
            const int more = limit_ - static_cast<int>(check.rule == DataRule::unique ? 0 : found->size());
            // Every value is converted, also when enough of those that change are known.
            if (converts && (sql.run(core::conversion_query(check, member.name, range))[0].integer("found") == 0 || check.rule == DataRule::fits || more <= 0))
                return true;
            const Rows rows = sql.run(core::violations_query(check, member.name, member.key, range, more));
            if (check.rule == DataRule::unique)
                found->clear();   // the beginning is looked at again
            for (std::size_t i = 0; i < rows.size() && static_cast<int>(found->size()) < limit_; ++i)
                found->push_back(rows[i].text("example"));
            return true;
        } catch (const PgError &error) {
            if (error.is_cancel() && deadline.passed())
                return false;
            throw;
        }
    }

    // What an expression over a row raises.
    static bool is_of_a_row(const PgError &error) { return error.is_about_data() || error.sqlstate.compare(0, 2, "P0") == 0; }

    bool give_up(const PgError &error)
    {
        if (error.is_cancel())
            throw error;
        finding_->not_checked = error.message;
        return false;
    }

    // A row of the range makes the query fail: which?
    bool narrow(const Member &member, BlockRange range)
    {
        const std::int64_t middle = range.from + (range.to - range.from) / 2;
        if (middle > range.from)
            return look(member, {range.from, middle}) && (!wants_more() || look(member, {middle, range.to}));
        Rows rows;
        {
            const Subtransaction attempt;
            Sql sql;
            rows = sql.run(core::rows_of_range(member.name, range));
        }
        for (std::size_t i = 0; i < rows.size() && wants_more(); ++i)
            try_row(member, rows[i].text("ctid"));
        return true;
    }

    void try_row(const Member &member, const std::string &ctid)
    {
        try {
            const Subtransaction attempt;
            Sql sql;
            (void)sql.run(core::conversion_of_row(finding_->check, member.name, ctid));
        } catch (const PgError &error) {
            if (!is_of_a_row(error)) {
                (void)give_up(error);
                return;
            }
            if (finding_->message.empty()) {
                finding_->sqlstate = error.sqlstate;
                finding_->message = error.message;
            }
            const Subtransaction attempt;
            Sql sql;
            const Rows rows = sql.run(core::example_of_row(finding_->check, member.name, member.key, ctid));
            if (!rows.empty())
                finding_->broken.push_back(rows[0].text("example"));
        }
    }

    DataFinding *finding_;
    double until_ms_;
    int limit_;
};

// Statements before this one may have mended what is found, or broken what is not.
int written_before(const std::vector<ExaminedStatement> &statements, std::size_t number, unsigned relation)
{
    for (std::size_t i = 0; i < number; ++i)
        for (const core::Operation &operation : statements[i].analyzed.operations) {
            if (operation.name == "DO" || operation.name == "CALL")
                return static_cast<int>(i) + 1;
            for (const core::Party &party : operation.parties)
                if (party.relation.oid == relation && (party.role == core::Role::written || operation.name == "TRUNCATE"))
                    return static_cast<int>(i) + 1;
        }
    return 0;
}

void examine_one(DataFinding *finding, double until_ms, int limit)
{
    const std::string path = bridge::current_search_path();
    try {
        // Rolled back in any case, and with it the settings.
        const Subtransaction attempt;
        bridge::set_local("transaction_read_only", "on");   // an expression may call what writes
        bridge::set_local("lock_timeout", "200ms");
        bridge::set_local("jit", "off");
        bridge::set_local("max_parallel_workers_per_gather", "0");
        Look(finding, until_ms, limit).run(path);
    } catch (const PgError &error) {
        if (error.is_cancel())
            throw;
        finding->not_checked = error.message;
    }
}

}  // namespace

std::vector<DataFinding> examine_data(const std::vector<ExaminedStatement> &statements, const DataLook &look)
{
    std::vector<DataFinding> findings;
    for (std::size_t i = 0; i < statements.size(); ++i)
        for (const core::Operation &operation : statements[i].analyzed.operations)
            for (const core::DataCheck &check : operation.checks) {
                DataFinding finding;
                finding.statement_no = static_cast<int>(i) + 1;
                finding.check = check;
                for (const core::Party &party : operation.parties)
                    if (party.relation.oid == check.relation && finding.relation.empty())
                        finding.relation = party.relation.name;
                finding.written_by = written_before(statements, i, check.relation);
                findings.push_back(std::move(finding));
            }
    const double until_ms = bridge::now_ms() + look.budget_ms;
    for (std::size_t i = 0; i < findings.size(); ++i) {
        const double now = bridge::now_ms();
        const double share = std::max(1.0, until_ms - now) / static_cast<double>(findings.size() - i);
        examine_one(&findings[i], now + share, look.limit);
    }
    return findings;
}

}  // namespace hotswap::engine
