// See force_policy.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/force_policy.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace hotswap::core {

namespace {
constexpr ForcePolicy kPolicies[] = {ForcePolicy::wait, ForcePolicy::cancel_idle, ForcePolicy::cancel_read_only, ForcePolicy::terminate};
}

ForcePolicy force_policy_from_text(const std::string &text)
{
    for (const ForcePolicy policy : kPolicies)
        if (text == to_text(policy))
            return policy;
    throw Error(sqlstate::kInvalidParameter, fmt::format("unknown policy \"{}\" of a forced switch", text), "",
                "Policies, from mild to hard: wait, cancel_idle, cancel_read_only, terminate.");
}

const char *to_text(ForcePolicy policy)
{
    switch (policy) {
    case ForcePolicy::wait:
        return "wait";
    case ForcePolicy::cancel_idle:
        return "cancel_idle";
    case ForcePolicy::cancel_read_only:
        return "cancel_read_only";
    case ForcePolicy::terminate:
        return "terminate";
    }
    return "unknown";
}

std::optional<std::string> never_ended(const SessionInTheWay &session)
{
    if (session.prepared)
        return "a prepared transaction is never ended: type COMMIT PREPARED or ROLLBACK PREPARED";
    if (session.wraparound)
        return "an autovacuum that prevents wraparound is never ended";
    if (session.backend_type != "client backend")
        return fmt::format("a {} is never ended", session.backend_type.empty() ? "process of the server" : session.backend_type);
    if (!session.may_signal)
        return session.superuser ? "it is a superuser's session, and the migration's owner is none"
                                 : "the migration's owner may not end sessions of that role: it is no member of it, nor of pg_signal_backend";
    return std::nullopt;
}

ForceAct force_act(ForcePolicy policy, const SessionInTheWay &session)
{
    if (policy == ForcePolicy::wait || never_ended(session))
        return ForceAct::leave;
    if (session.state.starts_with("idle in transaction"))
        return ForceAct::terminate;
    const bool read_only = session.state == "active" && !session.writes;
    if (read_only && policy >= ForcePolicy::cancel_read_only && !session.cancelled_before)
        return ForceAct::cancel;
    return policy == ForcePolicy::terminate ? ForceAct::terminate : ForceAct::leave;
}

}  // namespace hotswap::core
