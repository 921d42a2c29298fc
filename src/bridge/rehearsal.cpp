// See rehearsal.hpp. This file runs one statement and decides what its failure means; rehearsal_watch.cpp sees what it did.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/rehearsal.hpp"

#include <algorithm>
#include <array>

#include "bridge/lock_watch.hpp"
#include "bridge/redirection.hpp"
#include "bridge/rehearsal_state.hpp"
#include "bridge/tree.hpp"
#include "bridge/utility_statement.hpp"

#include "bridge/compat.hpp"
#include "bridge/guard.hpp"

extern "C" {
#include "storage/lmgr.h"
#include "storage/proc.h"
#include "utils/guc.h"
}

namespace hotswap::bridge {

namespace {

constexpr double kMostMs = 2000;        // a statement on empty tables that takes longer hangs somewhere
constexpr int kLockTimeoutMs = 200;     // for the originals: somebody may hold ACCESS EXCLUSIVE

// Settings that a script may change and that matter to the statements after.
bool may_be_set(const VariableSetStmt *statement)
{
    static constexpr std::array kAllowed = {"search_path", "timezone", "datestyle", "intervalstyle", "default_tablespace", "default_table_access_method",
                                            "check_function_bodies", "standard_conforming_strings", "xmloption", "default_with_oids", "row_security",
                                            "statement_timeout", "idle_in_transaction_session_timeout", "default_toast_compression", "bytea_output",
                                            "extra_float_digits"};
    return statement->name != nullptr && std::any_of(kAllowed.begin(), kAllowed.end(), [statement](const char *name) {
               return ::pg_strcasecmp(name, statement->name) == 0;
           });
}

// Not the statement's fault: it says nothing about what the statement would do.
bool says_nothing(const PgError &error)
{
    const std::string &state = error.sqlstate;
    return error.is_retryable() || state.compare(0, 2, "53") == 0 || state.compare(0, 2, "54") == 0 || state.compare(0, 2, "57") == 0 ||
           state.compare(0, 2, "58") == 0 || state.compare(0, 2, "XX") == 0 || state == "25001" ||
           // Clones have no grants: only who owns what is as it is.
           (state == "42501" && error.message.rfind("must be owner", 0) != 0);
}

// Statements that leave the definitions of all relations as they are.
bool changes_nothing_named(Node *statement)
{
    switch (nodeTag(statement)) {
    case T_InsertStmt:
    case T_UpdateStmt:
    case T_DeleteStmt:
    case T_TransactionStmt:
    case T_GrantStmt:
    case T_GrantRoleStmt:
    case T_AlterDefaultPrivilegesStmt:
    case T_VacuumStmt:
    case T_TruncateStmt:
    case T_ExplainStmt:
    case T_LockStmt:
    case T_CopyStmt:
    case T_CommentStmt:
    case T_RefreshMatViewStmt:
    case T_ReindexStmt:
    case T_ClusterStmt:
    case T_CheckPointStmt:
    case T_NotifyStmt:
    case T_CreateRoleStmt:
    case T_AlterRoleStmt:
    case T_CreatePublicationStmt:
    case T_AlterPublicationStmt:
    case T_VariableShowStmt:
        return true;
    case T_VariableSetStmt: {
        const char *name = castNode(VariableSetStmt, statement)->name;
        return name != nullptr && ::pg_strcasecmp(name, "role") != 0 && ::pg_strcasecmp(name, "session_authorization") != 0;
    }
    case T_SelectStmt:
        return *into_of(castNode(SelectStmt, statement)) == nullptr;
    default:
        return false;
    }
}

}  // namespace

std::optional<std::string> Rehearsal::impossible()
{
    if (::RecoveryInProgress())
        return "the server is in recovery";
    if (XactReadOnly)
        return "the transaction is read-only";
    if (::IsInParallelMode())
        return "the query runs in parallel";
    if (::InSecurityRestrictedOperation())
        return "it is called within a security-restricted operation";
    return std::nullopt;
}

Rehearsal::Rehearsal(Clones clones) : state_(std::make_unique<State>(clones))
{
}

Rehearsal::~Rehearsal() = default;

Rehearsal::State::State(Clones purpose) : caller(current_role()), schemas(caller), clones(schemas, purpose == Clones::of_plans)
{
    set_local("client_min_messages", "error");
    set_local("log_min_messages", "error");   // giving back a lock that another resource owner holds is a warning
    set_local("track_counts", "on");
    set_local("check_function_bodies", "off");
    if (LockTimeout == 0 || LockTimeout > kLockTimeoutMs)
        set_local("lock_timeout", std::to_string(kLockTimeoutMs));
    // What the caller has locked is his, also when it is gone from what he sees: others still see it.
    for (const HeldLock &lock : strong_locks())
        known_ours[lock.relation] = false;
    start_snapshot = guarded([] { return ::RegisterSnapshot(::GetLatestSnapshot()); });
}

Rehearsed Rehearsal::run(const std::string &statement)
{
    State &s = *state_;
    const ScratchMemory memory;
    const Deadline deadline(kMostMs);
    Rehearsed result;
    s.is_running = false;
    s.mark();
    try {
        s.run(statement, &result);
        return result;
    } catch (const NotRehearsed &e) {
        result.why_not = e.why;
    } catch (const PgError &e) {
        if (e.is_cancel() && !deadline.passed())
            throw;
        if (e.is_cancel())
            result.why_not = "it took too long";
        else if (s.is_running && !says_nothing(e))
            result.error = s.with_real_names(e);
        else
            result.why_not = s.schemas.message_names(e.message);
    }
    // The subtransaction it happened in is rolled back by now; what it had made is gone.
    s.clones.registry = s.marked_clones;
    s.schemas.restore(s.marked_schemas);
    if (result.error && s.is_behind) {
        // It may be for want of what came before.
        result.why_not = "an earlier statement was not rehearsed; without it: " + result.error->message;
        result.error.reset();
    }
    result.changes_nothing = s.is_without_effect;
    s.is_behind = s.is_behind || (!result.error && !s.is_without_effect);
    result.ran = result.error.has_value();
    result.touched.clear();
    return result;
}

void Rehearsal::State::mark()
{
    marked_clones = clones.registry;
    marked_schemas = schemas.registry();
}

void Rehearsal::State::run(const std::string &text, Rehearsed *result)
{
    is_running = true;   // a syntax error is the statement's own
    is_without_effect = false;
    Node *statement = parse_utility(text);
    is_running = false;
    is_without_effect = changes_nothing_named(statement);

    if (IsA(statement, VariableSetStmt)) {
        if (!may_be_set(castNode(VariableSetStmt, statement)))
            throw NotRehearsed{"this setting is not changed in a rehearsal"};
        Subtransaction attempt;
        is_running = true;
        run_utility(statement, text);
        attempt.commit();
        result->ran = result->took_effect = true;
        return;
    }

    Redirection redirection(schemas, clones);
    {
        Subtransaction preparation;
        redirection.apply(statement);
        preparation.commit();
    }
    mark();
    settle();
    remember();

    // Functions that the table's owner has put into it are never called with a superuser's rights.
    const bool as_owner = redirection.owner() != 0 && redirection.owner() != caller && guarded([this] { return ::superuser_arg(caller); });
    Subtransaction attempt;
    is_running = true;
    {
        const std::string path = schemas.search_path();
        const Authority authority = Authority::of_role(as_owner ? redirection.owner() : caller, path);
        run_utility(statement, text);
    }
    result->touched = observe();
    attempt.commit();
    for (const core::Touch &touch : result->touched)
        if (touch.oid != 0 && touch.lock >= core::LockMode::share_update_exclusive)
            changed.insert(touch.oid);
    // A grant takes no lock, and what is dropped is no longer there to be seen with one.
    if (IsA(statement, GrantStmt) || IsA(statement, DropStmt))
        changed.insert(redirection.reached.begin(), redirection.reached.end());
    settle();
    result->ran = result->took_effect = true;
    if (redirection.was_concurrent || redirection.was_query) {
        result->ran = false;
        result->touched.clear();
        result->why_not = redirection.was_concurrent ? "CONCURRENTLY takes other locks than the statement without it" : "the query was not run";
    }
}

PgError Rehearsal::State::with_real_names(PgError error) const
{
    for (std::string *text : {&error.message, &error.detail, &error.detail_log, &error.hint, &error.context, &error.schema_name})
        *text = schemas.message_names(*text);
    return error;
}

Resolved Rehearsal::resolve(const std::string &schema, const std::string &name)
{
    const ScratchMemory memory;
    const CloneSet::Found found = state_->clones.find(schema, name);
    return {found.oid, found.original};
}

std::string Rehearsal::real_names(const std::string &text) const
{
    const ScratchMemory memory;
    return state_->schemas.real_names(text);
}

}  // namespace hotswap::bridge
