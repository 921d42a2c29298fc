// SQL text as tokens, for what is not in a parse tree: comments, white space, and commands of other tools. Knows where
// literals, quoted names and comments begin and end, and nothing of grammar. standard_conforming_strings is taken to be on.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstddef>
#include <string_view>

namespace hotswap::core {

enum class TokenKind { space, line_comment, block_comment, literal, quoted_name, word, number, symbol };

struct Token {
    TokenKind kind = TokenKind::symbol;
    std::string_view text;  // a part of the scanned text; what is not closed goes to its end
    std::size_t offset = 0;
    int line = 1;  // of its first character

    bool means_nothing() const
    {
        return kind == TokenKind::space || kind == TokenKind::line_comment || kind == TokenKind::block_comment;
    }
    bool is_symbol(char c) const { return kind == TokenKind::symbol && text.front() == c; }
    bool is_word(std::string_view upper_case) const;  // in any case of letters
};

// One pass over a text that must live as long as the scanner and its tokens.
class SqlScanner {
  public:
    explicit SqlScanner(std::string_view text) : text_(text) {}
    bool next(Token *token);  // false at the end
    void skip_line();         // the rest of the line is no SQL

  private:
    std::size_t end_of_space(std::size_t at) const;
    std::size_t end_of_line(std::size_t at) const;
    std::size_t end_of_block_comment(std::size_t at) const;
    std::size_t end_of_quoted(std::size_t at, char quote, bool escapes) const;
    std::size_t end_of_dollar_quoted(std::size_t at) const;  // at itself when none begins there
    std::size_t end_of_word(std::size_t at) const;
    char peek(std::size_t at) const { return at < text_.size() ? text_[at] : '\0'; }
    TokenKind measure(std::size_t *end) const;
    void remember(const Token &token);

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
    // E'...' goes on in the next line without another E.
    bool after_escape_literal_ = false;
    bool line_ended_ = false;
};

}  // namespace hotswap::core
