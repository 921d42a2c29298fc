// See statement_statistics.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "engine/statement_statistics.hpp"

#include <algorithm>
#include <cctype>

#include "bridge/error.hpp"
#include "bridge/session.hpp"
#include "bridge/sql.hpp"
#include "core/identifier.hpp"

namespace hotswap::engine {

namespace {

bool is_word(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || (static_cast<unsigned char>(c) & 0x80) != 0;
}

// Whether a text names the relation: its last name as a word of its own.
bool names(const std::string &query, const std::string &word)
{
    for (std::size_t at = query.find(word); at != std::string::npos; at = query.find(word, at + 1))
        if ((at == 0 || !is_word(query[at - 1])) && (at + word.size() == query.size() || !is_word(query[at + word.size()])))
            return true;
    return false;
}

// "Public"."Orders" -> orders
std::string word_of(const std::string &relation)
{
    std::string word;
    for (std::size_t i = 0; i < relation.size(); ++i) {
        if (relation[i] == '.')
            word.clear();
        else if (relation[i] != '"')
            word += static_cast<char>(std::tolower(static_cast<unsigned char>(relation[i])));
    }
    return word;
}

std::string shortened(const std::string &query)
{
    if (query.size() <= 80)
        return query;
    std::size_t end = 77;
    while ((static_cast<unsigned char>(query[end]) & 0xC0) == 0x80)
        --end;   // never within a character
    return query.substr(0, end) + "...";
}

bool matters(const core::Operation &operation, const core::Party &party)
{
    return !operation.skipped && party.relation.oid != 0 && !party.relation.fresh && (party.relation.kind == 'r' || party.relation.kind == 'p');
}

}  // namespace

void StatementStatistics::read()
{
    is_read_ = true;
    try {
        const bridge::Subtransaction attempt;
        bridge::Sql sql;
        // Installed, and loaded: a view without its library raises.
        const bridge::Rows where = sql.run("SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace"
                                           " WHERE e.extname OPERATOR(pg_catalog.=) 'pg_stat_statements'");
        if (where.empty())
            return;
        const std::string schema = where[0].text("nspname");
        const bridge::Rows rows = sql.run(
            "SELECT pg_catalog.lower(pg_catalog.regexp_replace(s.query, '\\s+', ' ', 'g')) AS query, s.calls::pg_catalog.float8 AS calls,"
            "       s.query OPERATOR(pg_catalog.~*) '\\m(select|returning)\\s+(distinct\\s+)?(\\S+\\.)?\\*' AS star"
            "  FROM " + core::qualified(schema, "pg_stat_statements") + " AS s"
            " WHERE s.dbid OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())"
            "   AND s.query OPERATOR(pg_catalog.~*) '^\\W*(select|insert|update|delete|merge|with|prepare)\\M' ORDER BY s.calls DESC LIMIT 2000");
        seconds_ = sql.run("SELECT pg_catalog.extract('epoch', pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) i.stats_reset) AS seconds FROM " +
                           core::qualified(schema, "pg_stat_statements_info") + " AS i")[0].number("seconds");
        for (std::size_t i = 0; i < rows.size(); ++i)
            entries_.push_back({rows[i].text("query"), rows[i].number("calls"), rows[i].boolean("star")});
        is_there_ = true;
    } catch (const bridge::PgError &error) {
        if (error.is_cancel())
            throw;
    }
}

void StatementStatistics::add_to(std::vector<core::Operation> *operations)
{
    for (core::Operation &operation : *operations)
        for (core::Party &party : operation.parties) {
            if (!matters(operation, party))
                continue;
            if (!is_read_)
                read();
            if (!is_there_)
                return;
            const std::string word = word_of(party.relation.name);
            double calls = 0;
            for (const Entry &entry : entries_) {
                if (!names(entry.query, word))
                    continue;
                calls += entry.calls;
                if (entry.star && party.relation.star_queries.size() < 3)
                    party.relation.star_queries.push_back(shortened(entry.query));
            }
            if (seconds_ > 1)
                party.relation.calls_per_second = calls / seconds_;
        }
}

}  // namespace hotswap::engine
