// The text of a script as it counts for its checksum: the same for the same statements, however they are laid out and
// commented, and in lines that can be compared.
// SPDX-License-Identifier: PostgreSQL
#include "core/script.hpp"
#include "core/sql_scanner.hpp"

namespace hotswap::core {

namespace {

// White space means nothing beside these. Every other place keeps one blank where there was any, so that no two tokens
// can grow together and none is torn apart.
bool stands_alone(char c)
{
    return c == '(' || c == ')' || c == ',' || c == ';' || c == '\n';
}

// Editors and checkouts change line ends without anybody meaning it.
void append_with_plain_line_ends(std::string_view text, std::string *out)
{
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n')
            *out += text[i];
}

}  // namespace

std::string normalized(const std::string &sql)
{
    std::string out;
    out.reserve(sql.size());
    SqlScanner scanner(sql);
    Token token;
    int depth = 0;
    bool gap = false, line_ended = false, after_literal = false;
    while (scanner.next(&token)) {
        if (token.means_nothing()) {
            gap = true;
            line_ended = line_ended || token.text.find('\n') != std::string_view::npos;
            continue;
        }
        const bool symbol = token.kind == TokenKind::symbol;
        const char c = token.text.front();
        if (symbol && c == ';' && (out.empty() || out.ends_with(";\n"))) {
            gap = line_ended = false;
            continue;  // an empty statement
        }
        if (gap && !out.empty() && !stands_alone(out.back()) && !(symbol && stands_alone(c)))
            out += after_literal && token.kind == TokenKind::literal && line_ended ? '\n' : ' ';  // 'one literal' in two lines
        gap = line_ended = false;
        after_literal = token.kind == TokenKind::literal;
        append_with_plain_line_ends(token.text, &out);
        if (!symbol)
            continue;
        if (c == '(')
            ++depth;
        else if (c == ')')
            --depth;
        else if (c == ';')
            depth = 0;
        if (c == ';' || (c == ',' && depth <= 1))
            out += '\n';
    }
    if (!out.empty() && !out.ends_with(";\n"))
        out += ";\n";  // whether the last statement has a semicolon means nothing
    return out;
}

}  // namespace hotswap::core
