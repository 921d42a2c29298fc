// hotswap.validate and hotswap._examine: a script looked at from all sides. See engine/examination.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/function.hpp"
#include "bridge/session.hpp"
#include "bridge/settings.hpp"
#include "bridge/sql.hpp"
#include "core/progress.hpp"
#include "engine/data_examination.hpp"

namespace hotswap::api {

namespace {

using bridge::Authority;
using bridge::Parameter;
using bridge::Sql;
using engine::ExaminedStatement;

using Column = std::vector<std::string>;

std::string truth(bool value)
{
    return value ? "true" : "false";
}

// Rows by columns, as the query takes them.
struct Tables {
    Column statement_no, text, strategy;                                     // a statement each
    Column verdict_of, operation, relation, object, lock, blocks, rewrites, scans, risk, type;   // a verdict each
    Column warning_of, warning;
    Column error_of, sqlstate, message, detail, hint;
    Column touched_by, touched;                                              // relations, by OID, that are locked against other DDL

    void add(int number, const ExaminedStatement &statement)
    {
        const std::string no = std::to_string(number);
        statement_no.push_back(no);
        text.push_back(statement.analyzed.text);
        strategy.push_back(statement.plan ? statement.plan->strategy : "");
        for (const core::Verdict &v : statement.analyzed.verdicts)
            add(no, v);
        if (statement.plan)
            for (const std::string &text : statement.plan->warnings)
                add_warning(no, text);
        for (const bridge::Failure &error : statement.errors) {
            error_of.push_back(no);
            sqlstate.push_back(error.sqlstate);
            message.push_back(error.message);
            detail.push_back(error.detail);
            hint.push_back(error.hint);
        }
        if (statement.plan)
            return;   // it has been asked whether another migration is in its way
        for (const core::Operation &one : statement.analyzed.operations)
            for (const core::Party &party : one.parties)
                if (party.relation.oid != 0 && party.role == core::Role::target) {
                    touched_by.push_back(no);
                    touched.push_back(std::to_string(party.relation.oid));
                }
    }

  private:
    void add(const std::string &no, const core::Verdict &v)
    {
        verdict_of.push_back(no);
        operation.push_back(v.operation);
        relation.push_back(v.relation);
        object.push_back(v.object);
        lock.push_back(core::to_text(v.lock));
        blocks.push_back(v.blocks);
        rewrites.push_back(truth(v.rewrites));
        scans.push_back(truth(v.scans));
        risk.push_back(v.risk);
        type.push_back(v.migration_type);
        for (const std::string &text : v.warnings)
            add_warning(no, text);
    }

    void add_warning(const std::string &no, const std::string &text)
    {
        warning_of.push_back(no);
        warning.push_back(text);
    }
};

std::string list(const Column &lines, const char *between)
{
    std::string text;
    for (const std::string &line : lines)
        text += (text.empty() ? "" : between) + line;
    return text;
}

// What was found in the rows: errors where the statement fails by them, warnings where it does not, and an object for each check.
struct DataTables {
    Column no, relation, rule, subject, blocks, checked, examples, changed, reason;

    void add(const engine::DataFinding &found, Tables *tables)
    {
        const std::string number = std::to_string(found.statement_no);
        const core::DataCheck &check = found.check;
        const std::string looked = "checked " + std::to_string(found.checked) + " of " + std::to_string(found.blocks) + " blocks";
        const bool whole = found.checked == found.blocks;
        if (!found.broken.empty() && found.written_by == 0) {
            tables->error_of.push_back(number);
            tables->sqlstate.push_back(found.sqlstate.empty() ? core::sqlstate_of(check.rule) : found.sqlstate);
            core::DataCheck said = check;
            if (check.rule == core::DataRule::kept)
                said.rule = core::DataRule::fits;
            tables->message.push_back(core::message_of(said, found.relation) + (found.message.empty() ? "" : ": " + found.message));
            tables->detail.push_back("Found: " + list(found.broken, ", ") + "; " + looked + ".");
            tables->hint.push_back("Mend or delete these rows first.");
        } else if (!found.broken.empty())
            warn(number, core::message_of(check, found.relation) + " now; statement " + std::to_string(found.written_by) + " writes to it before: " +
                             list(found.broken, ", "), tables);
        if (!found.changed.empty())
            warn(number, core::message_of(check, found.relation) + ": " + list(found.changed, ", "), tables);
        if (!found.not_checked.empty())
            warn(number, found.relation + " was not looked through for " + check.subject + ": " + found.not_checked, tables);
        else if (!whole && found.broken.empty())
            warn(number, looked + " of " + found.relation + " for " + check.subject + " (" + core::to_text(check.rule) + "): the time was over", tables);
        no.push_back(number);
        relation.push_back(found.relation);
        rule.push_back(core::to_text(check.rule));
        subject.push_back(check.subject);
        blocks.push_back(std::to_string(found.blocks));
        checked.push_back(std::to_string(found.checked));
        examples.push_back("[" + list(found.broken, ", ") + "]");
        changed.push_back("[" + list(found.changed, ", ") + "]");
        reason.push_back(found.not_checked);
    }

  private:
    static void warn(const std::string &number, const std::string &text, Tables *tables)
    {
        tables->warning_of.push_back(number);
        tables->warning.push_back(text);
    }
};

constexpr const char *kData = R"(
SELECT coalesce(jsonb_agg(jsonb_build_object('statementNo', no, 'relation', relation, 'rule', rule, 'subject', subject, 'blocks', blocks, 'checkedBlocks', checked,
                                             'complete', blocks = checked AND reason = '', 'examples', examples, 'changed', changed, 'notChecked', nullif(reason, '')) ORDER BY n), '[]')::text AS data
  FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::jsonb[], $8::jsonb[], $9::text[])
       WITH ORDINALITY AS d(no, relation, rule, subject, blocks, checked, examples, changed, reason, n))";

// The worst of a list wins: positions in these arrays.
constexpr const char *kReport = R"(
WITH statements AS (SELECT * FROM unnest($1::int[], $2::text[], $3::text[]) AS s(no, text, strategy)),
verdicts AS (SELECT * FROM unnest($4::int[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::boolean[], $11::boolean[], $12::text[],
                                  $13::text[]) WITH ORDINALITY AS v(no, operation, relation, object, lock, blocks, rewrites, scans, risk, type, n)),
warnings AS (SELECT no, text, min(n) AS n FROM unnest($14::int[], $15::text[]) WITH ORDINALITY AS w(no, text, n) GROUP BY no, text),
operations AS (
    SELECT v.no, min(v.n) AS n, v.operation, v.object, (array_agg(v.type ORDER BY array_position('{safe,risky,maintenance}', v.type) DESC))[1] AS type,
           (array_agg(v.risk ORDER BY array_position('{LOW,MEDIUM,HIGH}', v.risk) DESC))[1] AS risk,
           jsonb_agg(jsonb_build_object('relation', v.relation, 'lockMode', nullif(v.lock, ''), 'blocks', v.blocks, 'rewrites', v.rewrites, 'scans', v.scans)
                     ORDER BY v.n) FILTER (WHERE v.relation <> '') AS relations
      FROM verdicts v GROUP BY v.no, v.operation, v.object),
errors AS (
    SELECT no, sqlstate, message, detail, hint FROM unnest($16::int[], $17::text[], $18::text[], $19::text[], $20::text[]) AS e(no, sqlstate, message, detail, hint)
    UNION ALL
    SELECT o.no, '42501', format('operation %s is not allowed here', o.operation), format('Allowed are: %s.', array_to_string($23::text[], ', ')),
           'Ask whoever set hotswap.allowed_operations.'
      FROM operations o WHERE cardinality($23::text[]) > 0 AND o.operation <> ALL ($23::text[])
    UNION ALL
    SELECT o.no, '0A000', format('extension "%s" is not available on this server', o.object), '', 'Install its package first.'
      FROM operations o WHERE o.operation = 'CREATE_EXTENSION' AND o.object NOT IN (SELECT name FROM pg_available_extensions)
    UNION ALL
    SELECT DISTINCT t.no, '55006', format('table %s is already in a migration', CASE WHEN s.it THEN m.relation ELSE t.oid::regclass::text END),
           CASE WHEN s.it THEN format('Migration "%s" is %s.', m.migration_id, m.state) ELSE '' END,
           CASE WHEN s.it THEN 'Finish it first: hotswap.complete, hotswap.cancel or hotswap.rollback.' ELSE 'Ask the owner of the table.' END
      FROM unnest($21::int[], $22::oid[]) AS t(no, oid)
      JOIN hotswap._migrations m ON m.state NOT IN ('completed', 'cancelled', 'rolled_back')
       AND (m.relation_oid = t.oid OR EXISTS (SELECT FROM hotswap._migration_twins w WHERE w.migration_id = m.migration_id AND w.active AND w.relation_oid = t.oid))
      CROSS JOIN LATERAL (SELECT pg_has_role($24::oid, m.owner, 'USAGE') OR has_table_privilege($24::oid, 'hotswap._migrations', 'SELECT')
                              OR EXISTS (SELECT FROM pg_class c WHERE c.oid = t.oid AND pg_has_role($24::oid, c.relowner, 'USAGE'))) AS s(it))
SELECT (jsonb_build_object(
    'isValid', NOT EXISTS (SELECT FROM errors),
    'operations', coalesce((SELECT jsonb_agg(jsonb_build_object('statementNo', o.no, 'type', o.operation, 'object', nullif(o.object, ''), 'statement', s.text,
                                             'riskLevel', o.risk, 'migrationType', o.type, 'strategy', nullif(s.strategy, ''), 'relations', coalesce(o.relations, '[]'),
                                             'warnings', coalesce((SELECT jsonb_agg(w.text ORDER BY w.n) FROM warnings w WHERE w.no = o.no), '[]'),
                                             'errors', coalesce((SELECT jsonb_agg(e.message) FROM errors e WHERE e.no = o.no), '[]')) ORDER BY o.n)
                              FROM operations o JOIN statements s USING (no)), '[]'),
    'warnings', coalesce((SELECT jsonb_agg(w.text ORDER BY w.n) FROM warnings w), '[]'),
    'errors', coalesce((SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('statementNo', e.no, 'sqlstate', nullif(e.sqlstate, ''), 'message', e.message,
                                         'detail', nullif(e.detail, ''), 'hint', nullif(e.hint, ''))) ORDER BY e.no) FROM errors e), '[]'),
    'riskLevel', coalesce((SELECT o.risk FROM operations o ORDER BY array_position('{LOW,MEDIUM,HIGH}', o.risk) DESC LIMIT 1), 'LOW'),
    'data', $25::jsonb,
    'migrationType', coalesce((SELECT o.type FROM operations o ORDER BY array_position('{safe,risky,maintenance}', o.type) DESC LIMIT 1), 'safe'),
    'serverVersion', current_setting('server_version_num')::int) - CASE WHEN $25 IS NULL THEN 'data' ELSE '' END)::text AS report)";

std::string report(const std::string &ddl, const engine::DataLook &look)
{
    const std::vector<ExaminedStatement> statements = engine::examine(ddl, look.wanted);
    const std::vector<engine::DataFinding> found = look.wanted ? engine::examine_data(statements, look) : std::vector<engine::DataFinding>();
    Tables t;
    int number = 0;
    for (const ExaminedStatement &statement : statements)
        t.add(++number, statement);
    const auto caller = static_cast<std::int64_t>(bridge::current_role());   // who may see a migration is told of it
    DataTables data;
    for (const engine::DataFinding &one : found)
        data.add(one, &t);
    const Authority authority = Authority::of_store();
    Sql sql;
    const Column allowed = sql.run("SELECT coalesce(array_agg(upper(trim(w))) FILTER (WHERE trim(w) <> ''), '{}') AS words FROM regexp_split_to_table($1, ',') AS w",
                                   {std::string(bridge::settings().allowed_operations)})[0]
                               .array("words");
    const std::optional<std::string> looked =
        look.wanted ? sql.run(kData, {data.no, data.relation, data.rule, data.subject, data.blocks, data.checked, data.examples, data.changed, data.reason})[0].cell("data")
                    : std::nullopt;
    return sql.run(kReport, {t.statement_no, t.text, t.strategy, t.verdict_of, t.operation, t.relation, t.object, t.lock, t.blocks, t.rewrites, t.scans,
                             t.risk, t.type, t.warning_of, t.warning, t.error_of, t.sqlstate, t.message, t.detail, t.hint, t.touched_by, t.touched, allowed, caller,
                             looked})[0]
        .text("report");
}

// A text that cannot be read at all is as invalid as can be.
std::string unreadable(const bridge::Failure &failure)
{
    const Authority authority = Authority::of_store();
    Sql sql;
    return sql.run("SELECT jsonb_build_object('isValid', false, 'operations', '[]'::jsonb, 'warnings', '[]'::jsonb, 'errors', jsonb_build_array(jsonb_strip_nulls("
                   "  jsonb_build_object('sqlstate', $1::text, 'message', $2::text, 'detail', nullif($3::text, ''), 'hint', nullif($4::text, '')))),"
                   "  'riskLevel', 'HIGH', 'migrationType', 'maintenance', 'serverVersion', current_setting('server_version_num')::int)::text AS report",
                   {failure.sqlstate, failure.message, failure.detail, failure.hint})[0]
        .text("report");
}

}  // namespace

}  // namespace hotswap::api

// validate(ddl, options) -> json as text.
HOTSWAP_FUNCTION(hotswap_validate)
{
    using namespace hotswap;
    const std::string ddl = call.text(0);
    const engine::DataLook look = engine::read_look(call.json(1));
    try {
        bridge::Subtransaction looking;
        const std::string text = api::report(ddl, look);
        looking.commit();
        return bridge::Call::text_value(text);
    } catch (const std::exception &error) {
        const bridge::Failure failure = bridge::describe(error);
        // Trouble of the server (out of memory, disk, shutdown, a bug) says nothing about the script.
        for (const char *trouble : {"53", "57", "58", "XX"})
            if (failure.cancelled || failure.retryable || failure.sqlstate.compare(0, 2, trouble) == 0)
                throw;
        return bridge::Call::text_value(api::unreadable(failure));
    }
}

// _examine(ddl) -> rows, one a statement and relation, for hotswap.recommend.
HOTSWAP_FUNCTION(hotswap_examine)
{
    using namespace hotswap;
    const auto optional = [](const std::string &text) { return text.empty() ? std::nullopt : std::optional<std::string>(text); };
    const auto interval = [](const std::optional<double> &ms) { return ms ? std::optional<std::string>(std::to_string(*ms) + " milliseconds") : std::nullopt; };
    call.begin_rows();
    int number = 0;
    for (const engine::ExaminedStatement &statement : engine::examine(call.text(0))) {
        ++number;
        api::Column deployments;
        bool irreversible = false, kept = false;
        if (statement.plan)
            for (const core::Step &step : statement.plan->steps) {
                kept = kept || !step.keep.empty();
                // A contract comes last and waits for a word: until then there is a way back.
                irreversible = irreversible || (step.irreversible && step.phase != core::Phase::contract);
                if (step.kind == core::StepKind::await && !step.deployment.empty())
                    deployments.push_back(std::string(core::to_text(step.phase)) + ": " + step.deployment);
            }
        api::Column errors;
        for (const bridge::Failure &error : statement.errors)
            errors.push_back(error.message + (error.hint.empty() ? "" : ". " + error.hint));
        for (const core::Verdict &v : statement.analyzed.verdicts)
            call.add_row({std::to_string(number), statement.analyzed.text, v.operation, optional(v.relation), optional(core::to_text(v.lock)), v.blocks,
                          api::truth(v.rewrites), api::truth(v.scans), v.risk, optional(statement.plan ? statement.plan->strategy : v.strategy),
                          interval(v.duration_ms), interval(v.lock_ms), bridge::format_text_array(v.warnings), optional(api::list(deployments, "\n")),
                          api::truth(irreversible), optional(api::list(errors, "; ")),
                          optional(kept ? "what is taken away is kept for " + core::duration_text(bridge::settings().rollback_retention_s) + " and can be brought back: hotswap.restore" : "")});
    }
    return bridge::Call::nothing();
}
