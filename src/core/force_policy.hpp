// Whom a forced switch may end: a policy, and what is known of a session in the way, to an act. No server, no clock.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>

namespace hotswap::core {

// Each includes the ones before it.
enum class ForcePolicy {
    wait,              // ends nobody
    cancel_idle,       // sessions that are idle in a transaction lose their connection: there is nothing to cancel
    cancel_read_only,  // queries of transactions that have written nothing are cancelled
    terminate,         // every other client loses its connection
};

// ERRORS: 22023 listing the policies.
ForcePolicy force_policy_from_text(const std::string &text);
const char *to_text(ForcePolicy policy);

struct SessionInTheWay {
    bool prepared = false;            // a prepared transaction: there is no session
    std::string backend_type;         // as pg_stat_activity has it
    std::string state;
    bool writes = false;              // it has a transaction id
    bool wraparound = false;          // an autovacuum to prevent wraparound
    bool may_signal = false;          // the migration's owner may end it
    bool superuser = false;
    bool cancelled_before = false;    // and is still there
};

enum class ForceAct { leave, cancel, terminate };

ForceAct force_act(ForcePolicy policy, const SessionInTheWay &session);

// Why it is never ended, whatever the policy says; nothing when it may be.
std::optional<std::string> never_ended(const SessionInTheWay &session);

}  // namespace hotswap::core
