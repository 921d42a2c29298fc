// See rehearsal.hpp. This file lets a reader of DDL see what the statements before it left: where their names lead to clones, the
// reader is given the clones, and what it prints is given the user's names again. Nothing of the user's is changed or locked by that.
// SPDX-License-Identifier: PostgreSQL
#include <algorithm>

#include "bridge/redirection.hpp"
#include "bridge/rehearsal.hpp"
#include "bridge/rehearsal_state.hpp"
#include "bridge/utility_statement.hpp"

namespace hotswap::bridge {

namespace {

// What the script has changed, or what is tied to that: a plan reads both sides of a foreign key, and the views on a table.
bool is_concerned(const std::set<unsigned> &reached, const std::set<unsigned> &changed)
{
    if (changed.empty())
        return false;
    for (const unsigned relation : reached)
        for (const unsigned tied : CloneSet::tied_to(relation))
            if (changed.count(tied) != 0)
                return true;
    return false;
}

}  // namespace

Standing Rehearsal::prepare(const std::string &statement, std::string *why_not)
{
    State &s = *state_;
    const ScratchMemory memory;
    try {
        Redirection looking(s.schemas, s.clones, Purpose::looking);
        looking.apply(parse_utility(statement));
        if (!looking.meets_script && !s.schemas.has_objects() && !is_concerned(looking.reached, s.changed))
            return Standing::untouched;
    } catch (const NotRehearsed &e) {
        *why_not = e.why;
        return Standing::unknown;
    } catch (const PgError &e) {
        if (e.is_cancel())
            throw;
        *why_not = e.message;
        return Standing::unknown;
    }
    s.mark();
    try {
        Subtransaction preparation;
        Redirection(s.schemas, s.clones, Purpose::reading).apply(parse_utility(statement));
        preparation.commit();
        s.mark();
        s.settle();
        return Standing::on_clones;
    } catch (const NotRehearsed &e) {
        *why_not = e.why;
    } catch (const PgError &e) {
        if (e.is_cancel())
            throw;
        *why_not = s.schemas.message_names(e.message);
    }
    s.clones.registry = s.marked_clones;
    s.schemas.restore(s.marked_schemas);
    return Standing::unknown;
}

bool Rehearsal::redirect_types(Node *statement) const
{
    State &s = *state_;
    if (!s.schemas.has_objects())
        return false;
    Redirection looking(s.schemas, s.clones, Purpose::looking);
    try {
        looking.apply(statement);
    } catch (const NotRehearsed &) {
        // What was reached until then is as good.
    }
    return looking.meets_type;
}

void Rehearsal::redirect(Node *statement)
{
    Redirection(state_->schemas, state_->clones, Purpose::reading).apply(statement);
}

std::string Rehearsal::path_of_clones() const
{
    const ScratchMemory memory;
    return state_->schemas.search_path();
}

unsigned Rehearsal::original_of(unsigned relation) const
{
    const auto known = state_->clones.registry.clones.find(relation);
    return known == state_->clones.registry.clones.end() ? relation : known->second;
}

std::string Rehearsal::real_sql(const std::string &text) const
{
    const ScratchMemory memory;
    return state_->schemas.sql_names(text);
}

PgError Rehearsal::real_error(const PgError &error) const
{
    const ScratchMemory memory;
    return state_->with_real_names(error);
}

}  // namespace hotswap::bridge
