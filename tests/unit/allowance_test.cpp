// What is used above a share is paid for with rest, and nothing is saved up.
// SPDX-License-Identifier: PostgreSQL
#include "core/allowance.hpp"

#include <gtest/gtest.h>

namespace hotswap::core {
namespace {

TEST(Allowance, UseIsPaidForWithRest)
{
    Allowance cpu;
    cpu.count(0, 5000, 250);          // what was used before does not count
    EXPECT_EQ(cpu.rest_ms(), 0);
    cpu.count(1000, 6000, 250);       // worked all the time
    EXPECT_DOUBLE_EQ(cpu.used_a_second(), 1000);
    EXPECT_DOUBLE_EQ(cpu.rest_ms(), 3000);
    cpu.count(3000, 6000, 250);       // rested for two seconds
    EXPECT_DOUBLE_EQ(cpu.rest_ms(), 1000);
    cpu.count(3000, 6000, 1000);      // changed live
    EXPECT_DOUBLE_EQ(cpu.rest_ms(), 250);
    cpu.count(3000, 6000, 0);         // no limit any more
    EXPECT_EQ(cpu.rest_ms(), 0);
    cpu.count(3000, 6000, 250);
    EXPECT_EQ(cpu.rest_ms(), 0) << "and no debt";
}

TEST(Allowance, NothingIsSavedUp)
{
    Allowance bytes;
    bytes.count(0, 0, 100);
    bytes.count(60000, 0, 100);
    bytes.count(61000, 1000, 100);
    EXPECT_DOUBLE_EQ(bytes.rest_ms(), 9000);
}

TEST(Allowance, OverTimeItIsTheShare)
{
    Allowance cpu;
    double now = 0, used = 0;
    cpu.count(now, used, 300);
    for (int i = 0; i < 100; ++i) {
        used += 80;
        now += 90;
        cpu.count(now, used, 300);
        now += cpu.rest_ms();
    }
    EXPECT_NEAR(used * 1000 / now, 300, 1);
}

}  // namespace
}  // namespace hotswap::core
