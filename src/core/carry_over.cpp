// What a column has beyond its type is carried over to its copy: settings, privileges, comment, NOT NULL, checks.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include <fmt/format.h>

#include "core/dual_write_draft.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"

namespace hotswap::core {

namespace {

const char *storage_word(char storage)
{
    switch (storage) {
    case 'p':
        return "PLAIN";
    case 'e':
        return "EXTERNAL";
    case 'x':
        return "EXTENDED";
    case 'm':
        return "MAIN";
    default:
        return nullptr;
    }
}

std::string base_of(const std::string &type)
{
    std::string base = type.substr(0, type.find('('));
    return base == "character varying" || base == "character" ? "text" : base;
}

void carry_grants(DualWriteDraft &draft, const Column &column, const std::string &copy)
{
    for (const Grant &grant : column.grants)
        draft.expand.add(fmt::format("GRANT {} ({}) ON {} TO {}{}", grant.privilege, quote_identifier(copy),
                                     draft.planning.relation, grant.grantee.empty() ? "PUBLIC" : quote_identifier(grant.grantee),
                                     grant.with_grant_option ? " WITH GRANT OPTION" : ""));
}

// Storage and compression mean something for types of the same make only; PostgreSQL's own ALTER TYPE resets them too.
void carry_settings(DualWriteDraft &draft, const Column &column, const std::string &copy, const std::string &type)
{
    const std::string &relation = draft.planning.relation;
    if (column.statistics >= 0)
        draft.expand.add(alter_column(relation, copy, fmt::format("SET STATISTICS {}", column.statistics)));
    if (!column.options.empty())
        draft.expand.add(alter_column(relation, copy, fmt::format("SET ({})", column.options)));
    bool has_settings = storage_word(column.storage) || !column.compression.empty();
    if (has_settings && base_of(column.type) != base_of(type)) {
        draft.planning.warn(fmt::format(
            "storage and compression settings of column \"{}\" are not kept: the new type is of another make", column.name));
        return;
    }
    if (const char *word = storage_word(column.storage))
        draft.expand.add(alter_column(relation, copy, fmt::format("SET STORAGE {}", word)));
    if (!column.compression.empty())
        draft.expand.add(alter_column(relation, copy, fmt::format("SET COMPRESSION {}", column.compression)));
}

const Check &renamed_check(const TableFacts &table, std::size_t position)
{
    const std::vector<Check> &renamed = table.renamed.checks;
    if (position >= renamed.size() || renamed[position].name != table.checks[position].name)
        throw Error(sqlstate::kInternal, fmt::format("check \"{}\" was not deparsed for the copy", table.checks[position].name));
    return renamed[position];
}

}  // namespace

void carry_column(DualWriteDraft &draft, const Column &column, const std::string &copy, const std::string &type,
                  const std::string &collation)
{
    const std::string &relation = draft.planning.relation;
    draft.expand.add(alter(relation, fmt::format("ADD COLUMN {} {}", quote_identifier(copy), type_text(type, collation))),
                     alter(relation, fmt::format("DROP COLUMN IF EXISTS {}", quote_identifier(copy))));
    carry_settings(draft, column, copy, type);
    if (!column.comment.empty())
        draft.expand.add(
            fmt::format("COMMENT ON COLUMN {}.{} IS {}", relation, quote_identifier(copy), quote_literal(column.comment)));
    carry_grants(draft, column, copy);
}

void require_not_null(DualWriteDraft &draft, const std::string &origin, const std::string &copy)
{
    const std::string &relation = draft.planning.relation;
    std::string check = own_name("not_null", origin);
    std::string drop = alter(relation, fmt::format("DROP CONSTRAINT IF EXISTS {}", quote_identifier(check)));
    draft.checks.add(alter(relation, fmt::format("ADD CONSTRAINT {} CHECK ({} IS NOT NULL) NOT VALID", quote_identifier(check),
                                                 quote_identifier(copy))),
                     drop);
    draft.validations.push_back(check);
    draft.not_null.add(alter_column(relation, copy, "SET NOT NULL"), alter_column(relation, copy, "DROP NOT NULL"));
    // A statement of its own: within one ALTER TABLE the drop would come before the proof is used.
    draft.not_null.add(drop);
}

void carry_checks(DualWriteDraft &draft)
{
    const TableFacts &table = draft.planning.table;
    const std::string &relation = draft.planning.relation;
    for (std::size_t i = 0; i < table.checks.size(); ++i) {
        const Check &check = table.checks[i];
        bool swapped =
            std::any_of(check.columns.begin(), check.columns.end(), [&](int number) { return draft.is_swapped(number); });
        bool renamed = std::any_of(check.columns.begin(), check.columns.end(),
                                   [&](int number) { return draft.copies.contains(number) && !draft.is_swapped(number); });
        if (swapped && renamed)
            throw Error(
                sqlstate::kFeatureNotSupported,
                fmt::format("cannot change the type of one column and rename another that share check \"{}\"", check.name), {},
                "Give them as two migrations, one after the other.");
        if (!swapped)
            continue;
        std::string copy = own_name("check", check.name);
        draft.checks.add(alter(relation, fmt::format("ADD CONSTRAINT {} CHECK ({}) {}NOT VALID", quote_identifier(copy),
                                                     renamed_check(table, i).expression, check.no_inherit ? "NO INHERIT " : "")),
                         alter(relation, fmt::format("DROP CONSTRAINT IF EXISTS {}", quote_identifier(copy))));
        if (check.validated)
            draft.validations.push_back(copy);
    }
}

}  // namespace hotswap::core
