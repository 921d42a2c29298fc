// Where a keyword stands in a statement. The parse tree does not tell where a clause begins; the server's scanner does.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

namespace hotswap::bridge {

struct Token {
    std::string word;     // lower case, for keywords; else empty
    std::size_t at = 0;   // byte in the text
    int depth = 0;        // of parentheses around it
};

// REQUIRES: text the server has parsed already.
std::vector<Token> scan_tokens(const std::string &text);

// The first (last) token outside parentheses that is this keyword, at or after `from`; npos when there is none.
std::size_t find_word(const std::vector<Token> &tokens, const std::string &word, std::size_t from = 0);
std::size_t find_last_word(const std::vector<Token> &tokens, const std::string &word);

}  // namespace hotswap::bridge
