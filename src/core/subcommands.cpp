// See subcommands.hpp. Only as much of SQL's lexical rules as it takes to find commas outside quotes and parentheses.
// SPDX-License-Identifier: PostgreSQL
#include "core/subcommands.hpp"

#include <cctype>

namespace hotswap::core {

namespace {

class Scanner {
  public:
    explicit Scanner(const std::string &text) : text_(text) { skip_blanks(); }

    bool at_end() const { return at_ >= text_.size(); }
    std::size_t at() const { return at_; }
    char here() const { return at_end() ? '\0' : text_[at_]; }

    // The next token, in lower case where it is a word.
    std::string next()
    {
        const std::size_t start = at_;
        const char c = here();
        if (c == '"')
            skip_quoted('"', false);
        else if (c == '\'')
            skip_quoted('\'', false);
        else if ((c == 'E' || c == 'e') && at_ + 1 < text_.size() && text_[at_ + 1] == '\'')
            ++at_, skip_quoted('\'', true);
        else if (c == '$' && is_dollar_quote())
            skip_dollar_quote();
        else if (is_word(c))
            while (!at_end() && (is_word(here()) || std::isdigit(static_cast<unsigned char>(here())) || here() == '$'))
                ++at_;
        else
            ++at_;
        std::string token = text_.substr(start, at_ - start);
        if (is_word(c) && token.find('\'') == std::string::npos)
            for (char &letter : token)
                letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
        skip_blanks();
        return token;
    }

  private:
    static bool is_word(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80) != 0; }

    void skip_quoted(char quote, bool backslash)
    {
        for (++at_; !at_end(); ++at_) {
            if (backslash && here() == '\\')
                ++at_;
            else if (here() == quote && !(at_ + 1 < text_.size() && text_[at_ + 1] == quote))
                break;
            else if (here() == quote)
                ++at_;
        }
        ++at_;
    }

    std::size_t dollar_end() const
    {
        std::size_t end = at_ + 1;
        while (end < text_.size() && (is_word(text_[end]) || std::isdigit(static_cast<unsigned char>(text_[end]))))
            ++end;
        return end;
    }
    bool is_dollar_quote() const { return dollar_end() < text_.size() && text_[dollar_end()] == '$'; }
    void skip_dollar_quote()
    {
        const std::string tag = text_.substr(at_, dollar_end() - at_ + 1);
        const std::size_t end = text_.find(tag, at_ + tag.size());
        at_ = end == std::string::npos ? text_.size() : end + tag.size();
    }

    void skip_blanks()
    {
        while (!at_end()) {
            if (std::isspace(static_cast<unsigned char>(here()))) {
                ++at_;
            } else if (text_.compare(at_, 2, "--") == 0) {
                at_ = text_.find('\n', at_);
            } else if (text_.compare(at_, 2, "/*") == 0) {
                int depth = 0;
                do {
                    const bool opens = text_.compare(at_, 2, "/*") == 0, closes = text_.compare(at_, 2, "*/") == 0;
                    depth += opens ? 1 : closes ? -1 : 0;
                    at_ += opens || closes ? 2 : 1;
                } while (!at_end() && depth > 0);
            } else {
                return;
            }
        }
    }

    const std::string &text_;
    std::size_t at_ = 0;
};

std::string trimmed(std::string text)
{
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
        text.pop_back();
    return text;
}

}  // namespace

std::vector<std::string> split_subcommands(const std::string &statement)
{
    Scanner scanner(statement);
    if (scanner.next() != "alter" || scanner.next() != "table")
        return {};
    std::string word = scanner.next();
    if (word == "if") {
        (void)scanner.next();   // exists
        word = scanner.next();
    }
    if (word == "only")
        word = scanner.next();
    while (scanner.here() == '.') {
        (void)scanner.next();
        (void)scanner.next();
    }
    if (scanner.here() == '*')
        (void)scanner.next();
    std::vector<std::string> parts;
    std::size_t start = scanner.at();
    int depth = 0;
    while (!scanner.at_end()) {
        const std::size_t at = scanner.at();
        const std::string token = scanner.next();
        if (token == "(" || token == "[")
            ++depth;
        if (token == ")" || token == "]")
            --depth;
        if (token == "," && depth == 0) {
            parts.push_back(trimmed(statement.substr(start, at - start)));
            start = scanner.at();
        }
    }
    parts.push_back(trimmed(statement.substr(start)));
    return parts;
}

}  // namespace hotswap::core
