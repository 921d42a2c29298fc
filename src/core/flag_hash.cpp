// See flag_hash.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/flag_hash.hpp"

#include <bit>
#include <string>

namespace hotswap::core {

namespace {

constexpr std::uint64_t kPrime1 = 11400714785074694791u, kPrime2 = 14029467366897019727u, kPrime3 = 1609587929392839161u,
                        kPrime4 = 9650029242287828579u, kPrime5 = 2870177450012600261u;

// Byte by byte, so that neither alignment nor byte order matters; compilers make one load of it.
template <int Bytes> std::uint64_t little_endian(const char *at) noexcept
{
    std::uint64_t value = 0;
    for (int i = 0; i < Bytes; ++i)
        value |= static_cast<std::uint64_t>(static_cast<unsigned char>(at[i])) << (8 * i);
    return value;
}

std::uint64_t round(std::uint64_t lane, std::uint64_t input) noexcept
{
    return std::rotl(lane + input * kPrime2, 31) * kPrime1;
}

std::uint64_t merge(std::uint64_t hash, std::uint64_t lane) noexcept
{
    return (hash ^ round(0, lane)) * kPrime1 + kPrime4;
}

}  // namespace

std::uint64_t xxh64(std::string_view bytes, std::uint64_t seed) noexcept
{
    const char *at = bytes.data();
    std::size_t left = bytes.size();
    std::uint64_t hash;
    if (left >= 32) {
        std::uint64_t lanes[4] = {seed + kPrime1 + kPrime2, seed + kPrime2, seed, seed - kPrime1};
        for (; left >= 32; left -= 32)
            for (std::uint64_t &lane : lanes) {
                lane = round(lane, little_endian<8>(at));
                at += 8;
            }
        hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) + std::rotl(lanes[3], 18);
        for (const std::uint64_t lane : lanes)
            hash = merge(hash, lane);
    } else {
        hash = seed + kPrime5;
    }
    hash += bytes.size();
    for (; left >= 8; left -= 8, at += 8)
        hash = std::rotl(hash ^ round(0, little_endian<8>(at)), 27) * kPrime1 + kPrime4;
    if (left >= 4) {
        hash = std::rotl(hash ^ (little_endian<4>(at) * kPrime1), 23) * kPrime2 + kPrime3;
        at += 4;
        left -= 4;
    }
    for (; left > 0; --left, ++at)
        hash = std::rotl(hash ^ (little_endian<1>(at) * kPrime5), 11) * kPrime1;
    hash = (hash ^ (hash >> 33)) * kPrime2;
    hash = (hash ^ (hash >> 29)) * kPrime3;
    return hash ^ (hash >> 32);
}

FlagSeeds flag_seeds(std::string_view salt, std::string_view flag)
{
    // No text of the server has a zero byte, so that no salt and name together look like two others.
    std::string text(salt);
    text += '\0';
    text += flag;
    return {xxh64(text, 0), xxh64(text, 1)};
}

}  // namespace hotswap::core
