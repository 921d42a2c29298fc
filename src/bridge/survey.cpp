// See survey.hpp. This file keeps the script's state and finds the right file for a statement.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/survey.hpp"

#include "bridge/rehearsal.hpp"

#include "bridge/session.hpp"

#include "bridge/guard.hpp"
#include "bridge/surveying.hpp"

extern "C" {
#include "parser/parser.h"
}

namespace hotswap::bridge {

struct Survey::State {
    std::string script;
    List *statements = NIL;   // of RawStmt
    Surveying work = {};
    Surveying before = {};    // the last statement: to read it again
};

namespace {

// Statements whose columns and expressions the survey looks up types of.
bool has_types(Node *node)
{
    switch (nodeTag(node)) {
    case T_AlterTableStmt:
    case T_CreateStmt:
    case T_IndexStmt:
    case T_SelectStmt:
    case T_InsertStmt:
    case T_UpdateStmt:
    case T_DeleteStmt:
        return true;
    default:
        return false;
    }
}


std::string copied(const char *text)
{
    return text == nullptr ? std::string() : std::string(text);
}

}  // namespace

const char *shown(Oid relation)
{
    char *name = ::get_rel_name(relation);
    if (name == nullptr)
        return "";
    return ::quote_qualified_identifier(::RelationIsVisible(relation) ? nullptr : ::get_namespace_name(::get_rel_namespace(relation)), name);
}

Finding *begin_finding(Surveying *s, const char *operation, const char *object)
{
    auto *finding = static_cast<Finding *>(palloc0(sizeof(Finding)));
    finding->operation = operation;
    finding->object = object;
    s->findings = lappend(s->findings, finding);
    return finding;
}

void warn(Finding *f, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    StringInfoData text;
    ::initStringInfo(&text);
    for (;;) {
        va_list copy;
        va_copy(copy, arguments);
        const int needed = ::appendStringInfoVA(&text, format, copy);
        va_end(copy);
        if (needed == 0)
            break;
        ::enlargeStringInfo(&text, needed);
    }
    va_end(arguments);
    f->warnings = lappend(f->warnings, text.data);
}

Place find_place(Surveying *s, const RangeVar *name)
{
    s->asked = lappend(s->asked, const_cast<RangeVar *>(name));
    Place place = {};
    place.name = ::quote_qualified_identifier(name->schemaname, name->relname);
    place.kind = RELKIND_RELATION;
    ListCell *cell;
    foreach (cell, s->aliases) {
        auto *alias = static_cast<Alias *>(lfirst(cell));
        if (strcmp(alias->name, name->relname) != 0)
            continue;
        if (alias->schema != nullptr && name->schemaname != nullptr && strcmp(alias->schema, name->schemaname) != 0)
            continue;
        place.looked_at = alias->looked_at;
        place.original = alias->original;
        place.known = !alias->gone;
        place.fresh = place.known && alias->original == InvalidOid;
        place.kind = alias->kind;
        if (OidIsValid(alias->looked_at))
            place.kind = ::get_rel_relkind(alias->looked_at);
        if (OidIsValid(alias->original))
            place.name = shown(alias->original);
        return place;
    }
    // Without a lock: it would wait for whoever changes the relation now, and a name is all that is asked for.
    const Oid oid = ::RangeVarGetRelid(name, NoLock, true);
    if (!OidIsValid(oid))
        return place;
    place.looked_at = place.original = oid;
    place.known = true;
    place.kind = ::get_rel_relkind(oid);
    place.name = shown(oid);
    return place;
}

void remember(Surveying *s, const RangeVar *name, char kind)
{
    auto *alias = static_cast<Alias *>(palloc0(sizeof(Alias)));
    alias->schema = name->schemaname;
    alias->name = name->relname;
    alias->kind = kind;
    s->aliases = lcons(alias, s->aliases);
}

void forget(Surveying *s, const RangeVar *name)
{
    remember(s, name, RELKIND_RELATION);
    static_cast<Alias *>(linitial(s->aliases))->gone = true;
}

Seen *see(Finding *f, Oid oid, Role role)
{
    auto *seen = static_cast<Seen *>(palloc0(sizeof(Seen)));
    seen->oid = oid;
    seen->kind = RELKIND_RELATION;
    seen->role = role;
    f->seen = lappend(f->seen, seen);
    return seen;
}

Seen *see_place(Finding *f, const Place &place, Role role)
{
    Seen *seen = see(f, place.original, role);
    seen->name = place.name;
    seen->kind = place.kind;
    seen->fresh = place.fresh;
    return seen;
}

bool see_named(Surveying *s, Finding *f, const RangeVar *name, Role role, bool missing_ok, Place *place)
{
    *place = find_place(s, name);
    see_place(f, *place, role);
    if (place->known)
        return true;
    if (missing_ok) {
        f->skipped = true;
        warn(f, "%s does not exist: the statement does nothing", place->name);
    } else {
        f->failing = true;
        warn(f, "the statement fails: relation %s does not exist", place->name);
    }
    return false;
}

void see_all(Finding *f, List *oids, Role role)
{
    ListCell *cell;
    foreach (cell, oids)
        see(f, lfirst_oid(cell), role);
}

RangeVar *range_of(List *names, int leave_out)
{
    return ::makeRangeVarFromNameList(::list_truncate(::list_copy(names), list_length(names) - leave_out));
}

void survey_node(Surveying *s, Node *node)
{
    if (IsA(node, AlterTableStmt))
        return survey_alter_table(s, castNode(AlterTableStmt, node));
    if (IsA(node, DoStmt))
        return survey_body(s, castNode(DoStmt, node));
    if (survey_index(s, node) || survey_create(s, node) || survey_drop(s, node) || survey_rename(s, node) || survey_type(s, node) ||
        survey_query(s, node) || survey_administration(s, node))
        return;
    // Everything else touches no relation of the user's: its tag is the operation.
    begin_finding(s, tag_of(node), IsA(node, CreateExtensionStmt) ? castNode(CreateExtensionStmt, node)->extname : nullptr);
}

Survey::Survey(const std::string &script, bool with_checks) : state_(std::make_unique<State>())
{
    state_->script = script;
    state_->work.wants_checks = with_checks;
    const char *chars = state_->script.c_str();
    state_->statements = guarded([chars] { return ::pg_parse_query(chars); });
}

Survey::~Survey() = default;

int Survey::count() const
{
    return list_length(state_->statements);
}

std::string Survey::text(int statement) const
{
    const auto *raw = static_cast<RawStmt *>(list_nth(state_->statements, statement));
    const std::string &script = state_->script;
    const auto start = static_cast<std::size_t>(raw->stmt_location < 0 ? 0 : raw->stmt_location);
    std::string part = raw->stmt_len > 0 ? script.substr(start, static_cast<std::size_t>(raw->stmt_len)) : script.substr(start);
    const auto first = part.find_first_not_of(" \t\r\n");
    const auto last = part.find_last_not_of(" \t\r\n;");
    return first == std::string::npos ? "" : part.substr(first, last - first + 1);
}

std::vector<ScriptName> Survey::names() const
{
    std::vector<ScriptName> names;
    ListCell *cell;
    foreach (cell, state_->work.asked) {
        const auto *range = static_cast<RangeVar *>(lfirst(cell));
        names.push_back({copied(range->schemaname), copied(range->relname), 0, 0});
    }
    return names;
}

void Survey::resolve(const std::vector<ScriptName> &names)
{
    if (names.empty())
        return;
    Surveying *work = &state_->work;
    *work = state_->before;
    for (const ScriptName &name : names) {
        const char *schema = name.schema.empty() ? nullptr : name.schema.c_str();
        const char *relation = name.name.c_str();
        const Oid looked_at = name.looked_at, original = name.original;
        guarded([=] {
            auto *alias = static_cast<Alias *>(palloc0(sizeof(Alias)));
            alias->schema = schema == nullptr ? nullptr : pstrdup(schema);
            alias->name = pstrdup(relation);
            alias->looked_at = looked_at;
            alias->original = original;
            alias->gone = !OidIsValid(looked_at);
            work->aliases = lcons(alias, work->aliases);
        });
    }
}

std::vector<core::Operation> Survey::read(int statement, const Rehearsal *types)
{
    Surveying *work = &state_->work;
    // Lists change in place.
    Surveying *before = &state_->before;
    *before = *work;
    guarded([work, before] {
        before->aliases = ::list_copy(work->aliases);
        before->columns = ::list_copy(work->columns);
        before->views = ::list_copy(work->views);
        before->filled = ::list_copy(work->filled);
        before->constraints = ::list_copy(work->constraints);
    });
    work->findings = work->asked = NIL;
    Node *node = static_cast<RawStmt *>(list_nth(state_->statements, statement))->stmt;
    const char *script = state_->script.c_str();
    work->text = script;
    const bool wants_checks = work->wants_checks;
    if (types != nullptr && has_types(node)) {
        node = guarded([node] { return static_cast<Node *>(::copyObjectImpl(node)); });
        // A question about the rows that names such a type could not be asked: it is not there yet.
        work->wants_checks = !types->redirect_types(node) && wants_checks;
    }
    std::string error;
    std::vector<core::Operation> operations;
    {
        // Rolled back in any case: gives back the locks, and is the way out of an error.
        const Subtransaction attempt;
        try {
            guarded([work, node] {
                survey_node(work, node);
                warn_of_sequences(work->findings);
            });
        } catch (const PgError &failed) {
            if (failed.is_cancel())
                throw;
            error = failed.message;
        }
        work->wants_checks = wants_checks;
        if (error.empty()) {
            ListCell *cell;
            foreach (cell, work->findings)
                operations.push_back(operation_of(static_cast<Finding *>(lfirst(cell)), statement + 1));
            return operations;
        }
    }
    // What was found before the error stands; sizes and names are read again, outside of what was rolled back.
    const Subtransaction again;
    if (work->findings == NIL)
        guarded([work, node] {
            begin_finding(work, tag_of(node), nullptr);
        });
    ListCell *cell;
    foreach (cell, work->findings)
        operations.push_back(operation_of(static_cast<Finding *>(lfirst(cell)), statement + 1));
    operations.back().failing = true;
    operations.back().warnings.push_back("the statement fails: " + error);
    return operations;
}

}  // namespace hotswap::bridge
