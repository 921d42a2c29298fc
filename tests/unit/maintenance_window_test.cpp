// Maintenance windows: what is read, what is refused, and the answers around midnight, the end of the week and a change of the clocks.
// SPDX-License-Identifier: PostgreSQL
#include "core/maintenance_window.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.hpp"

namespace hotswap::core {
namespace {

constexpr double kHour = 3600000, kDay = 24 * kHour;
constexpr double kMonday = 4 * kDay;   // 1970-01-05 00:00

// A world without time zones: wall time is the time. Windows with a zone are that many hours off: "+2" is ahead of it.
WindowAnswer ask(const std::string &text, double now)
{
    const MaintenanceWindows windows = MaintenanceWindows::parse(text);
    std::map<std::string, double> walls;
    const auto offset = [](const std::string &zone) { return zone.empty() ? 0 : std::stod(zone) * kHour; };
    for (const std::string &zone : windows.zones())
        walls[zone] = now + offset(zone);
    std::vector<Moments> moments;
    for (const WallSpan &span : windows.around(walls))
        moments.push_back({span.begin_ms - offset(span.zone), span.end_ms - offset(span.zone)});
    return MaintenanceWindows::judge(moments, now);
}

std::string why(const std::string &text)
{
    try {
        (void)MaintenanceWindows::parse(text);
    } catch (const Error &error) {
        EXPECT_EQ(error.sqlstate(), "22023");
        EXPECT_NE(error.hint(), "");
        return error.detail();
    }
    return "";
}

}  // namespace

TEST(MaintenanceWindow, nothing_is_always)
{
    EXPECT_TRUE(MaintenanceWindows::parse("").always());
    EXPECT_TRUE(MaintenanceWindows::parse("  ").always());
    EXPECT_FALSE(MaintenanceWindows::parse("02:00-03:00").always());
}

TEST(MaintenanceWindow, is_open_from_its_beginning_to_before_its_end)
{
    const std::string text = "Mon-Fri 02:00-04:30";
    EXPECT_FALSE(ask(text, kMonday + 2 * kHour - 1).open);
    EXPECT_EQ(ask(text, kMonday + 2 * kHour - 1).until_ms, kMonday + 2 * kHour);
    EXPECT_TRUE(ask(text, kMonday + 2 * kHour).open);
    EXPECT_EQ(ask(text, kMonday + 2 * kHour).until_ms, kMonday + 4.5 * kHour);
    EXPECT_FALSE(ask(text, kMonday + 4.5 * kHour).open);
    EXPECT_EQ(ask(text, kMonday + 4.5 * kHour).until_ms, kMonday + kDay + 2 * kHour);
}

TEST(MaintenanceWindow, after_friday_it_is_monday)
{
    EXPECT_EQ(ask("Mon-Fri 02:00-04:30", kMonday + 4 * kDay + 5 * kHour).until_ms, kMonday + 7 * kDay + 2 * kHour);
}

TEST(MaintenanceWindow, goes_over_midnight_and_over_the_end_of_the_week)
{
    EXPECT_TRUE(ask("Sun 22:00-02:00", kMonday + kHour).open);
    EXPECT_FALSE(ask("Sun 22:00-02:00", kMonday + 2 * kHour).open);
    EXPECT_TRUE(ask("Fri-Mon 10:00-11:00", kMonday - kDay + 10 * kHour).open);
    EXPECT_FALSE(ask("Fri-Mon 10:00-11:00", kMonday + kDay + 10 * kHour).open);
}

TEST(MaintenanceWindow, days_that_follow_each_other_are_one)
{
    const WindowAnswer answer = ask("Sat 00:00-24:00, Sun 00:00-24:00", kMonday + 5 * kDay + kHour);
    EXPECT_TRUE(answer.open);
    EXPECT_EQ(answer.until_ms, kMonday + 7 * kDay);
    EXPECT_TRUE(std::isinf(ask("00:00-24:00", kMonday).until_ms));
}

TEST(MaintenanceWindow, each_part_has_a_zone_of_its_own)
{
    EXPECT_TRUE(ask("Mon 02:00-03:00 2, Tue 02:00-03:00", kMonday + 0.5 * kHour).open);
    EXPECT_FALSE(ask("Mon 02:00-03:00 2, Tue 02:00-03:00", kMonday + 2 * kHour).open);
    EXPECT_EQ(ask("Mon 02:00-03:00 2, Tue 02:00-03:00", kMonday + 2 * kHour).until_ms, kMonday + kDay + 2 * kHour);
}

TEST(MaintenanceWindow, an_hour_that_the_clocks_leave_out_is_no_window)
{
    const WindowAnswer answer = MaintenanceWindows::judge({{100, 100}, {500, 400}, {1000, 2000}}, 100);
    EXPECT_FALSE(answer.open);
    EXPECT_EQ(answer.until_ms, 1000);
    EXPECT_TRUE(std::isinf(MaintenanceWindows::judge({{100, 200}}, 300).until_ms));
}

TEST(MaintenanceWindow, what_cannot_be_read_is_named)
{
    EXPECT_EQ(why("Mox 02:00-03:00"), "\"Mox\" is no day: Mon, Tue, Wed, Thu, Fri, Sat, Sun, or two of them with - between.");
    EXPECT_EQ(why("Mon- 02:00-03:00"), "\"Mon-\" is no day: Mon, Tue, Wed, Thu, Fri, Sat, Sun, or two of them with - between.");
    EXPECT_EQ(why("Mon"), "It has no times.");
    EXPECT_EQ(why("Mon 2:00-03:00"), "\"2:00\" is no time of day from 00:00 to 24:00.");
    EXPECT_EQ(why("02:00-24:01"), "\"24:01\" is no time of day from 00:00 to 24:00.");
    EXPECT_EQ(why("02:60-03:00"), "\"02:60\" is no time of day from 00:00 to 24:00.");
    EXPECT_EQ(why("02:00"), "\"02:00\" are no times such as 02:00-04:30.");
    EXPECT_EQ(why("02:00-"), "\"02:00-\" are no times such as 02:00-04:30.");
    EXPECT_EQ(why("02:00-02:00"), "It begins when it ends.");
    EXPECT_EQ(why("02:00-03:00 Europe/Berlin x"), "\"x\" is too much.");
    EXPECT_EQ(why("02:00-03:00,"), "Nothing stands between two commas.");
    EXPECT_EQ(why("02:00-03:00,,04:00-05:00"), "Nothing stands between two commas.");
}

}  // namespace hotswap::core
