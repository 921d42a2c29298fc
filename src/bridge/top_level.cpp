// See top_level.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/top_level.hpp"

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"

extern "C" {
#include "tcop/pquery.h"
#include "utils/portal.h"
}

namespace hotswap::bridge {

namespace {

// The session user is changed, not only the current one: these statements commit inside, and a security context may not
// outlive a transaction. Functions of the user (index expressions) run under the server's own restricted context.
class SessionRole {
  public:
    explicit SessionRole(Oid role) : saved_(::GetSessionUserId())
    {
        const bool super = guarded([role] { return ::superuser_arg(role); });
        ::SetSessionAuthorization(role, super);
    }
    ~SessionRole() { ::SetSessionAuthorization(saved_, true); }
    SessionRole(const SessionRole &) = delete;
    SessionRole &operator=(const SessionRole &) = delete;

  private:
    Oid saved_;
};

void set_session(const char *name, const char *value)
{
    ::set_config_option(name, value, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SET, true, 0, false);
}

void execute(const char *text, MemoryContext memory)
{
    ::SetCurrentStatementStartTimestamp();
    ::StartTransactionCommand();
    // Parse trees must survive the commits that happen inside the statement.
    ::MemoryContextSwitchTo(memory);

    List *statements = ::pg_parse_query(text);
    if (list_length(statements) != 1)
        elog(ERROR, "expected one statement: %s", text);
    RawStmt *raw = linitial_node(RawStmt, statements);
    ::PushActiveSnapshot(::GetTransactionSnapshot());
    List *queries = compat_analyze_and_rewrite(raw, text);
    List *plans = ::pg_plan_queries(queries, text, 0, nullptr);
    ::PopActiveSnapshot();

    Portal portal = ::CreatePortal("", true, true);
    portal->visible = false;
    ::PortalDefineQuery(portal, nullptr, text, ::CreateCommandTag(raw->stmt), plans, nullptr);
    ::PortalStart(portal, nullptr, 0, InvalidSnapshot);
    QueryCompletion completion;
    ::InitializeQueryCompletion(&completion);
    (void)compat_portal_run(portal, None_Receiver, &completion);
    ::PortalDrop(portal, false);
    ::CommitTransactionCommand();
}

}  // namespace

void run_top_level(const std::string &statement, unsigned as_role, double lock_timeout_ms)
{
    const char *text = statement.c_str();
    const MemoryContext memory =
        guarded([] { return AllocSetContextCreate(TopMemoryContext, "hotswap statement", ALLOCSET_DEFAULT_SIZES); });
    const MemoryContext saved = CurrentMemoryContext;
    bool failed = true;
    PgError error;
    {
        guarded([] { ::StartTransactionCommand(); });
        try {
            SessionRole role(as_role);
            guarded([] { ::CommitTransactionCommand(); });
            try {
                const long timeout = static_cast<long>(lock_timeout_ms);
                guarded([text, memory, timeout] {
                    char number[32];
                    snprintf(number, sizeof(number), "%ld", timeout);
                    set_session("search_path", "pg_catalog, pg_temp");
                    set_session("lock_timeout", number);
                    execute(text, memory);
                });
                failed = false;
            } catch (const PgError &e) {
                error = e;
                ::AbortCurrentTransaction();
            }
        } catch (const PgError &e) {
            error = e;
            ::AbortCurrentTransaction();
        }
        guarded([] { set_session("lock_timeout", "0"); });
    }
    ::MemoryContextSwitchTo(saved);
    ::MemoryContextDelete(memory);
    if (failed)
        throw error;
}

}  // namespace hotswap::bridge
