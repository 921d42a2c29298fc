// See ddl_tokens.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/ddl_tokens.hpp"

#include "bridge/guard.hpp"

extern "C" {
#include "parser/scanner.h"
}

namespace hotswap::bridge {

namespace {

struct RawToken {
    int code;
    int at;
    const char *keyword;
};

struct RawTokens {
    RawToken *items;
    int count;
};

RawTokens scan(const char *text)
{
    core_yy_extra_type extra;
    core_yyscan_t scanner = ::scanner_init(text, &extra, &ScanKeywords, ScanKeywordTokens);
    const std::size_t room = strlen(text) + 1;   // a token has a character at least
    RawTokens tokens = {static_cast<RawToken *>(::palloc(sizeof(RawToken) * room)), 0};
    core_YYSTYPE value;
    YYLTYPE location;
    for (int code = ::core_yylex(&value, &location, scanner); code != 0; code = ::core_yylex(&value, &location, scanner)) {
        const char *keyword = nullptr;
        for (int i = 0; i < ScanKeywords.num_keywords && keyword == nullptr; ++i)
            if (ScanKeywordTokens[i] == code)
                keyword = GetScanKeyword(i, &ScanKeywords);
        tokens.items[tokens.count++] = {code, location, keyword};
    }
    ::scanner_finish(scanner);
    return tokens;
}

}  // namespace

std::vector<Token> scan_tokens(const std::string &text)
{
    const char *chars = text.c_str();
    const RawTokens raw = guarded([chars] { return scan(chars); });
    std::vector<Token> result;
    int depth = 0;
    for (int i = 0; i < raw.count; ++i) {
        const RawToken &token = raw.items[i];
        if (token.code == ')' || token.code == ']')
            --depth;
        result.push_back({token.keyword == nullptr ? "" : token.keyword, static_cast<std::size_t>(token.at), depth});
        if (token.code == '(' || token.code == '[')
            ++depth;
    }
    return result;
}

std::size_t find_word(const std::vector<Token> &tokens, const std::string &word, std::size_t from)
{
    for (const Token &token : tokens)
        if (token.depth == 0 && token.at >= from && token.word == word)
            return token.at;
    return std::string::npos;
}

std::size_t find_last_word(const std::vector<Token> &tokens, const std::string &word)
{
    std::size_t found = std::string::npos;
    for (const Token &token : tokens)
        if (token.depth == 0 && token.word == word)
            found = token.at;
    return found;
}

}  // namespace hotswap::bridge
