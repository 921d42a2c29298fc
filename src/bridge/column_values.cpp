// See column_values.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/column_values.hpp"

extern "C" {
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/fmgroids.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
}

namespace hotswap::bridge {

// A chain of relabelings, domains without constraints, and what is the same instant in UTC. Rule: ATColumnChangeRequiresRewrite in the
// server's tablecmds.c.
Rewriting rewriting_of(Node *planned, AttrNumber column)
{
    Rewriting so_far = Rewriting::no;
    for (;;) {
        if (IsA(planned, Var) && castNode(Var, planned)->varattno == column)
            return so_far;
        if (IsA(planned, RelabelType)) {
            planned = reinterpret_cast<Node *>(castNode(RelabelType, planned)->arg);
        } else if (IsA(planned, CoerceToDomain)) {
            auto *domain = castNode(CoerceToDomain, planned);
            if (::DomainHasConstraints(domain->resulttype))
                return Rewriting::yes;
            planned = reinterpret_cast<Node *>(domain->arg);
        } else if (IsA(planned, FuncExpr)) {
            auto *call = castNode(FuncExpr, planned);
            if (call->funcid != F_TIMESTAMPTZ_TIMESTAMP && call->funcid != F_TIMESTAMP_TIMESTAMPTZ)
                return Rewriting::yes;
            if (::TimestampTimestampTzRequiresRewrite())
                return Rewriting::not_in_utc;
            so_far = Rewriting::no_in_utc;
            planned = static_cast<Node *>(linitial(call->args));
        } else {
            return Rewriting::yes;
        }
    }
}

bool differs_by_row(Node *default_value)
{
    return ::contain_volatile_functions(reinterpret_cast<Node *>(::expression_planner(reinterpret_cast<Expr *>(default_value))));
}

}  // namespace hotswap::bridge
