// Which statements are spared a rehearsal.
// SPDX-License-Identifier: PostgreSQL
#include <gtest/gtest.h>

#include "core/rules.hpp"

namespace hotswap::core {
namespace {

Operation operation(const char *name)
{
    Operation one;
    one.name = name;
    return one;
}

TEST(RulesCertain, what_depends_on_values_or_functions_is_rehearsed)
{
    for (const char *name : {"ALTER_COLUMN_TYPE", "ADD_COLUMN", "SET_NOT_NULL", "ADD_CHECK", "ATTACH_PARTITION", "DROP_TABLE", "DROP_COLUMN", "CREATE_INDEX"})
        EXPECT_FALSE(rules_suffice({operation(name)})) << name;
}

TEST(RulesCertain, one_uncertain_operation_is_enough)
{
    EXPECT_TRUE(rules_suffice({operation("SET_STATISTICS")}));
    EXPECT_FALSE(rules_suffice({operation("SET_STATISTICS"), operation("SET_NOT_NULL")}));
}

TEST(RulesCertain, a_certain_one_of_another_role_is_rehearsed_for_its_rights)
{
    Operation one = operation("ADD_COLUMN");
    one.certain = true;
    EXPECT_TRUE(rules_suffice({one}));
    one.of_another = true;
    EXPECT_FALSE(rules_suffice({one}));
}

}  // namespace
}  // namespace hotswap::core
