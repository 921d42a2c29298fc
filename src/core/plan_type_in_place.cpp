// ALTER COLUMN TYPE without a rewrite. PostgreSQL refuses it where a view reads the column, so such views go away for it and come
// back with all they had, in the same transaction; and what it would refuse besides is refused before anything is done.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/rewrite_draft.hpp"

namespace hotswap::core {

namespace {

RewriteDraft draft_of(Planning &planning, const Changes &changes)
{
    RewriteDraft draft{planning, changes, {}, {}, {}, {}, {}, {}, {}, {}, {}};
    draft.trees.push_back(make_tree(planning.table, true));
    for (const Change *change : changes) {
        const Column *column = planning.table.find(change->column);
        if (change->kind != ChangeKind::alter_type || column == nullptr)
            continue;
        Altered altered;
        altered.column = column;
        altered.type = change->type;
        altered.collation = change->collation;
        altered.change = change;
        draft.trees.front().altered.push_back(std::move(altered));
    }
    return draft;
}

void check_row_types(const RewriteDraft &draft)
{
    const Tree &tree = draft.trees.front();
    for (const TableFacts *table : tree.tables)
        if (!table->row_type_users.empty())
            throw Error(sqlstate::kFeatureNotSupported,
                        fmt::format("cannot change the type of column \"{}\" of table \"{}\"", tree.altered.front().column->name, table->name),
                        fmt::format("Rows of its type are stored elsewhere: {}.", comma_list(table->row_type_users)),
                        "PostgreSQL alters no table whose row type is stored in another one. Drop these columns first.",
                        tree.altered.front().change->position);
}

}  // namespace

void keep_views(Planning &planning, const Changes &changes, Step &step)
{
    RewriteDraft draft = draft_of(planning, changes);
    if (draft.trees.front().altered.empty())
        return;
    check_row_types(draft);
    check_dependents(draft);
    find_views(draft);
    if (draft.views.empty())
        return;
    std::vector<std::string> names;
    for (const View *view : draft.views)
        names.push_back(qualified(view->schema, view->name));
    if (step.caller_path)
        throw Error(sqlstate::kFeatureNotSupported, "cannot change the type of a column that views read together with the other changes of this statement",
                    fmt::format("These views have to be made again: {}.", comma_list(names)), "Give the change of the type as a migration of its own.",
                    draft.trees.front().altered.front().change->position);
    planning.warn(fmt::format("these views are dropped and made again in the transaction that alters the table: {}", comma_list(names)));
    for (std::vector<std::string> *way : {&step.action, &step.undo}) {
        if (way->empty())
            continue;
        std::vector<std::string> around, populate;
        drop_views(draft, around);
        around.insert(around.end(), way->begin(), way->end());
        create_views(draft, around, populate);
        around.insert(around.end(), populate.begin(), populate.end());
        *way = std::move(around);
    }
    step.locks.insert(step.locks.end(), draft.locks.begin(), draft.locks.end());
}

}  // namespace hotswap::core
