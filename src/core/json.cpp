// See json.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/json.hpp"

#include <charconv>

#include <fmt/format.h>

#include "core/error.hpp"

namespace hotswap::core {

namespace {

constexpr int kDeepest = 100;

class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    Json document()
    {
        Json value = read(0);
        skip_blanks();
        if (at_ != text_.size())
            refuse("the end");
        return value;
    }

  private:
    [[noreturn]] void refuse(const char *wanted) const
    {
        throw Error(sqlstate::kInvalidParameter, "the text is not JSON", fmt::format("Expected {} at character {}.", wanted, at_ + 1));
    }

    void skip_blanks()
    {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
            ++at_;
    }

    bool take(char c)
    {
        skip_blanks();
        if (at_ >= text_.size() || text_[at_] != c)
            return false;
        ++at_;
        return true;
    }

    bool take_word(std::string_view word)
    {
        if (text_.substr(at_, word.size()) != word)
            return false;
        at_ += word.size();
        return true;
    }

    Json read(int depth)
    {
        if (depth > kDeepest)
            refuse("fewer levels");
        Json value;
        skip_blanks();
        if (take('{'))
            read_object(&value, depth);
        else if (take('['))
            read_array(&value, depth);
        else if (take('"')) {
            value.kind = Json::Kind::string;
            value.text = read_string();
        } else if (take_word("true")) {
            value.kind = Json::Kind::boolean;
            value.truth = true;
        } else if (take_word("false"))
            value.kind = Json::Kind::boolean;
        else if (!take_word("null"))
            read_number(&value);
        return value;
    }

    void read_array(Json *value, int depth)
    {
        value->kind = Json::Kind::array;
        if (take(']'))
            return;
        do
            value->items.push_back(read(depth + 1));
        while (take(','));
        if (!take(']'))
            refuse("\"]\"");
    }

    void read_object(Json *value, int depth)
    {
        value->kind = Json::Kind::object;
        if (take('}'))
            return;
        do {
            if (!take('"'))
                refuse("a name");
            value->names.push_back(read_string());
            if (!take(':'))
                refuse("\":\"");
            value->items.push_back(read(depth + 1));
        } while (take(','));
        if (!take('}'))
            refuse("\"}\"");
    }

    unsigned read_hex()
    {
        unsigned code = 0;
        const char *from = text_.data() + at_;
        if (text_.size() - at_ < 4 || std::from_chars(from, from + 4, code, 16).ptr != from + 4)
            refuse("four hexadecimal digits");
        at_ += 4;
        return code;
    }

    void read_escape(std::string *result)
    {
        const char c = at_ < text_.size() ? text_[at_++] : '\0';
        static constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
        if (const auto i = kFrom.find(c); i != std::string_view::npos && c != '\0') {
            *result += kTo[i];
            return;
        }
        if (c != 'u')
            refuse("an escape sequence");
        unsigned code = read_hex();
        if (code >= 0xD800 && code < 0xDC00 && take_word("\\u"))
            code = 0x10000 + ((code - 0xD800) << 10) + ((read_hex() - 0xDC00) & 0x3FF);
        if (code < 0x80)
            *result += static_cast<char>(code);
        else if (code < 0x800)
            add(result, {0xC0 | code >> 6, 0x80 | (code & 0x3F)});
        else if (code < 0x10000)
            add(result, {0xE0 | code >> 12, 0x80 | (code >> 6 & 0x3F), 0x80 | (code & 0x3F)});
        else
            add(result, {0xF0 | code >> 18, 0x80 | (code >> 12 & 0x3F), 0x80 | (code >> 6 & 0x3F), 0x80 | (code & 0x3F)});
    }

    static void add(std::string *result, std::initializer_list<unsigned> bytes)
    {
        for (const unsigned byte : bytes)
            *result += static_cast<char>(byte);
    }

    std::string read_string()
    {
        std::string result;
        for (;;) {
            if (at_ >= text_.size())
                refuse("the end of a string");
            const char c = text_[at_++];
            if (c == '"')
                return result;
            if (c == '\\')
                read_escape(&result);
            else
                result += c;
        }
    }

    void read_number(Json *value)
    {
        value->kind = Json::Kind::number;
        const char *from = text_.data() + at_, *end = text_.data() + text_.size();
        // from_chars also knows inf and nan, which are no JSON.
        const bool numeral = from < end && (*from == '-' || (*from >= '0' && *from <= '9'));
        const auto [rest, error] = std::from_chars(from, end, value->number);
        if (!numeral || error == std::errc::invalid_argument)
            refuse("a value");
        value->text.assign(from, rest);
        at_ += value->text.size();
        std::int64_t whole = 0;
        if (const auto found = std::from_chars(from, rest, whole); found.ec == std::errc() && found.ptr == rest)
            value->whole = whole;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

const Json *Json::find(std::string_view name) const noexcept
{
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name)
            return &items[i];
    return nullptr;
}

const char *to_text(Json::Kind kind)
{
    switch (kind) {
    case Json::Kind::null:
        return "null";
    case Json::Kind::boolean:
        return "boolean";
    case Json::Kind::number:
        return "number";
    case Json::Kind::string:
        return "string";
    case Json::Kind::array:
        return "array";
    case Json::Kind::object:
        return "object";
    }
    return "unknown";
}

bool same_scalar(const Json &left, const Json &right) noexcept
{
    if (left.kind != right.kind || !left.is_scalar())
        return false;
    if (left.kind == Json::Kind::boolean)
        return left.truth == right.truth;
    return left.kind == Json::Kind::null || order_of(left, right) == 0;
}

std::optional<int> order_of(const Json &left, const Json &right) noexcept
{
    if (left.kind != right.kind)
        return std::nullopt;
    const auto sign = [](const auto &l, const auto &r) { return l < r ? -1 : l > r ? 1 : 0; };
    if (left.kind == Json::Kind::string)
        return sign(left.text, right.text);
    if (left.kind != Json::Kind::number)
        return std::nullopt;
    return left.whole && right.whole ? sign(*left.whole, *right.whole) : sign(left.number, right.number);
}

Json parse_json(std::string_view text)
{
    return Reader(text).document();
}

}  // namespace hotswap::core
