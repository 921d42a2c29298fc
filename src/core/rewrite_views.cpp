// Views on altered columns, and views on those: dropped before the DDL and made again after it, with all they had.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/rewrite_draft.hpp"

namespace hotswap::core {

namespace {

using Statements = std::vector<std::string>;

std::string name_of(const View &view)
{
    return qualified(view.schema, view.name);
}

const char *kind_of(const View &view)
{
    return view.materialized ? "MATERIALIZED VIEW" : "VIEW";
}

bool reads_altered(const RewriteDraft &draft, const View &view)
{
    return std::any_of(view.reads.begin(), view.reads.end(), [&](const ViewRead &read) {
        const Tree *tree = read.column == 0 ? nullptr : draft.tree_of(read.relation);
        if (tree == nullptr)
            return false;
        for (const TableFacts *table : tree->tables)
            if (table->oid == read.relation)
                return draft.alters(*table, read.column);
        return false;
    });
}

bool reads_any(const View &view, const std::set<unsigned> &relations)
{
    return std::any_of(view.reads.begin(), view.reads.end(),
                       [&](const ViewRead &read) { return relations.contains(read.relation); });
}

void check_obstacles(const View &view)
{
    if (!view.obstacles.empty())
        throw Error(sqlstate::kFeatureNotSupported,
                    fmt::format("cannot make view {} again, which the change of a column needs", name_of(view)),
                    fmt::format("Depending on it: {}.", comma_list(view.obstacles)),
                    "Drop these objects first and create them again afterwards.");
}

// One statement for each grantee, with and without the right to grant on.
void restore(const std::vector<Grant> &grants, const std::string &on, const std::string &columns, Statements &statements)
{
    std::map<std::pair<std::string, bool>, std::vector<std::string>> privileges;
    for (const Grant &grant : grants)
        privileges[{grant.grantee, grant.with_grant_option}].push_back(grant.privilege + columns);
    for (const auto &[to, words] : privileges)
        statements.push_back(fmt::format("GRANT {} ON {} TO {}{}", comma_list(words), on,
                                         to.first.empty() ? "PUBLIC" : quote_identifier(to.first),
                                         to.second ? " WITH GRANT OPTION" : ""));
}

void create(const View &view, Statements &statements)
{
    std::vector<std::string> columns;
    for (const ViewColumn &column : view.columns)
        columns.push_back(column.name);
    std::string text = fmt::format("CREATE {} {} ({})", kind_of(view), name_of(view), quote_list(columns));
    if (view.materialized && !view.access_method.empty())
        text += fmt::format(" USING {}", quote_identifier(view.access_method));
    if (!view.options.empty())
        text += fmt::format(" WITH ({})", view.options);
    if (!view.tablespace.empty())
        text += fmt::format(" TABLESPACE {}", quote_identifier(view.tablespace));
    text += fmt::format(" AS {}{}", view.definition, view.materialized ? " WITH NO DATA" : "");
    statements.push_back(std::move(text));
}

void create_indexes(const View &view, Statements &statements)
{
    for (const ViewIndex &index : view.indexes) {
        const std::string name = qualified(view.schema, index.name);
        statements.push_back(index.definition);
        if (!index.tablespace.empty())
            statements.push_back(fmt::format("ALTER INDEX {} SET TABLESPACE {}", name, quote_identifier(index.tablespace)));
        if (index.clustered)
            statements.push_back(
                fmt::format("ALTER MATERIALIZED VIEW {} CLUSTER ON {}", name_of(view), quote_identifier(index.name)));
        if (!index.comment.empty())
            statements.push_back(fmt::format("COMMENT ON INDEX {} IS {}", name, quote_literal(index.comment)));
    }
}

void restore_columns(const View &view, Statements &statements)
{
    for (const ViewColumn &column : view.columns) {
        const std::string name = quote_identifier(column.name);
        if (!column.default_text.empty())
            statements.push_back(
                fmt::format("ALTER VIEW {} ALTER COLUMN {} SET DEFAULT {}", name_of(view), name, column.default_text));
        if (column.statistics >= 0)
            statements.push_back(fmt::format("ALTER MATERIALIZED VIEW {} ALTER COLUMN {} SET STATISTICS {}", name_of(view), name,
                                             column.statistics));
        if (!column.comment.empty())
            statements.push_back(
                fmt::format("COMMENT ON COLUMN {}.{} IS {}", name_of(view), name, quote_literal(column.comment)));
        restore(column.grants, name_of(view), fmt::format(" ({})", name), statements);
    }
}

// Default privileges of the role that makes it again may have added some, and the owner may have given up its own.
void restore_grants(const View &view, const std::vector<std::string> &default_grantees, Statements &statements)
{
    std::set<std::string> grantees(default_grantees.begin(), default_grantees.end());
    if (view.owner_limited)
        grantees.insert(view.owner);
    for (const std::string &grantee : grantees)
        if (view.owner_limited || grantee != view.owner)
            statements.push_back(
                fmt::format("REVOKE ALL ON {} FROM {}", name_of(view), grantee.empty() ? "PUBLIC" : quote_identifier(grantee)));
    restore(view.grants, name_of(view), "", statements);
}

}  // namespace

void find_views(RewriteDraft &draft)
{
    std::vector<const View *> left;
    std::set<unsigned> chosen;
    const std::vector<View> &views = draft.planning.table.views;
    for (bool grown = true; grown;) {
        grown = false;
        for (const View &view : views)
            if (!chosen.contains(view.oid) && (reads_altered(draft, view) || reads_any(view, chosen)))
                grown = chosen.insert(view.oid).second;
    }
    for (const View &view : views)
        if (chosen.contains(view.oid))
            left.push_back(&view);
    // One after the other, each when all it reads are there.
    while (!left.empty()) {
        auto next = std::find_if(left.begin(), left.end(), [&](const View *view) {
            return std::none_of(left.begin(), left.end(),
                                [&](const View *other) { return other != view && reads_any(*view, {other->oid}); });
        });
        if (next == left.end())
            throw Error(sqlstate::kFeatureNotSupported,
                        fmt::format("cannot make view {} again, which the change of a column needs", name_of(*left.front())),
                        "It and another view read each other.", "Drop these views first and create them again afterwards.");
        check_obstacles(**next);
        draft.lock(name_of(**next));
        if ((*next)->materialized)
            draft.planning.warn(
                fmt::format("materialized view {} is filled again in the same transaction, while the tables are locked",
                            name_of(**next)));
        draft.views.push_back(*next);
        left.erase(next);
    }
}

void drop_views(const RewriteDraft &draft, Statements &statements)
{
    for (auto at = draft.views.rbegin(); at != draft.views.rend(); ++at)
        statements.push_back(fmt::format("DROP {} {}", kind_of(**at), name_of(**at)));
}

void create_views(const RewriteDraft &draft, Statements &statements, Statements &populate)
{
    for (const View *view : draft.views) {
        create(*view, statements);
        create_indexes(*view, statements);
        for (const std::string &rule : view->rules)
            statements.push_back(rule);
        for (const std::string &trigger : view->triggers)
            statements.push_back(trigger);
        for (const std::string &remark : view->remarks)
            statements.push_back(remark);
        statements.push_back(
            fmt::format("ALTER {} {} OWNER TO {}", kind_of(*view), name_of(*view), quote_identifier(view->owner)));
        restore_grants(*view, draft.planning.table.default_grantees, statements);
        restore_columns(*view, statements);
        if (!view->comment.empty())
            statements.push_back(
                fmt::format("COMMENT ON {} {} IS {}", kind_of(*view), name_of(*view), quote_literal(view->comment)));
        if (view->materialized && view->populated)
            populate.push_back(fmt::format("REFRESH MATERIALIZED VIEW {}", name_of(*view)));
    }
}

}  // namespace hotswap::core
