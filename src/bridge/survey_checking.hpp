// Shared by survey_checks.cpp and survey_conversion.cpp: what a statement asks of the rows that are there.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "bridge/surveying.hpp"

namespace hotswap::bridge {

// What cannot be said is left out; that the statement fails is told elsewhere.
template <class Body> void quietly(Body body)
{
    MemoryContext memory = CurrentMemoryContext;
    ResourceOwner owner = CurrentResourceOwner;
    ::BeginInternalSubTransaction(nullptr);
    ::MemoryContextSwitchTo(memory);
    PG_TRY();
    {
        body();
    }
    PG_CATCH();
    {
        ::MemoryContextSwitchTo(memory);
        if (::geterrcode() == ERRCODE_QUERY_CANCELED)
            PG_RE_THROW();
        ::FlushErrorState();
    }
    PG_END_TRY();
    ::RollbackAndReleaseCurrentSubTransaction();
    ::MemoryContextSwitchTo(memory);
    CurrentResourceOwner = owner;
}

bool has_rows(const Place &table);
ValueCheck *new_check(core::DataRule rule, Oid relation, bool only, const char *subject);
List *columns_in(Node *expression, Relation relation);   // names
void add_check(Finding *f, ValueCheck *check);

}  // namespace hotswap::bridge
