// Where a key stands in a flag: a number that never changes, on no server, no processor and in no version of hotswap.
//
// hash_version 1, so that every client can compute the same with any library that has XXH64:
//   rollout seed = XXH64(salt, 0x00, flag name; seed 0)      bucket   = XXH64(key; rollout seed) mod 100000
//   variant seed = XXH64(salt, 0x00, flag name; seed 1)      position = XXH64(key; variant seed) mod 100000
// A key is in a rollout of p percent when its bucket is below 1000 p. So growing p only adds keys, and a seed for each flag and
// each purpose makes flags, and rollout and variant of one flag, independent of each other. Another way of counting would be
// hash_version 2; flags keep the version they were made with.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <string_view>

namespace hotswap::core {

inline constexpr std::uint32_t kBuckets = 100000;   // three decimals of a percentage
inline constexpr int kHashVersion = 1;

// XXH64 as specified by its author, on any byte order.
std::uint64_t xxh64(std::string_view bytes, std::uint64_t seed) noexcept;

struct FlagSeeds {
    std::uint64_t rollout = 0, variant = 0;
};

FlagSeeds flag_seeds(std::string_view salt, std::string_view flag);

inline std::uint32_t bucket_of(std::uint64_t seed, std::string_view key) noexcept
{
    return static_cast<std::uint32_t>(xxh64(key, seed) % kBuckets);
}

}  // namespace hotswap::core
