// ATTACH, DETACH and CREATE of partitions.
// SPDX-License-Identifier: PostgreSQL
#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

using Texts = std::vector<std::string>;

PartitionChange later()
{
    PartitionChange change;
    change.parent = "\"public\".\"orders\"";
    change.child = "\"public\".\"later\"";
    change.child_name = "later";
    change.bound = "FOR VALUES FROM (1) TO (2)";
    change.check = "(id >= 1)";
    return change;
}

Plan plan_with(const PartitionChange &partition)
{
    Change change = make_change(ChangeKind::partition, "");
    change.partition = std::make_shared<PartitionChange>(partition);
    return plan_of(orders(), {change});
}

}  // namespace

TEST(PlanPartition, the_bound_is_proven_before_it_attaches)
{
    Plan plan = plan_with(later());
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "migrate validate", "switch ddl"}));
    EXPECT_EQ(plan.steps[0].action, Texts{"ALTER TABLE \"public\".\"later\" ADD CONSTRAINT \"_hotswap_bound_later\" CHECK ((id >= 1)) NOT VALID"});
    EXPECT_EQ(plan.steps[0].locks, Texts{"\"public\".\"later\""});
    EXPECT_EQ(plan.steps[2].action, (Texts{"ALTER TABLE \"public\".\"orders\" ATTACH PARTITION \"public\".\"later\" FOR VALUES FROM (1) TO (2)",
                                           "ALTER TABLE \"public\".\"later\" DROP CONSTRAINT IF EXISTS \"_hotswap_bound_later\""}));
    EXPECT_EQ(plan.steps[2].undo, Texts{"ALTER TABLE \"public\".\"orders\" DETACH PARTITION \"public\".\"later\""});
    EXPECT_EQ(plan.steps[2].locks, Texts{"\"public\".\"later\""});
}

TEST(PlanPartition, a_proof_that_is_there_spares_the_helper)
{
    PartitionChange change = later();
    change.check.clear();
    EXPECT_EQ(shape(plan_with(change)), Texts{"switch ddl"});
}

TEST(PlanPartition, the_default_partition_is_proven_as_well_and_locked)
{
    PartitionChange change = later();
    change.default_partition = "\"public\".\"rest\"";
    change.default_name = "rest";
    change.default_check = "(id < 1)";
    Plan plan = plan_with(change);
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "expand ddl", "migrate validate", "migrate validate", "switch ddl"}));
    EXPECT_EQ(plan.steps.back().locks, (Texts{"\"public\".\"later\"", "\"public\".\"rest\""}));
    EXPECT_TRUE(mentions(plan.warnings, "refused by the default partition"));
}

TEST(PlanPartition, missing_indexes_are_built_and_keys_made_of_them)
{
    PartitionChange change = later();
    change.indexes = {{"public", "later_pkey", "USING btree (id)", true, "PRIMARY KEY USING INDEX \"later_pkey\""}, {"public", "later_v_idx", "USING btree (v)", false, ""}};
    Plan plan = plan_with(change);
    EXPECT_EQ(shape(plan), (Texts{"expand ddl", "migrate validate", "migrate index_build", "migrate ddl", "migrate index_build", "switch ddl"}));
    EXPECT_EQ(plan.steps[2].action, Texts{"CREATE UNIQUE INDEX CONCURRENTLY \"later_pkey\" ON \"public\".\"later\" USING btree (id)"});
}

TEST(PlanPartition, detaching_is_concurrent_and_its_check_goes_last)
{
    PartitionChange change = later();
    change.verb = PartitionChange::Verb::detach;
    change.left_check = "later_id_check";
    Plan plan = plan_with(change);
    EXPECT_EQ(shape(plan), (Texts{"switch detach", "contract ddl"}));
    EXPECT_EQ(plan.steps[0].action[1], "ALTER TABLE \"public\".\"orders\" DETACH PARTITION \"public\".\"later\" FINALIZE");
    EXPECT_EQ(plan.steps[0].undo[0], "ALTER TABLE \"public\".\"orders\" ATTACH PARTITION \"public\".\"later\" FOR VALUES FROM (1) TO (2)");
    EXPECT_EQ(plan.steps[1].action, Texts{"ALTER TABLE \"public\".\"later\" DROP CONSTRAINT IF EXISTS \"later_id_check\""});
}

TEST(PlanPartition, beside_a_default_partition_it_is_one_short_lock)
{
    PartitionChange change = later();
    change.verb = PartitionChange::Verb::detach;
    change.has_default = true;
    change.default_partition = "\"public\".\"rest\"";
    Plan plan = plan_with(change);
    EXPECT_EQ(shape(plan), Texts{"switch ddl"});
    EXPECT_EQ(plan.steps[0].locks, (Texts{"\"public\".\"orders\"", "\"public\".\"later\"", "\"public\".\"rest\""}));
    EXPECT_TRUE(mentions(plan.warnings, R"(ACCESS EXCLUSIVE on "public"."orders", "public"."later", "public"."rest")"));
    EXPECT_TRUE(mentions(plan.warnings, R"(first empty the default partition "public"."rest")"));
}

}  // namespace hotswap::core
