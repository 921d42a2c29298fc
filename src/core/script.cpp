// See script.hpp. One pass of the scanner finds the parts, the metadata, and what cannot be in a script.
// SPDX-License-Identifier: PostgreSQL
#include "core/script.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/script_headers.hpp"
#include "core/sql_scanner.hpp"

namespace hotswap::core {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct Stretch {
    std::size_t begin, end;
    ScriptPart part;
};

[[noreturn]] void refuse(const Token &token, const std::string &message, const std::string &found, const std::string &hint,
                         const char *state)
{
    throw Error(state, message, fmt::format("Found in line {}: {}", token.line, found), hint, static_cast<int>(token.offset) + 1);
}

std::string line_at(const std::string &text, std::size_t offset)
{
    const std::size_t end = std::min(text.find_first_of("\r\n", offset), text.size());
    return text.substr(offset, end - offset);
}

// COPY ... FROM stdin: what follows is data, and everything the scanner would find in it is wrong.
class CopyWatch {
  public:
    // False until the token that proves it.
    bool sees(const Token &token)
    {
        if (token.means_nothing())
            return false;
        if (token.is_symbol(';')) {
            state_ = State::before;
            return false;
        }
        switch (state_) {
        case State::before:
            state_ = token.is_word("COPY") ? State::copy : State::other;
            return false;
        case State::copy:
            if (token.is_word("FROM"))
                state_ = State::from;
            return false;
        case State::from:
            state_ = State::copy;
            return token.is_word("STDIN");
        case State::other:
            return false;
        }
        return false;
    }

  private:
    enum class State { before, copy, from, other } state_ = State::before;
};

class Reader {
  public:
    explicit Reader(const std::string &text) : text_(without_mark(text)), scanner_(text_) {}

    Script read()
    {
        Token token;
        CopyWatch copy;
        while (scanner_.next(&token)) {
            if (copy.sees(token))
                refuse(token, "cannot load data from a script", "COPY ... FROM stdin",
                       "Load the data by itself with psql, or write it as INSERT.", sqlstate::kFeatureNotSupported);
            if (token.is_symbol('\\'))
                psql_command(token);
            else if (token.means_nothing())
                comment(token);
            else if (first_line_ == 0)
                first_line_ = token.line;
            line_has_begun_ =
                token.kind == TokenKind::space ? line_has_begun_ && token.text.find('\n') == std::string_view::npos : true;
        }
        close(text_.size());
        fill();
        return std::move(script_);
    }

  private:
    static std::string without_mark(std::string text)
    {
        if (text.starts_with(kByteOrderMark))
            text.replace(0, kByteOrderMark.size(), kByteOrderMark.size(), ' ');
        return text;
    }

    void comment(const Token &token)
    {
        if (token.kind == TokenKind::space)
            return;
        if (token.kind == TokenKind::line_comment && !line_has_begun_) {
            const Header header = read_header(token);
            if (header == Header::up || header == Header::down)
                begin_part(token, header == Header::up ? ScriptPart::up : ScriptPart::down);
        }
        if (std::optional<MetadataComment> found = read_metadata_comment(token)) {
            found->part = part_;
            script_.metadata.push_back(*found);
        }
    }

    void begin_part(const Token &header, ScriptPart part)
    {
        if (!script_.has_headers && first_line_ != 0)
            refuse(header, "SQL before the first section of the script",
                   fmt::format("{}, with SQL in line {} already", std::string(header.text), first_line_),
                   "Move the SQL behind the header.", sqlstate::kInvalidParameter);
        close(header.offset);
        script_.has_headers = true;
        script_.has_down = script_.has_down || part == ScriptPart::down;
        has_up_ = has_up_ || part == ScriptPart::up;
        part_ = part;
    }

    // pg_dump fences its output with \restrict; such a line means nothing without psql. All others do something.
    void psql_command(const Token &token)
    {
        const std::string line = line_at(text_, token.offset);
        if (!line.starts_with("\\restrict ") && !line.starts_with("\\unrestrict "))
            refuse(token, "cannot carry out commands of psql", line,
                   "Only SQL can be in a script: take that line out, or run the script with psql.",
                   sqlstate::kFeatureNotSupported);
        script_.notes.push_back(
            fmt::format("line {}: {} is for psql and was left out", token.line, line.substr(0, line.find(' '))));
        scanner_.skip_line();
        close(token.offset);
        begin_ = std::min(text_.find_first_of("\r\n", token.offset), text_.size());
    }

    void close(std::size_t end)
    {
        if (end > begin_)
            stretches_.push_back({begin_, end, part_});
        begin_ = end;
    }

    void fill()
    {
        if (script_.has_headers && !has_up_)
            throw Error(sqlstate::kInvalidParameter, "script without an up section", "It has a header for the way down only.",
                        "Put the header for the way up before its first statement, as in: -- migrate:up.");
        std::string blank(text_.size(), ' ');
        for (std::size_t at = text_.find('\n'); at != std::string::npos; at = text_.find('\n', at + 1))
            blank[at] = '\n';
        script_.up = blank;
        if (script_.has_down)
            script_.down = std::move(blank);
        for (const Stretch &stretch : stretches_) {
            // Before the first header there is nothing but comments.
            if (script_.has_headers && stretch.part == ScriptPart::head)
                continue;
            std::string &part = stretch.part == ScriptPart::down ? script_.down : script_.up;
            part.replace(stretch.begin, stretch.end - stretch.begin, text_, stretch.begin, stretch.end - stretch.begin);
        }
    }

    const std::string text_;
    SqlScanner scanner_;
    Script script_;
    std::vector<Stretch> stretches_;
    std::size_t begin_ = 0;  // of the stretch that is open
    ScriptPart part_ = ScriptPart::head;
    bool has_up_ = false;
    bool line_has_begun_ = false;
    int first_line_ = 0;  // with SQL
};

}  // namespace

Script read_script(const std::string &text)
{
    return Reader(text).read();
}

}  // namespace hotswap::core
