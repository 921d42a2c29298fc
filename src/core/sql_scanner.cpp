// See sql_scanner.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/sql_scanner.hpp"

#include <algorithm>

namespace hotswap::core {

namespace {

// The server's own sets, whatever the locale.
bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool begins_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

char upper(char c)
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

bool Token::is_word(std::string_view upper_case) const
{
    return kind == TokenKind::word && std::equal(text.begin(), text.end(), upper_case.begin(), upper_case.end(),
                                                 [](char mine, char theirs) { return upper(mine) == theirs; });
}

std::size_t SqlScanner::end_of_space(std::size_t at) const
{
    while (at < text_.size() && is_space(text_[at]))
        ++at;
    return at;
}

std::size_t SqlScanner::end_of_line(std::size_t at) const
{
    return std::min(text_.find_first_of("\r\n", at), text_.size());
}

std::size_t SqlScanner::end_of_block_comment(std::size_t at) const
{
    int depth = 0;
    while (at < text_.size()) {
        if (text_[at] == '/' && peek(at + 1) == '*') {
            ++depth;
            at += 2;
        } else if (text_[at] == '*' && peek(at + 1) == '/') {
            at += 2;
            if (--depth == 0)
                return at;
        } else {
            ++at;
        }
    }
    return text_.size();
}

// at: the opening quote. Doubled quotes belong to the text; with escapes so does whatever follows a backslash.
std::size_t SqlScanner::end_of_quoted(std::size_t at, char quote, bool escapes) const
{
    for (++at; at < text_.size(); ++at) {
        if (escapes && text_[at] == '\\') {
            ++at;
        } else if (text_[at] == quote) {
            if (peek(at + 1) != quote)
                return at + 1;
            ++at;
        }
    }
    return text_.size();
}

std::size_t SqlScanner::end_of_dollar_quoted(std::size_t at) const
{
    std::size_t tag_end = at + 1;
    if (begins_word(peek(tag_end)))
        while (begins_word(peek(tag_end)) || is_digit(peek(tag_end)))
            ++tag_end;
    if (peek(tag_end) != '$')
        return at;
    const std::string_view tag = text_.substr(at, tag_end + 1 - at);
    const std::size_t closing = text_.find(tag, tag_end + 1);
    return closing == std::string_view::npos ? text_.size() : closing + tag.size();
}

std::size_t SqlScanner::end_of_word(std::size_t at) const
{
    while (at < text_.size() && (begins_word(text_[at]) || is_digit(text_[at]) || text_[at] == '$'))
        ++at;
    return at;
}

TokenKind SqlScanner::measure(std::size_t *end) const
{
    const char c = text_[at_], following = peek(at_ + 1);
    if (is_space(c)) {
        *end = end_of_space(at_);
        return TokenKind::space;
    }
    if (c == '-' && following == '-') {
        *end = end_of_line(at_);
        return TokenKind::line_comment;
    }
    if (c == '/' && following == '*') {
        *end = end_of_block_comment(at_);
        return TokenKind::block_comment;
    }
    if (c == '\'') {
        *end = end_of_quoted(at_, '\'', after_escape_literal_ && line_ended_);
        return TokenKind::literal;
    }
    if (upper(c) == 'E' && following == '\'') {
        *end = end_of_quoted(at_ + 1, '\'', true);
        return TokenKind::literal;
    }
    if (c == '"') {
        *end = end_of_quoted(at_, '"', false);
        return TokenKind::quoted_name;
    }
    if (c == '$') {
        *end = end_of_dollar_quoted(at_);
        if (*end != at_)
            return TokenKind::literal;
    }
    if (begins_word(c)) {
        *end = end_of_word(at_);
        return TokenKind::word;
    }
    if (is_digit(c)) {
        *end = at_ + 1;
        while (is_digit(peek(*end)) || begins_word(peek(*end)) || peek(*end) == '.')
            ++*end;
        return TokenKind::number;
    }
    *end = at_ + 1;
    return TokenKind::symbol;
}

void SqlScanner::remember(const Token &token)
{
    const bool has_line_end = token.text.find_first_of("\r\n") != std::string_view::npos;
    switch (token.kind) {
    case TokenKind::space:
        line_ended_ = line_ended_ || has_line_end;
        break;
    case TokenKind::line_comment:
        break;
    case TokenKind::literal:
        after_escape_literal_ =
            upper(token.text.front()) == 'E' || (after_escape_literal_ && line_ended_ && token.text.front() == '\'');
        line_ended_ = false;
        break;
    default:
        after_escape_literal_ = false;
        line_ended_ = false;
    }
    line_ += static_cast<int>(std::count(token.text.begin(), token.text.end(), '\n'));
}

bool SqlScanner::next(Token *token)
{
    if (at_ >= text_.size())
        return false;
    std::size_t end = at_ + 1;
    token->kind = measure(&end);
    token->text = text_.substr(at_, end - at_);
    token->offset = at_;
    token->line = line_;
    remember(*token);
    at_ = end;
    return true;
}

void SqlScanner::skip_line()
{
    at_ = end_of_line(at_);
}

}  // namespace hotswap::core
