// One short transaction of a worker on hotswap's own tables, with the rights of their owner.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include "bridge/session.hpp"
#include "bridge/sql.hpp"

namespace hotswap::store {

// body(Sql &) runs inside; commits when it returns, rolls back when it throws. REQUIRES: a worker, outside a transaction.
template <class Body> void in_transaction(Body body)
{
    bridge::Transaction transaction;
    {
        const bridge::Authority authority = bridge::Authority::of_store();
        bridge::Sql sql;
        body(sql);
    }
    transaction.commit();
}

}  // namespace hotswap::store
