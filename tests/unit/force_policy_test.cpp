// Whom a forced switch ends: each policy against each kind of session, and those that are never ended.
// SPDX-License-Identifier: PostgreSQL
#include "core/force_policy.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace hotswap::core {
namespace {

SessionInTheWay client(const std::string &state, bool writes)
{
    SessionInTheWay session;
    session.backend_type = "client backend";
    session.state = state;
    session.writes = writes;
    session.may_signal = true;
    return session;
}

}  // namespace

TEST(ForcePolicy, each_policy_includes_the_ones_before)
{
    const SessionInTheWay idle = client("idle in transaction", true), aborted = client("idle in transaction (aborted)", false);
    const SessionInTheWay reader = client("active", false), writer = client("active", true), unknown = client("disabled", false);
    struct Line {
        ForcePolicy policy;
        ForceAct idle, reader, writer;
    };
    const Line lines[] = {
        {ForcePolicy::wait, ForceAct::leave, ForceAct::leave, ForceAct::leave},
        {ForcePolicy::cancel_idle, ForceAct::terminate, ForceAct::leave, ForceAct::leave},
        {ForcePolicy::cancel_read_only, ForceAct::terminate, ForceAct::cancel, ForceAct::leave},
        {ForcePolicy::terminate, ForceAct::terminate, ForceAct::cancel, ForceAct::terminate},
    };
    for (const Line &line : lines) {
        EXPECT_EQ(force_act(line.policy, idle), line.idle);
        EXPECT_EQ(force_act(line.policy, aborted), line.idle);
        EXPECT_EQ(force_act(line.policy, reader), line.reader);
        EXPECT_EQ(force_act(line.policy, writer), line.writer);
        EXPECT_EQ(force_act(line.policy, unknown), line.writer);   // not known to be harmless
    }
}

TEST(ForcePolicy, who_does_not_heed_a_cancel_is_ended_by_the_hardest_policy_only)
{
    SessionInTheWay reader = client("active", false);
    reader.cancelled_before = true;
    EXPECT_EQ(force_act(ForcePolicy::cancel_read_only, reader), ForceAct::leave);
    EXPECT_EQ(force_act(ForcePolicy::terminate, reader), ForceAct::terminate);
}

TEST(ForcePolicy, some_are_never_ended)
{
    SessionInTheWay prepared;
    prepared.prepared = true;
    SessionInTheWay walsender = client("active", false);
    walsender.backend_type = "walsender";
    SessionInTheWay vacuum = client("active", true);
    vacuum.backend_type = "autovacuum worker";
    vacuum.wraparound = true;
    SessionInTheWay own = client("active", true);
    own.backend_type = "hotswap executor";
    SessionInTheWay superuser = client("idle in transaction", true);
    superuser.may_signal = false;
    superuser.superuser = true;
    SessionInTheWay stranger = client("idle in transaction", true);
    stranger.may_signal = false;
    for (const SessionInTheWay &session : {prepared, walsender, vacuum, own, superuser, stranger}) {
        EXPECT_TRUE(never_ended(session));
        EXPECT_EQ(force_act(ForcePolicy::terminate, session), ForceAct::leave);
    }
    EXPECT_FALSE(never_ended(client("idle in transaction", true)));
}

TEST(ForcePolicy, has_words)
{
    for (const ForcePolicy policy : {ForcePolicy::wait, ForcePolicy::cancel_idle, ForcePolicy::cancel_read_only, ForcePolicy::terminate})
        EXPECT_EQ(force_policy_from_text(to_text(policy)), policy);
    try {
        (void)force_policy_from_text("kill");
        FAIL();
    } catch (const Error &error) {
        EXPECT_EQ(error.sqlstate(), "22023");
        EXPECT_NE(error.hint().find("cancel_read_only"), std::string::npos);
    }
}

}  // namespace hotswap::core
