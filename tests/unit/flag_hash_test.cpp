// Buckets of keys. These numbers are a promise: an application's users must not move because of an upgrade or another processor.
// SPDX-License-Identifier: PostgreSQL
#include "core/flag_hash.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hotswap::core {

TEST(FlagHash, agrees_with_the_published_vectors_of_xxh64)
{
    struct {
        const char *text;
        std::uint64_t seed, hash;
    } vectors[] = {
        {"", 0, 0xef46db3751d8e999u},
        {"a", 0, 0xd24ec4f1a98c6e5bu},
        {"as", 0, 0x1c330fb2d66be179u},
        {"asd", 0, 0x631c37ce72a97393u},
        {"asdf", 0, 0x415872f599cea71eu},
        {"abc", 0, 0x44bc2cf5ad770999u},
        {"Nobody inspects the spammish repetition", 0, 0xfbcea83c8a378bf1u},
        {"Call me Ishmael. Some years ago--never mind how long precisely-", 0, 0x02a2e85470d6fd96u},
        {"", 2654435761u, 0xac75fda2929b17efu},
        {"a", 2654435761u, 0x393da8b78992279bu},
        {"Call me Ishmael. Some years ago--never mind how long precisely-", 2654435761u, 0xca566a8d7cc04a49u},
    };
    for (const auto &v : vectors)
        EXPECT_EQ(xxh64(v.text, v.seed), v.hash) << v.text;
}

TEST(FlagHash, places_of_keys_never_change)
{
    struct {
        const char *salt, *flag, *key;
        std::uint32_t bucket, position;
    } golden[] = {
        {"", "new_search_algorithm", "42", 54349, 16924},
        {"", "new_search_algorithm", "43", 10040, 21014},
        {"", "new_search_algorithm", "", 22794, 85141},
        {"", "use_new_email", "42", 83626, 11345},
        {"s2", "new_search_algorithm", "42", 82259, 87113},
        {"", "new_search_algorithm", "550e8400-e29b-41d4-a716-446655440000", 57113, 78},
        {"", "Pr\xc3\xbc" "fung", "Z\xc3\xbcrich", 84022, 97741},
    };
    for (const auto &g : golden) {
        const FlagSeeds seeds = flag_seeds(g.salt, g.flag);
        EXPECT_EQ(bucket_of(seeds.rollout, g.key), g.bucket) << g.flag << " " << g.key;
        EXPECT_EQ(bucket_of(seeds.variant, g.key), g.position) << g.flag << " " << g.key;
    }
}

TEST(FlagHash, salt_and_name_do_not_run_into_each_other)
{
    EXPECT_NE(flag_seeds("a", "bc").rollout, flag_seeds("ab", "c").rollout);
    EXPECT_NE(flag_seeds("", "ab").rollout, flag_seeds("ab", "").rollout);
}

TEST(FlagHash, keys_spread_evenly_over_the_buckets)
{
    const std::uint64_t seed = flag_seeds("", "spread").rollout;
    int tenth[10] = {};
    for (int i = 0; i < 100000; ++i)
        ++tenth[bucket_of(seed, std::to_string(i)) / (kBuckets / 10)];
    for (const int n : tenth)   // 10000 each; the standard deviation is 95
        EXPECT_NEAR(n, 10000, 450);
}

}  // namespace hotswap::core
