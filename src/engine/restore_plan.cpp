// See restore_plan.hpp.
//
// A column comes back as it went: under a name that nobody knows it is added and filled, then it gets its own name. So the application
// cannot write it before its values are there, and a row that has a value is one that is done.
// SPDX-License-Identifier: PostgreSQL
#include "engine/restore_plan.hpp"

#include "bridge/session.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/rollback_point.hpp"
#include "core/rows_sql.hpp"
#include "engine/catalog.hpp"
#include "engine/hold.hpp"
#include "engine/keep_rights.hpp"
#include "engine/key_match.hpp"

namespace hotswap::engine {

namespace {

using bridge::Rows;
using bridge::Sql;
using core::Phase;
using core::quote_identifier;
using core::Step;
using core::StepKind;

class Restore {
  public:
    Restore(Sql &sql, const store::RollbackPoint &point, unsigned caller) : sql_(sql), point_(point), caller_(static_cast<std::int64_t>(caller)) {}

    PlannedDdl plan()
    {
        if (!point_.file.empty())
            add(Phase::expand, StepKind::keep, "read the file of the rollback point", core::kFetch);
        if (point_.kind == "table")
            bring_table();
        else if (point_.kind == "columns")
            bring_columns();
        else
            bring_rows();
        Step &last = add(Phase::contract, StepKind::keep, "the rollback point has done its work", core::kRestored);
        last.irreversible = true;
        for (const std::string &statement : point_.lost)
            planned_.plan.warnings.push_back("not brought back: " + statement);
        planned_.statement.relation_oid = oid_of(relation_);
        planned_.relation = relation_;
        planned_.fingerprint = fingerprint(sql_, planned_.statement.relation_oid);
        return std::move(planned_);
    }

  private:
    Step &add(Phase phase, StepKind kind, const std::string &title, const char *keep = "")
    {
        Step step;
        step.phase = phase;
        step.kind = kind;
        step.title = title;
        step.keep = keep;
        if (kind == StepKind::keep)
            step.point = point_.id;
        planned_.plan.steps.push_back(std::move(step));
        return planned_.plan.steps.back();
    }

    Step &add_ddl(Phase phase, const std::string &title, const std::string &relation)
    {
        Step &step = add(phase, StepKind::ddl, title);
        step.relation = relation;
        step.lock_mode = "ACCESS EXCLUSIVE";
        return step;
    }

    unsigned oid_of(const std::string &relation)
    {
        const Rows rows = sql_.run("SELECT to_regclass($1)::oid::bigint AS oid", {relation});
        if (rows[0].is_null("oid"))
            throw core::Error(core::sqlstate::kUndefinedTable, "table " + relation + " does not exist", "",
                              "Make it again, or bring it back first when it was dropped: SELECT * FROM hotswap.rollback_points.");
        return static_cast<unsigned>(rows[0].integer("oid"));
    }

    void check_names()
    {
        const Rows taken = sql_.run("SELECT held.relname, target.nspname FROM pg_class held CROSS JOIN pg_namespace target"
                                    "  JOIN pg_class other ON other.relnamespace = target.oid AND other.relname = held.relname"
                                    " WHERE held.relnamespace = to_regnamespace($1) AND held.relkind <> 't' AND quote_ident(target.nspname) = $2 ORDER BY held.relname LIMIT 1",
                                    {quote_identifier(point_.hold_schema), schema_quoted()});
        if (!taken.empty())
            throw core::Error("42P07", "relation \"" + taken[0].text("relname") + "\" exists already in schema \"" + taken[0].text("nspname") + "\"",
                              "What is kept has that name.", "Rename the one that is there.");
    }

    // Of the hold's way back: ALTER TABLE hold SET SCHEMA "s".
    std::string schema_quoted()
    {
        const std::string suffix = " SET SCHEMA ";
        for (const std::string &statement : point_.again)
            if (const auto at = statement.rfind(suffix); at != std::string::npos && statement.starts_with("ALTER TABLE " + point_.hold + suffix))
                return sql_.run("SELECT quote_ident(nspname) AS name FROM pg_namespace WHERE oid = to_regnamespace($1)", {statement.substr(at + suffix.size())})[0].text("name");
        return "";
    }

    void bring_table()
    {
        relation_ = point_.hold;
        (void)oid_of(relation_);
        const std::string schema = schema_quoted();
        if (schema.empty() || !sql_.run("SELECT has_schema_privilege($1::oid, to_regnamespace($2)::oid, 'CREATE') AS ok", {caller_, schema})[0].boolean("ok"))
            throw core::Error(core::sqlstate::kInsufficientPrivilege, "permission denied for schema " + schema, "The table comes back there.",
                              "GRANT CREATE ON SCHEMA " + schema + " TO the role that restores it.");
        check_names();
        Step &back = add(Phase::expand, StepKind::keep, "bring table " + point_.relation + " back", core::kBringBack);
        back.relation = point_.hold;
        back.lock_mode = "ACCESS EXCLUSIVE";
        back.action = point_.again;
        back.undo = point_.away;
        planned_.plan.strategy = "direct";
        for (std::size_t i = 0; i + 3 < point_.keys.size(); i += 4)
            bring_key(point_.keys[i], point_.keys[i + 1], point_.keys[i + 2], point_.keys[i + 3]);
    }

    void bring_key(const std::string &add_it, const std::string &validate, const std::string &drop, const std::string &referenced)
    {
        if (sql_.run("SELECT to_regclass($1) IS NULL AS gone", {referenced})[0].boolean("gone")) {
            planned_.plan.warnings.push_back("not brought back: " + add_it);
            return;
        }
        planned_.plan.strategy = "online_constraint";
        Step &key = add_ddl(Phase::migrate, "add a foreign key", point_.relation);
        key.lock_mode = "SHARE ROW EXCLUSIVE";
        key.locks = {referenced};
        key.action = {add_it};
        key.undo = {drop};
        if (validate.empty())
            return;
        Step &proof = add(Phase::verify, StepKind::validate, "validate a foreign key");
        proof.relation = point_.relation;
        proof.lock_mode = "SHARE UPDATE EXCLUSIVE";
        proof.action = {validate};
    }

    std::vector<std::string> leaves(unsigned relation)
    {
        return sql_.run("SELECT array_agg(format('%I.%I', n.nspname, c.relname) ORDER BY c.oid)::text[] AS names FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                        " WHERE c.relkind = 'r' AND (c.oid = $1::oid OR c.oid IN (SELECT relid FROM pg_partition_tree($1::oid)))",
                        {static_cast<std::int64_t>(relation)})[0].array("names");
    }

    void check_columns(unsigned relation)
    {
        for (const std::string &name : point_.columns)
            if (!sql_.run("SELECT FROM pg_attribute WHERE attrelid = $1::oid AND attname = $2 AND NOT attisdropped", {static_cast<std::int64_t>(relation), name}).empty())
                throw core::Error("42701", "column \"" + name + "\" of table " + point_.relation + " exists already", "What is kept has that name.",
                                  "Rename the one that is there.");
        for (const std::string &name : point_.key)
            if (sql_.run("SELECT FROM pg_attribute WHERE attrelid = $1::oid AND attname = $2 AND NOT attisdropped", {static_cast<std::int64_t>(relation), name}).empty())
                throw core::Error("42703", "column \"" + name + "\" of table " + point_.relation + " does not exist", "The rows of the rollback point are found by it.",
                                  "The values are in " + point_.hold + ".");
    }

    Step &fill(const std::string &leaf, const std::string &title, core::RowsSql parts)
    {
        parts.target = leaf;
        parts.alias = "t";
        Step &step = add(Phase::migrate, StepKind::fill, title);
        step.relation = leaf;
        step.repetition = "impossible";   // a row that has its value no longer satisfies the condition
        step.action = core::rows_sql(parts);
        return step;
    }

    void bring_columns()
    {
        relation_ = point_.relation;
        planned_.plan.strategy = "batched";
        const unsigned relation = oid_of(relation_);
        check_columns(relation);
        Step &adding = add_ddl(Phase::expand, "add what comes back under another name", relation_);
        Step naming = adding;
        std::string set, values, lacks;
        for (std::size_t i = 0; i < point_.columns.size(); ++i) {
            const std::string name = quote_identifier(point_.columns[i]), hidden = quote_identifier(core::own_name("back", point_.columns[i])), alter = "ALTER TABLE " + relation_ + " ";
            const std::string usual = point_.again.at(3 * i), comment = point_.again.at(3 * i + 1);
            adding.action.push_back(alter + "ADD COLUMN " + hidden + " " + type_of(point_.columns[i]));
            adding.undo.insert(adding.undo.begin(), alter + "DROP COLUMN IF EXISTS " + hidden);
            if (!usual.empty())
                adding.action.push_back(alter + "ALTER COLUMN " + hidden + " SET DEFAULT " + usual);
            naming.action.push_back(alter + "RENAME COLUMN " + hidden + " TO " + name);
            naming.undo.push_back(alter + "RENAME COLUMN " + name + " TO " + hidden);
            if (!comment.empty())
                naming.action.push_back("COMMENT ON COLUMN " + relation_ + "." + name + " IS " + core::quote_literal(comment));
            const std::string more = set.empty() ? "" : ", ";
            set += more + hidden;
            values += more + "h." + name;
            lacks += (lacks.empty() ? "" : " OR ") + ("(t." + hidden + " IS NULL AND h." + name + " IS NOT NULL)");
        }
        const std::string partner = "(SELECT FROM " + point_.hold + " AS h WHERE " + key_match(sql_, point_, "h", "t");
        const std::string from_hold = " FROM " + point_.hold + " AS h WHERE " + key_match(sql_, point_, "h", "t") + ")";
        const std::vector<std::string> targets = leaves(relation);
        for (const std::string &leaf : targets) {
            core::RowsSql parts;
            parts.set_text = "(" + set + ") = (SELECT " + values + from_hold;
            parts.conditions = {"EXISTS " + partner + " AND (" + lacks + "))"};
            fill(leaf, "fill it with what was kept", parts);
        }
        for (std::size_t i = 0; i < point_.columns.size(); ++i)
            if (!point_.again.at(3 * i).empty())
                for (const std::string &leaf : targets) {
                    const std::string hidden = quote_identifier(core::own_name("back", point_.columns[i]));
                    core::RowsSql parts;
                    parts.set_text = hidden + " = DEFAULT";
                    parts.conditions = {"t." + hidden + " IS NULL", "NOT EXISTS " + partner + ")"};
                    fill(leaf, "fill rows that have come since with the default", parts);
                }
        naming.phase = Phase::switch_;
        naming.title = "give it its name";
        planned_.plan.steps.push_back(naming);
        for (std::size_t i = 0; i < point_.columns.size(); ++i)
            if (!point_.again.at(3 * i).empty() && !point_.again.at(3 * i + 2).empty())
                prove(point_.columns[i]);
    }

    void prove(const std::string &column)
    {
        const std::string alter = "ALTER TABLE " + relation_ + " ", check = quote_identifier(core::own_name("not_null", column)), name = quote_identifier(column);
        Step &promise = add_ddl(Phase::switch_, "refuse new nulls", relation_);
        promise.action = {alter + "ADD CONSTRAINT " + check + " CHECK (" + name + " IS NOT NULL) NOT VALID"};
        promise.undo = {alter + "DROP CONSTRAINT IF EXISTS " + check};
        Step &proof = add(Phase::switch_, StepKind::validate, "prove that there are none");
        proof.relation = relation_;
        proof.lock_mode = "SHARE UPDATE EXCLUSIVE";
        proof.action = {alter + "VALIDATE CONSTRAINT " + check};
        Step &set = add_ddl(Phase::switch_, "set NOT NULL", relation_);
        set.action = {alter + "ALTER COLUMN " + name + " SET NOT NULL", alter + "DROP CONSTRAINT " + check};
        set.undo = {alter + "ALTER COLUMN " + name + " DROP NOT NULL"};
    }

    std::string type_of(const std::string &column)
    {
        return sql_.run("SELECT format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attcollation <> t.typcollation THEN (SELECT format(' COLLATE %I.%I', n.nspname, c.collname)"
                        "   FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace WHERE c.oid = a.attcollation) ELSE '' END AS type"
                        "  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = to_regclass($1) AND a.attname = $2",
                        {point_.hold, column})[0].text("type");
    }

    void bring_rows()
    {
        relation_ = point_.relation;
        planned_.plan.strategy = "batched";
        const unsigned relation = oid_of(relation_);
        std::vector<std::string> columns;
        for (const std::string &name : hold_columns(sql_, point_))
            if (const Rows found = sql_.run("SELECT attgenerated = '' AS written FROM pg_attribute WHERE attrelid = $1::oid AND attname = $2 AND NOT attisdropped",
                                            {static_cast<std::int64_t>(relation), name});
                !found.empty()) {
                if (found[0].boolean("written"))
                    columns.push_back(name);
            } else
                planned_.plan.warnings.push_back("not brought back: column \"" + name + "\", which the table has no more");
        Step &back = add(Phase::migrate, StepKind::keep, "insert the rows that were kept", core::kRowsBack);
        back.keeps = {relation_, core::quote_list(columns)};
        back.relation = relation_;
        back.caller_path = true;
        back.action = {"INSERT INTO " + relation_ + " SELECT " + core::quote_list(columns) + " FROM " + point_.hold + " ON CONFLICT DO NOTHING"};
    }

    Sql &sql_;
    const store::RollbackPoint &point_;
    const std::int64_t caller_;
    std::string relation_;
    PlannedDdl planned_;
};

}  // namespace

PlannedDdl plan_restore(Sql &sql, const store::RollbackPoint &point, unsigned caller)
{
    PlannedDdl planned = Restore(sql, point, caller).plan();
    check_file_rights(sql, planned.plan, caller);
    return planned;
}

}  // namespace hotswap::engine
