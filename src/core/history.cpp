// See history.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/history.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace hotswap::core {

namespace {

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// The digits at the front of rest, without leading zeros; rest goes behind them.
std::string_view take_number(std::string_view *rest)
{
    const std::size_t end = std::min(rest->find_first_not_of("0123456789"), rest->size());
    std::string_view digits = rest->substr(0, end);
    rest->remove_prefix(end);
    while (digits.size() > 1 && digits.front() == '0')
        digits.remove_prefix(1);
    return digits;
}

// V1.1 and V1_1 come after V1, whatever else is in the names.
bool version_goes_on(std::string_view rest)
{
    return rest.size() > 1 && (rest[0] == '.' || rest[0] == '_') && is_digit(rest[1]);
}

// What stands before the first number, in small letters. None where there is no number, or where it is a part of a word, as
// in the hexadecimal names of Alembic.
std::optional<std::string> series_of(const std::string &name)
{
    const auto digit = std::find_if(name.begin(), name.end(), is_digit);
    if (digit == name.end())
        return std::nullopt;
    const auto behind = std::find_if_not(digit, name.end(), is_digit);
    if (behind != name.end() && ((lower(*behind) >= 'a' && lower(*behind) <= 'z') || static_cast<unsigned char>(*behind) >= 0x80))
        return std::nullopt;
    std::string series(name.begin(), digit);
    std::transform(series.begin(), series.end(), series.begin(), lower);
    return series;
}

using Lines = std::vector<std::string_view>;

Lines lines_of(const std::string &text)
{
    Lines lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines.push_back(std::string_view(text).substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

// Lines that both have, in order: for each old line the new one it is kept as, or none. The longest such list by the table
// of lengths; above that many cells nothing in between is said to be kept.
constexpr std::size_t kMostCells = 4'000'000;

std::vector<std::optional<std::size_t>> kept_lines(const Lines &before, const Lines &after)
{
    std::vector<std::optional<std::size_t>> kept(before.size());
    const std::size_t shorter = std::min(before.size(), after.size());
    std::size_t front = 0, back = 0;
    for (; front < shorter && before[front] == after[front]; ++front)
        kept[front] = front;
    for (; back < shorter - front && before[before.size() - 1 - back] == after[after.size() - 1 - back]; ++back)
        kept[before.size() - 1 - back] = after.size() - 1 - back;
    const std::size_t rows = before.size() - front - back, columns = after.size() - front - back;
    if (rows == 0 || columns == 0 || rows > kMostCells / columns)
        return kept;
    std::vector<std::uint32_t> lengths((rows + 1) * (columns + 1), 0);
    const auto length = [&](std::size_t row, std::size_t column) -> std::uint32_t & {
        return lengths[row * (columns + 1) + column];
    };
    for (std::size_t row = rows; row-- > 0;)
        for (std::size_t column = columns; column-- > 0;)
            length(row, column) = before[front + row] == after[front + column]
                                      ? length(row + 1, column + 1) + 1
                                      : std::max(length(row + 1, column), length(row, column + 1));
    for (std::size_t row = 0, column = 0; row < rows && column < columns;) {
        if (before[front + row] == after[front + column]) {
            kept[front + row] = front + column;
            ++row;
            ++column;
        } else if (length(row + 1, column) >= length(row, column + 1)) {
            ++row;
        } else {
            ++column;
        }
    }
    return kept;
}

// Cut on a border of characters.
std::string shown(char sign, std::string_view line)
{
    constexpr std::size_t kMost = 120;
    std::string result = std::string(1, sign) + " ";
    if (line.size() <= kMost)
        return result.append(line);
    std::size_t end = kMost;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80)
        --end;
    return result.append(line.substr(0, end)).append("...");
}

}  // namespace

int compare_names(const std::string &a, const std::string &b)
{
    std::string_view left = a, right = b;
    while (!left.empty() && !right.empty()) {
        if (is_digit(left.front()) && is_digit(right.front())) {
            const std::string_view x = take_number(&left), y = take_number(&right);
            if (x.size() != y.size())
                return x.size() < y.size() ? -1 : 1;
            if (const int order = x.compare(y); order != 0)
                return order;
            if (version_goes_on(left) != version_goes_on(right))
                return version_goes_on(left) ? 1 : -1;
            continue;
        }
        const auto x = static_cast<unsigned char>(lower(left.front())), y = static_cast<unsigned char>(lower(right.front()));
        if (x != y)
            return x < y ? -1 : 1;
        left.remove_prefix(1);
        right.remove_prefix(1);
    }
    if (left.empty() != right.empty())
        return left.empty() ? -1 : 1;
    return a.compare(b);  // the same but for zeros and case: any order, but always one
}

bool in_one_series(const std::string &a, const std::string &b)
{
    const std::optional<std::string> series = series_of(a);
    return series && series == series_of(b);
}

std::string line_difference(const std::string &old_text, const std::string &new_text, int most_lines)
{
    const Lines before = lines_of(old_text), after = lines_of(new_text);
    const std::vector<std::optional<std::size_t>> kept = kept_lines(before, after);
    std::vector<std::string> lines;
    std::size_t next = 0;  // of after
    for (std::size_t i = 0; i <= before.size(); ++i) {
        if (i < before.size() && !kept[i]) {
            lines.push_back(shown('-', before[i]));
            continue;
        }
        for (const std::size_t until = i < before.size() ? *kept[i] : after.size(); next < until; ++next)
            lines.push_back(shown('+', after[next]));
        ++next;  // the kept one
    }
    std::string result;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (static_cast<int>(i) == most_lines && lines.size() > i)
            return result + "\n... and " + std::to_string(lines.size() - i) + " more lines";
        result += (i == 0 ? "" : "\n") + lines[i];
    }
    return result;
}

}  // namespace hotswap::core
