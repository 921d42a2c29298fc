// DO blocks: DDL in the text of the body. PL/pgSQL is not run and not compiled: statements are looked for between semicolons,
// and in the literals of EXECUTE. What is put together at run time cannot be seen. See surveying.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/guard.hpp"
#include "bridge/surveying.hpp"

extern "C" {
#include "parser/parser.h"
#include "utils/formatting.h"
}

namespace hotswap::bridge {

namespace {

bool is_word(char c)
{
    return isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// The end of a quoted text, a dollar-quoted one or a comment that begins here; the same place when none does.
const char *skip_quoted(const char *at)
{
    if (*at == '\'' || *at == '"') {
        const char *end = at + 1;
        while (*end != '\0' && !(*end == *at && end[1] != *at))
            end += *end == *at ? 2 : 1;
        return *end == '\0' ? end : end + 1;
    }
    if (at[0] == '-' && at[1] == '-') {
        const char *end = strchr(at, '\n');
        return end == nullptr ? at + strlen(at) : end + 1;
    }
    if (at[0] == '/' && at[1] == '*') {
        const char *end = strstr(at + 2, "*/");
        return end == nullptr ? at + strlen(at) : end + 2;
    }
    if (*at == '$') {
        const char *close = at + 1;
        while (is_word(*close))
            ++close;
        if (*close == '$') {
            char *tag = pnstrdup(at, static_cast<Size>(close - at + 1));
            const char *end = strstr(close + 1, tag);
            return end == nullptr ? at + strlen(at) : end + strlen(tag);
        }
    }
    return at;
}

// The text of the literal that begins here; null when it is none.
char *literal(const char *at)
{
    const char *end = skip_quoted(at);
    if (end == at || end[-1] != (*at == '$' ? '$' : '\''))
        return nullptr;
    if (*at == '$') {
        const char *first = strchr(at + 1, '$') + 1;
        const Size tag = static_cast<Size>(first - at);
        return pnstrdup(first, static_cast<Size>(end - first) - tag);
    }
    StringInfoData text;
    ::initStringInfo(&text);
    for (const char *c = at + 1; c < end - 1; ++c) {
        ::appendStringInfoChar(&text, *c);
        if (c[0] == '\'' && c[1] == '\'')
            ++c;
    }
    return text.data;
}

bool begins_with(const char *at, const char *word)
{
    const Size length = strlen(word);
    return pg_strncasecmp(at, word, length) == 0 && !is_word(at[length]);
}

// Where a statement that is worth a look begins, after BEGIN, THEN, ELSE, LOOP and so on; null when there is none.
const char *statement_in(const char *piece)
{
    static const char *const kinds[] = {"alter",   "create", "drop",   "truncate", "execute", "update",  "delete", "insert", "lock",
                                        "comment", "grant",  "revoke", "refresh",  "reindex", "cluster", "merge",  "perform"};
    bool fresh = true;
    for (const char *at = piece; *at != '\0';) {
        const char *after = skip_quoted(at);
        if (after != at) {
            fresh = fresh && (*at == '-' || *at == '/');
            at = after;
            continue;
        }
        if (!is_word(*at)) {
            fresh = fresh && isspace(static_cast<unsigned char>(*at));
            fresh = fresh || (*at == '>' && at[-1] == '>');
            ++at;
            continue;
        }
        for (const char *kind : kinds)
            if (fresh && begins_with(at, kind))
                return at;
        fresh = begins_with(at, "begin") || begins_with(at, "then") || begins_with(at, "else") || begins_with(at, "loop");
        while (is_word(*at))
            ++at;
    }
    return nullptr;
}

// Parses a piece, if it is SQL; what is not, raises inside a subtransaction of its own. Here an error only means "not SQL".
List *parsed(const char *text)
{
    MemoryContext memory = CurrentMemoryContext;
    ResourceOwner owner = CurrentResourceOwner;
    List *volatile statements = NIL;
    ::BeginInternalSubTransaction(nullptr);
    ::MemoryContextSwitchTo(memory);
    PG_TRY();
    {
        statements = ::raw_parser(text, RAW_PARSE_DEFAULT);
        ::ReleaseCurrentSubTransaction();
        ::MemoryContextSwitchTo(memory);
        CurrentResourceOwner = owner;
    }
    PG_CATCH();
    {
        ::MemoryContextSwitchTo(memory);
        ::FlushErrorState();
        ::RollbackAndReleaseCurrentSubTransaction();
        ::MemoryContextSwitchTo(memory);
        CurrentResourceOwner = owner;
        statements = NIL;
    }
    PG_END_TRY();
    return statements;
}

void survey_text(Surveying *s, const char *text, const char *how)
{
    ListCell *cell;
    List *statements = parsed(text);
    foreach (cell, statements) {
        const int before = list_length(s->findings);
        survey_node(s, lfirst_node(RawStmt, cell)->stmt);
        for (int i = before; i < list_length(s->findings); ++i)
            warn(static_cast<Finding *>(list_nth(s->findings, i)), "%s", how);
    }
}

// The first words of the literals that an EXECUTE puts its text together of, as far as they are those of a statement.
const char *words_in(const char *expression)
{
    const char *words = nullptr;
    for (const char *at = expression; *at != '\0';) {
        const char *after = skip_quoted(at);
        const char *text = after != at ? literal(at) : nullptr;
        at = after != at ? after : at + 1;
        if (text == nullptr)
            continue;
        while (isspace(static_cast<unsigned char>(*text)))
            ++text;
        if (statement_in(text) != text)
            continue;
        const char *separator = words == nullptr ? "" : ", ";
        for (int word = 0; word < 2; ++word, separator = " ") {
            Size length = 0;
            while (is_word(text[length]))
                ++length;
            if (length > 0)
                words = psprintf("%s%s%s", words == nullptr ? "" : words, separator, ::asc_toupper(text, length));
            for (text += length; isspace(static_cast<unsigned char>(*text)); ++text) {}
        }
    }
    return words;
}

void survey_piece(Surveying *s, Finding *block, const char *piece)
{
    const char *at = statement_in(piece);
    if (at == nullptr)
        return;
    if (!begins_with(at, "execute")) {
        survey_text(s, begins_with(at, "perform") ? psprintf("SELECT %s", at + 7) : at, "read from the text of a DO block: it may run never, or more than once");
        return;
    }
    const char *first = at + 7;
    while (isspace(static_cast<unsigned char>(*first)))
        ++first;
    char *text = literal(first);
    const char *rest = text == nullptr ? first : skip_quoted(first);
    while (isspace(static_cast<unsigned char>(*rest)))
        ++rest;
    if (text != nullptr && (*rest == '\0' || begins_with(rest, "using") || begins_with(rest, "into")))
        survey_text(s, text, "read from an EXECUTE in a DO block: it may run never, or more than once");
    else if (const char *words = words_in(first))
        warn(block, "EXECUTE of a text that is put together at run time: it does %s, to what cannot be told: %s", words, pnstrdup(at, Min(strlen(at), 80)));
    else
        warn(block, "EXECUTE of a text that is put together at run time: what it does cannot be told: %s", pnstrdup(at, Min(strlen(at), 80)));
}

}  // namespace

void survey_body(Surveying *s, DoStmt *node)
{
    const char *body = nullptr, *language = "plpgsql";
    ListCell *cell;
    foreach (cell, node->args) {
        auto *argument = lfirst_node(DefElem, cell);
        if (strcmp(argument->defname, "as") == 0)
            body = strVal(argument->arg);
        else if (strcmp(argument->defname, "language") == 0)
            language = strVal(argument->arg);
    }
    Finding *block = begin_finding(s, "DO", nullptr);
    if (body == nullptr || s->depth > 3)
        return;
    if (strcmp(language, "plpgsql") != 0) {
        warn(block, "what a DO block in %s does cannot be told", language);
        return;
    }
    ++s->depth;
    // Statements end at semicolons that are in no literal.
    const char *start = body;
    for (const char *at = body;;) {
        const char *after = *at == '\0' ? at : skip_quoted(at);
        if (after != at) {
            at = after;
            continue;
        }
        if (*at == ';' || *at == '\0') {
            survey_piece(s, block, pnstrdup(start, static_cast<Size>(at - start)));
            if (*at == '\0')
                break;
            start = at + 1;
        }
        ++at;
    }
    --s->depth;
}

}  // namespace hotswap::bridge
