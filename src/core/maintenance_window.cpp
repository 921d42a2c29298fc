// See maintenance_window.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/maintenance_window.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include "core/error.hpp"

namespace hotswap::core {

namespace {

constexpr double kDayMs = 86400000, kMinuteMs = 60000;
constexpr int kMinutes = 24 * 60;
constexpr int kDaysAhead = 8;
constexpr unsigned kAllDays = 0x7f;
constexpr const char *kDays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr int kThursday = 4;   // 1970-01-01

[[noreturn]] void reject(const std::string &part, const std::string &why)
{
    throw Error(sqlstate::kInvalidParameter, fmt::format("maintenance window \"{}\" cannot be read", part), why,
                "Write days, times and a time zone, as in: Mon-Fri 02:00-04:30 Europe/Berlin, Sat 00:00-24:00. Days and zone may be left out.");
}

std::vector<std::string> cut(const std::string &text, char at)
{
    std::vector<std::string> parts;
    std::string part;
    std::istringstream in(text);
    while (std::getline(in, part, at))
        parts.push_back(part);
    return parts;
}

std::vector<std::string> words_of(const std::string &text)
{
    std::vector<std::string> words;
    std::string word;
    std::istringstream in(text);
    while (in >> word)
        words.push_back(word);
    return words;
}

std::optional<int> day_of(std::string word)
{
    std::transform(word.begin(), word.end(), word.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    for (int day = 0; day < 7; ++day)
        if (word == kDays[day])
            return day;
    return std::nullopt;
}

// A day or a range of days, over the end of the week as well. Nothing when the word does not begin with a day.
std::optional<unsigned> days_of(const std::string &part, const std::string &word)
{
    const auto ends = cut(word, '-');
    if (ends.empty() || ends.size() > 2 || (word[0] >= '0' && word[0] <= '9'))
        return std::nullopt;
    const auto first = day_of(ends.front()), last = day_of(ends.back());
    if (!first || !last || word.back() == '-')
        reject(part, fmt::format("\"{}\" is no day: Mon, Tue, Wed, Thu, Fri, Sat, Sun, or two of them with - between.", word));
    unsigned days = 0;
    for (int day = *first;; day = (day + 1) % 7) {
        days |= 1u << day;
        if (day == *last)
            return days;
    }
}

int minutes_of(const std::string &part, const std::string &word)
{
    const auto digit = [&](std::size_t i) { return word[i] >= '0' && word[i] <= '9'; };
    if (word.size() == 5 && word[2] == ':' && digit(0) && digit(1) && digit(3) && digit(4)) {
        const int hours = (word[0] - '0') * 10 + word[1] - '0', minutes = (word[3] - '0') * 10 + word[4] - '0';
        if (minutes < 60 && hours * 60 + minutes <= kMinutes)
            return hours * 60 + minutes;
    }
    reject(part, fmt::format("\"{}\" is no time of day from 00:00 to 24:00.", word));
}

int weekday(double day)
{
    const int rest = static_cast<int>(std::fmod(day + kThursday, 7));
    return rest < 0 ? rest + 7 : rest;
}

}  // namespace

MaintenanceWindows MaintenanceWindows::parse(const std::string &text)
{
    MaintenanceWindows windows;
    if (words_of(text).empty())
        return windows;
    for (const std::string &part : cut(text + (text.back() == ',' ? " " : ""), ',')) {
        auto words = words_of(part);
        if (words.empty())
            reject(text, "Nothing stands between two commas.");
        Span span;
        span.days = kAllDays;
        if (const auto days = days_of(part, words[0])) {
            span.days = *days;
            words.erase(words.begin());
        }
        if (words.empty() || words.size() > 2)
            reject(part, words.empty() ? "It has no times." : fmt::format("\"{}\" is too much.", words[2]));
        const auto times = cut(words[0], '-');
        if (times.size() != 2 || words[0].back() == '-')
            reject(part, fmt::format("\"{}\" are no times such as 02:00-04:30.", words[0]));
        span.from = minutes_of(part, times[0]);
        span.to = minutes_of(part, times[1]);
        if (span.from == kMinutes || span.from == span.to)
            reject(part, "It begins when it ends.");
        if (words.size() == 2)
            span.zone = words[1];
        windows.spans_.push_back(span);
    }
    return windows;
}

std::vector<std::string> MaintenanceWindows::zones() const
{
    std::vector<std::string> zones;
    for (const Span &span : spans_)
        if (std::find(zones.begin(), zones.end(), span.zone) == zones.end())
            zones.push_back(span.zone);
    return zones;
}

std::vector<WallSpan> MaintenanceWindows::around(const std::map<std::string, double> &wall_now_ms) const
{
    std::vector<WallSpan> result;
    for (const Span &span : spans_) {
        const double today = std::floor(wall_now_ms.at(span.zone) / kDayMs);
        for (int ahead = -1; ahead <= kDaysAhead; ++ahead) {
            const double day = today + ahead;
            if ((span.days & (1u << weekday(day))) == 0)
                continue;
            const double last = span.to <= span.from ? day + 1 : day;
            result.push_back({span.zone, day * kDayMs + span.from * kMinuteMs, last * kDayMs + span.to * kMinuteMs});
        }
    }
    return result;
}

WindowAnswer MaintenanceWindows::judge(std::vector<Moments> moments, double now_ms)
{
    std::sort(moments.begin(), moments.end(), [](const Moments &left, const Moments &right) { return left.begin_ms < right.begin_ms; });
    WindowAnswer answer = {false, std::numeric_limits<double>::infinity()};
    double last_end = 0;
    for (const Moments &span : moments) {
        last_end = std::max(last_end, span.end_ms);
        if (span.end_ms <= span.begin_ms)
            continue;   // an hour that a change of the clocks left out
        if (answer.open && span.begin_ms <= answer.until_ms)
            answer.until_ms = std::max(answer.until_ms, span.end_ms);   // one that follows without a gap
        else if (!answer.open && span.begin_ms <= now_ms && now_ms < span.end_ms)
            answer = {true, span.end_ms};
        else if (!answer.open && span.begin_ms > now_ms)
            answer.until_ms = std::min(answer.until_ms, span.begin_ms);
    }
    // Open as far as was looked.
    if (answer.open && answer.until_ms >= last_end && answer.until_ms - now_ms > 7 * kDayMs)
        answer.until_ms = std::numeric_limits<double>::infinity();
    return answer;
}

}  // namespace hotswap::core
