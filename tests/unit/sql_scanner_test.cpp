// The scanner: where literals, names and comments end, in everything PostgreSQL's lexer knows.
// SPDX-License-Identifier: PostgreSQL
#include "core/sql_scanner.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hotswap::core {

namespace {

// Tokens that mean something, each in brackets.
std::string tokens(const std::string &text)
{
    std::string result;
    SqlScanner scanner(text);
    for (Token token; scanner.next(&token);)
        if (!token.means_nothing())
            result += "[" + std::string(token.text) + "]";
    return result;
}

}  // namespace

TEST(SqlScanner, words_numbers_and_symbols_are_told_apart)
{
    EXPECT_EQ(tokens("SELECT a$1,_b FROM t2 WHERE x>=1.5e3;"), "[SELECT][a$1][,][_b][FROM][t2][WHERE][x][>][=][1.5e3][;]");
    EXPECT_EQ(tokens("größe ünd"), "[größe][ünd]");
}

TEST(SqlScanner, comments_mean_nothing_and_block_comments_nest)
{
    EXPECT_EQ(tokens("a -- ; ' \" $$ /*\nb"), "[a][b]");
    EXPECT_EQ(tokens("a /* x /* ; */ ' */ b"), "[a][b]");
    EXPECT_EQ(tokens("a /* -- */ b"), "[a][b]");
    EXPECT_EQ(tokens("a+--c\nb"), "[a][+][b]");
    EXPECT_EQ(tokens("a /* never closed"), "[a]");
}

TEST(SqlScanner, a_quote_is_doubled_in_a_literal)
{
    EXPECT_EQ(tokens("'it''s; -- /* ' x"), "['it''s; -- /* '][x]");
    EXPECT_EQ(tokens("'' x"), "[''][x]");
    EXPECT_EQ(tokens("\"a\"\";b\".c"), "[\"a\"\";b\"][.][c]");
}

TEST(SqlScanner, a_backslash_is_plain_except_in_escape_literals)
{
    EXPECT_EQ(tokens(R"('a\' x)"), R"(['a\'][x])");
    EXPECT_EQ(tokens(R"(E'a\'; b' x)"), R"([E'a\'; b'][x])");
    EXPECT_EQ(tokens(R"(e'\\' x)"), R"([e'\\'][x])");
    EXPECT_EQ(tokens(R"(U&'\' x)"), R"([U][&]['\'][x])");
    EXPECT_EQ(tokens(R"(the'a\' x)"), R"([the]['a\'][x])");
}

TEST(SqlScanner, an_escape_literal_goes_on_in_the_next_line)
{
    EXPECT_EQ(tokens("E'a' -- c\n  '\\'; ' x"), "[E'a']['\\'; '][x]");
    EXPECT_EQ(tokens("E'a' '\\' x"), "[E'a']['\\'][x]");
    EXPECT_EQ(tokens("E'a'\n, '\\' x"), "[E'a'][,]['\\'][x]");
}

TEST(SqlScanner, dollar_quotes_end_at_their_own_tag)
{
    EXPECT_EQ(tokens("$$ ; ' $a$ $$ x"), "[$$ ; ' $a$ $$][x]");
    EXPECT_EQ(tokens("$tag$ $$ $tag $tag$ x"), "[$tag$ $$ $tag $tag$][x]");
    EXPECT_EQ(tokens("$ä_1$;$ä_1$"), "[$ä_1$;$ä_1$]");
    EXPECT_EQ(tokens("a$b$c d"), "[a$b$c][d]");        // part of a name
    EXPECT_EQ(tokens("$1 + $2"), "[$][1][+][$][2]");   // parameters
    EXPECT_EQ(tokens("$1$ x"), "[$][1][$][x]");
    EXPECT_EQ(tokens("$$never closed"), "[$$never closed]");
}

TEST(SqlScanner, lines_are_counted_with_every_kind_of_line_end)
{
    for (const std::string end : {"\n", "\r\n"}) {
        const std::string text = "a" + end + "/*" + end + "*/ 'x" + end + "' b" + end + "c";
        SqlScanner scanner(text);
        std::vector<int> lines;
        for (Token token; scanner.next(&token);)
            if (token.kind == TokenKind::word)
                lines.push_back(token.line);
        EXPECT_EQ(lines, (std::vector<int>{1, 4, 5}));
    }
}

TEST(SqlScanner, the_tokens_together_are_the_text)
{
    const std::string text = "\xEF\xBB\xBF" "CREATE FUNCTION f() AS $x$ a $$ $x$; /* /* */ -- */ E'\\'' \"q\" \t\r\n\\i 1..2";
    std::string together;
    SqlScanner scanner(text);
    for (Token token; scanner.next(&token);) {
        EXPECT_EQ(token.offset, together.size());
        together += token.text;
    }
    EXPECT_EQ(together, text);
}

}  // namespace hotswap::core
