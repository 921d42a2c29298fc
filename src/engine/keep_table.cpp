// A table goes to its hold instead of being dropped: catalogs only, whatever its size.
//
// Everybody else must find what DROP TABLE would have left. So that very statement runs first, in a subtransaction that is rolled
// back: whatever it refuses is refused here. Then what would be felt outside is taken off the table: its foreign keys (the
// referenced rows must be free), publications, its place under a parent, and with CASCADE what depends on it. What nobody feels goes
// along: indexes, constraints, triggers, rules, policies, privileges, comments, owned sequences, partitions.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/object_cascade.hpp"
#include "bridge/session.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "engine/hold.hpp"
#include "engine/keep_step.hpp"
#include "engine/locked_step.hpp"

namespace hotswap::engine {

namespace {

using bridge::Authority;
using bridge::Rows;
using bridge::Sql;

// The table with its partitions. Its own name is that of before; the others keep theirs.
constexpr const char *kTree =
    "SELECT c.oid::bigint AS oid, format('%I.%I', n.nspname, c.relname) AS now, n.nspname, c.relname, c.oid = $1::oid AS is_root, c.relkind = 'r' AS has_rows"
    "  FROM (SELECT relid::oid, level FROM pg_partition_tree($1::oid) UNION SELECT $1::oid, 0) AS t (oid, level)"
    "  JOIN pg_class c ON c.oid = t.oid JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY t.level, c.oid";
constexpr const char *kKeys =
    "SELECT conname, pg_get_constraintdef(oid) AS definition, convalidated, confrelid::regclass::text AS referenced FROM pg_constraint"
    " WHERE conrelid = $1::oid AND contype = 'f' AND conparentid = 0 AND confrelid <> conrelid ORDER BY conname";
constexpr const char *kPublications =
    "SELECT p.pubname, (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a"
    "          WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)) AS columns, pg_get_expr(r.prqual, r.prrelid) AS condition"
    "  FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE r.prrelid = $1::oid";
constexpr const char *kParents =
    "SELECT format('%I.%I', n.nspname, p.relname) AS parent, pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
    "  JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace n ON n.oid = p.relnamespace WHERE i.inhrelid = $1::oid";
constexpr const char *kStatistics =
    "SELECT n.nspname, s.stxname FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE s.stxrelid = $1::oid";

class Removal {
  public:
    Removal(const StepContext &context, std::string now, std::string name, std::string comment)
        : context_(context), name_(std::move(name)), comment_(std::move(comment)), now_(std::move(now))
    {
    }

    // The four acts, each for all tables of the statement before the next: a key between two of them is one's own, not a dependent of
    // the other.
    void open(Sql &sql)
    {
        const Rows found = sql.run("SELECT c.oid::bigint AS oid, n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)", {now_});
        if (found.empty())
            throw core::Error(core::sqlstate::kUndefinedTable, "table " + now_ + " is gone", "", "Take the migration back with hotswap.rollback.");
        root_ = static_cast<unsigned>(found[0].integer("oid"));
        before_ = core::qualified(found[0].text("nspname"), name_);
        point_.kind = "table";
        point_.relation = before_;
        open_point(sql, context_, root_, &point_);
        point_.hold = core::qualified(point_.hold_schema, name_);
        // Under its own name where nobody has it: texts of the catalogs that name the table are kept.
        if (sql.run("SELECT to_regclass($1) IS NULL AS free", {before_})[0].boolean("free")) {
            sql.run("ALTER TABLE " + now_ + " RENAME TO " + core::quote_identifier(name_));
            now_ = before_;
        }
    }

    void take_off(Sql &sql)
    {
        tree_ = sql.run(kTree, {static_cast<std::int64_t>(root_)});
        for (std::size_t i = 0; i < tree_.size(); ++i)
            take_off(sql, tree_[i]);
    }

    // Those that rest on others go first.
    void drop_dependents(Sql &sql)
    {
        const auto tables = static_cast<unsigned>(sql.run("SELECT 'pg_class'::regclass::oid::bigint AS oid")[0].integer("oid"));
        const std::vector<core::Fallen> all = bridge::fallen_with({tables, root_});
        for (auto fallen = all.rbegin(); fallen != all.rend(); ++fallen) {
            if (fallen->drop.empty() || !fallen->column.empty() || fallen->drop.starts_with("DROP TABLE "))
                throw core::Error(core::sqlstate::kFeatureNotSupported, "cannot keep " + before_ + " for a while", "CASCADE would also drop " + fallen->words + ".",
                                  "Drop that first, then type hotswap.retry('" + context_.migration.id + "').");
            sql.run(fallen->drop);
        }
        for (const core::Fallen &fallen : all) {
            point_.lost.insert(point_.lost.end(), fallen.again.begin(), fallen.again.end());
            if (!fallen.validation.empty() && !fallen.again.empty())
                point_.lost.push_back(fallen.validation);
        }
    }

    void move(Sql &sql)
    {
        leave_parents(sql, root_);
        for (std::size_t i = 0; i < tree_.size(); ++i)
            move(sql, tree_[i]);
        point_.again.insert(point_.again.end(), attached_.begin(), attached_.end());
        point_.again.push_back("COMMENT ON TABLE " + before_ + " IS " + (comment_.empty() ? "NULL" : core::quote_literal(comment_)));
        point_.away.insert(point_.away.begin(), detached_.begin(), detached_.end());
        store::describe_point(sql, point_);
        measure_and_keep(sql, context_, point_, RowsBy::statistics);
    }

  private:
    std::string name_before(const bridge::Row &row) const { return row.boolean("is_root") ? before_ : row.text("now"); }

    void take_off(Sql &sql, const bridge::Row &row)
    {
        const std::int64_t oid = row.integer("oid");
        const std::string now = row.text("now"), before = name_before(row);
        const Rows keys = sql.run(kKeys, {oid});
        for (std::size_t i = 0; i < keys.size(); ++i) {
            const std::string name = core::quote_identifier(keys[i].text("conname"));
            sql.run("ALTER TABLE " + now + " DROP CONSTRAINT " + name);
            // The key of a partitioned table cannot be added NOT VALID; the text of one that is not valid says so itself.
            const bool proven = keys[i].boolean("convalidated"), later = proven && row.boolean("has_rows");
            point_.keys.push_back("ALTER TABLE " + before + " ADD CONSTRAINT " + name + " " + keys[i].text("definition") + (later ? " NOT VALID" : ""));
            point_.keys.push_back(later ? "ALTER TABLE " + before + " VALIDATE CONSTRAINT " + name : "");
            point_.keys.push_back("ALTER TABLE " + before + " DROP CONSTRAINT IF EXISTS " + name);
            point_.keys.push_back(keys[i].text("referenced"));
        }
        const Rows publications = sql.run(kPublications, {oid});
        for (std::size_t i = 0; i < publications.size(); ++i) {
            const std::string publication = "ALTER PUBLICATION " + core::quote_identifier(publications[i].text("pubname"));
            sql.run(publication + " DROP TABLE " + now);
            point_.lost.push_back(publication + " ADD TABLE " + before + (publications[i].is_null("columns") ? "" : " (" + publications[i].text("columns") + ")") +
                                  (publications[i].is_null("condition") ? "" : " WHERE (" + publications[i].text("condition") + ")"));
        }
    }

    void leave_parents(Sql &sql, unsigned root)
    {
        const Rows parents = sql.run(kParents, {static_cast<std::int64_t>(root)});
        for (std::size_t i = 0; i < parents.size(); ++i) {
            const std::string parent = parents[i].text("parent");
            const bool partition = !parents[i].is_null("bound");
            sql.run(partition ? "ALTER TABLE " + parent + " DETACH PARTITION " + now_ : "ALTER TABLE " + now_ + " NO INHERIT " + parent);
            attached_.push_back(partition ? "ALTER TABLE " + parent + " ATTACH PARTITION " + before_ + " " + parents[i].text("bound")
                                          : "ALTER TABLE " + before_ + " INHERIT " + parent);
            detached_.push_back(partition ? "ALTER TABLE " + parent + " DETACH PARTITION " + before_ : "ALTER TABLE " + before_ + " NO INHERIT " + parent);
        }
    }

    void move(Sql &sql, const bridge::Row &row)
    {
        const std::string hold = core::quote_identifier(point_.hold_schema), from = core::quote_identifier(row.text("nspname"));
        const std::string name = row.boolean("is_root") ? name_ : row.text("relname");
        const Rows statistics = sql.run(kStatistics, {row.integer("oid")});
        for (std::size_t i = 0; i < statistics.size(); ++i) {
            const std::string own = statistics[i].text("nspname"), object = statistics[i].text("stxname");
            put(sql, "ALTER STATISTICS", core::qualified(own, object), core::qualified(point_.hold_schema, object), core::quote_identifier(own));
        }
        sql.run("ALTER TABLE " + row.text("now") + " SET SCHEMA " + hold);
        if (row.text("relname") != name)
            sql.run("ALTER TABLE " + core::qualified(point_.hold_schema, row.text("relname")) + " RENAME TO " + core::quote_identifier(name));
        point_.again.push_back("ALTER TABLE " + core::qualified(point_.hold_schema, name) + " SET SCHEMA " + from);
        point_.away.push_back("ALTER TABLE " + core::qualified(row.text("nspname"), name) + " SET SCHEMA " + hold);
    }

    void put(Sql &sql, const std::string &command, const std::string &before, const std::string &held, const std::string &from)
    {
        const std::string away = command + " " + before + " SET SCHEMA " + core::quote_identifier(point_.hold_schema);
        sql.run(away);
        point_.again.push_back(command + " " + held + " SET SCHEMA " + from);
        point_.away.push_back(away);
    }

    const StepContext &context_;
    const std::string name_, comment_;
    std::string now_, before_;
    unsigned root_ = 0;
    Rows tree_;
    store::RollbackPoint point_;
    std::vector<std::string> attached_, detached_;
};

// What the statement would refuse is refused; nothing else comes of it.
void try_the_drop(const StepContext &context)
{
    bridge::Subtransaction attempt;
    const Authority authority = Authority::of_role(owner_oid(context));
    Sql sql;
    for (const std::string &statement : context.step().action)
        sql.run(statement);
}

}  // namespace

Ended run_keep_table(const StepContext &context)
{
    return run_locked(context, {.inside = [&context] {
        const auto &keeps = context.step().keeps;
        try_the_drop(context);
        const Authority authority = Authority::of_store();
        Sql sql;
        std::vector<Removal> removals;
        for (std::size_t i = 0; i + 2 < keeps.size(); i += 3)
            removals.emplace_back(context, keeps[i], keeps[i + 1], keeps[i + 2]);
        for (Removal &removal : removals)
            removal.open(sql);
        for (Removal &removal : removals)
            removal.take_off(sql);
        for (Removal &removal : removals)
            removal.drop_dependents(sql);
        for (Removal &removal : removals)
            removal.move(sql);
        return true;
    }});
}

}  // namespace hotswap::engine
