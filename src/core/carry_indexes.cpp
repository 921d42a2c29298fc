// Every index that reads a copied column is built once more over the copies, composed from its pieces.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include <fmt/format.h>

#include "core/dual_write_draft.hpp"
#include "core/error.hpp"
#include "core/identifier.hpp"

namespace hotswap::core {

namespace {

enum class Over { copies, columns };

bool any_copied(const DualWriteDraft &draft, const std::vector<int> &columns)
{
    return std::any_of(columns.begin(), columns.end(), [&](int number) { return draft.copies.contains(number); });
}

// The index with its texts over the copies, where a text reads one at all.
const Index &texts_of(const DualWriteDraft &draft, std::size_t position)
{
    const TableFacts &table = draft.planning.table;
    const Index &index = table.indexes[position];
    bool in_text = any_copied(draft, index.predicate_columns);
    for (const IndexKey &key : index.keys)
        in_text = in_text || (key.column == 0 && any_copied(draft, key.columns));
    const std::vector<Index> &renamed = table.renamed.indexes;
    if (position < renamed.size() && renamed[position].name == index.name)
        return renamed[position];
    if (in_text)
        throw Error(sqlstate::kInternal, fmt::format("index \"{}\" was not deparsed for the copy", index.name));
    return index;
}

std::string column_name(const DualWriteDraft &draft, int number, Over over)
{
    return quote_identifier(over == Over::copies ? draft.copy_of(number) : draft.planning.table.find(number)->name);
}

std::string key_text(const DualWriteDraft &draft, const IndexKey &key, Over over)
{
    std::string text = key.column ? column_name(draft, key.column, over) : fmt::format("({})", key.expression);
    if (!key.collation.empty())
        text += " COLLATE " + key.collation;
    if (!key.opclass.empty())
        text += " " + key.opclass;
    if (!key.order.empty())
        text += " " + key.order;
    return text;
}

std::string create_text(const DualWriteDraft &draft, const Index &index, const std::string &name, bool unique, Over over)
{
    std::vector<std::string> keys, include;
    for (const IndexKey &key : index.keys)
        keys.push_back(key_text(draft, key, over));
    for (int number : index.include)
        include.push_back(column_name(draft, number, over));
    std::string text =
        fmt::format("CREATE {}INDEX CONCURRENTLY {} ON {} USING {} ({})", unique ? "UNIQUE " : "", quote_identifier(name),
                    draft.planning.relation, quote_identifier(index.method), comma_list(keys));
    if (!include.empty())
        text += fmt::format(" INCLUDE ({})", comma_list(include));
    if (unique && index.nulls_not_distinct)
        text += " NULLS NOT DISTINCT";
    if (!index.reloptions.empty())
        text += fmt::format(" WITH ({})", index.reloptions);
    if (!index.tablespace.empty())
        text += fmt::format(" TABLESPACE {}", quote_identifier(index.tablespace));
    if (!index.predicate.empty())
        text += fmt::format(" WHERE ({})", index.predicate);
    return text;
}

void add_build(DualWriteDraft &draft, const Index &index, const std::string &name, const std::string &sql,
               const std::string &title)
{
    Step step = make_step(draft.planning, Phase::migrate, StepKind::index_build, title, kShareUpdateExclusive);
    step.action = {sql};
    step.undo = {fmt::format("DROP INDEX CONCURRENTLY IF EXISTS {}", qualified(index.schema, name))};
    step.index_schema = index.schema;
    step.index_name = name;
    draft.indexes.push_back(std::move(step));
}

void check_mixture(const DualWriteDraft &draft, const Index &index)
{
    for (const auto &[number, copy] : draft.copies)
        if (!draft.is_swapped(number) && index_reads(index, number))
            throw Error(
                sqlstate::kFeatureNotSupported,
                fmt::format("cannot change the type of one column and rename another that share index \"{}\"", index.name), {},
                "Give them as two migrations, one after the other.");
}

void carry_index(DualWriteDraft &draft, const Index &index, const Index &texts)
{
    bool swapped = reads_swapped(draft, index);
    bool unique = index.unique;
    if (swapped)
        check_mixture(draft, index);
    if (index.deferrable && swapped)
        draft.planning.warn(
            fmt::format("until the switch, uniqueness by deferrable constraint \"{}\" is checked at once on the new column",
                        index.constraint));
    if (index.deferrable && !swapped)
        unique = false;  // the mirror of a deferrable key must not be stricter than the key
    std::string name = own_name("idx", index.name);
    add_build(draft, index, name, create_text(draft, texts, name, unique, Over::copies),
              fmt::format("build index {} over the new column", index.name));
    if (!index.primary || !swapped)
        return;
    // The primary key's own index dies at the switch (a table has only one): a spare one makes the way back short.
    std::string keep = own_name("keep", index.name);
    add_build(draft, index, keep, create_text(draft, index, keep, true, Over::columns),
              fmt::format("build the index that keeps primary key {} for the way back", index.name));
}

}  // namespace

bool is_copied(const DualWriteDraft &draft, const Index &index)
{
    bool touched =
        std::any_of(draft.copies.begin(), draft.copies.end(), [&](const auto &copy) { return index_reads(index, copy.first); });
    return touched && index.valid && !index.exclusion;
}

bool reads_swapped(const DualWriteDraft &draft, const Index &index)
{
    return std::any_of(draft.swaps.begin(), draft.swaps.end(),
                       [&](const Swap &swap) { return index_reads(index, swap.column->number); });
}

void carry_indexes(DualWriteDraft &draft)
{
    const TableFacts &table = draft.planning.table;
    for (std::size_t i = 0; i < table.indexes.size(); ++i) {
        const Index &index = table.indexes[i];
        if (index.exclusion && reads_swapped(draft, index))
            throw Error(sqlstate::kFeatureNotSupported,
                        fmt::format("cannot change the type of a column of exclusion constraint \"{}\"", index.constraint),
                        "PostgreSQL cannot build an exclusion constraint concurrently.",
                        "Drop the constraint first and add it again afterwards.");
        if (is_copied(draft, index))
            carry_index(draft, index, texts_of(draft, i));
        else if (!index.valid && reads_swapped(draft, index))
            draft.planning.warn(
                fmt::format("index \"{}\" is invalid; it is not built again and goes away with the old column", index.name));
    }
}

}  // namespace hotswap::core
