// The making of a CHECK and of a foreign key: added NOT VALID in a short transaction, then validated beside the writers.
// SPDX-License-Identifier: PostgreSQL
#include <fmt/format.h>

#include "core/error.hpp"
#include "core/identifier.hpp"
#include "core/recipe.hpp"

namespace hotswap::core {

namespace {

void add_comment(const std::string &relation, const std::string &name, const std::string &comment, Moves &moves)
{
    if (!comment.empty())
        moves.add(fmt::format("COMMENT ON CONSTRAINT {} ON {} IS {}", quote_identifier(name), relation, quote_literal(comment)));
}

// ADD CONSTRAINT ... [NOT VALID], taken back by DROP.
Step add_step(const Planning &planning, const std::string &relation, const std::string &name, const std::string &definition,
              const char *validity, const std::string &comment, Phase phase)
{
    Moves moves;
    const std::string quoted = quote_identifier(name);
    moves.add(alter(relation, fmt::format("ADD CONSTRAINT {} {}{}", quoted, definition, validity)),
              alter(relation, fmt::format("DROP CONSTRAINT IF EXISTS {}", quoted)));
    add_comment(relation, name, comment, moves);
    return make_ddl(planning, phase, fmt::format("add constraint {} of {}", name, relation), moves);
}

constexpr const char *kNotValid = " NOT VALID";

}  // namespace

Steps check_recipe(const Planning &planning, const std::string &name, const std::string &definition, bool validated, const std::string &comment)
{
    const std::string relation = (planning.statement.only ? "ONLY " : "") + planning.relation;
    Step add = add_step(planning, relation, name, definition, kNotValid, comment, Phase::expand);
    add.locks = tables_below(planning.table);
    Steps steps = {std::move(add)};
    if (validated)
        steps.push_back(make_validation(planning, planning.relation, name));
    return steps;
}

Steps foreign_key_recipe(const Planning &planning, const KeyToTable &key, int position)
{
    const TableFacts &table = planning.table;
    const Phase validating = key.phase == Phase::expand ? Phase::migrate : key.phase;
    Steps steps, validations;
    if (table.kind != 'p') {
        Step add = add_step(planning, planning.relation, key.name, key.definition, kNotValid, key.comment, key.phase);
        add.lock_mode = kShareRowExclusive;
        add.locks = {key.referenced};
        steps.push_back(std::move(add));
        if (key.validated)
            steps.push_back(make_validation(planning, planning.relation, key.name, validating));
        return steps;
    }
    // A partitioned table takes no key that is not valid. Its partitions do, and the table takes over theirs without a look at the rows.
    for (const TableFacts &below : table.descendants) {
        if (below.kind == 'p')
            continue;
        if (below.kind != 'r')
            throw Error(sqlstate::kFeatureNotSupported, fmt::format("cannot add a foreign key to partitioned table \"{}\" online", table.name),
                        fmt::format("Partition \"{}\" is not an ordinary table.", below.name), "Detach that partition first.", position);
        const std::string relation = qualified(below.schema, below.name);
        Step add = add_step(planning, relation, key.name, key.definition, kNotValid, "", key.phase);
        add.relation = relation;
        add.lock_mode = kShareRowExclusive;
        add.locks = with({relation}, key.referenced);
        steps.push_back(std::move(add));
        validations.push_back(make_validation(planning, relation, key.name, validating));
    }
    steps.insert(steps.end(), validations.begin(), validations.end());
    Step whole = add_step(planning, planning.relation, key.name, key.definition, "", key.comment, Phase::switch_);
    whole.lock_mode = kShareRowExclusive;
    whole.locks = with(tables_below(table), key.referenced);
    steps.push_back(std::move(whole));
    return steps;
}

}  // namespace hotswap::core
