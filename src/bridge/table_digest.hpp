// Sums up what rows hold, so that a table and its twin can be compared chunk by chunk in one pass over each, without looking a
// single row up. Sums do not depend on the order of the rows.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bridge/table_copy.hpp"

namespace hotswap::bridge {

struct Digest {
    std::uint64_t sum = 0;
    std::int64_t rows = 0;
    bool sure = true;                  // false: rows whose age their xmin does not tell; the sum says nothing then
    std::vector<std::string> others;   // places of rows that the copy did not take (table) or did not make (twin)

    void add(const Digest &more);
};

struct DigestColumns {
    std::vector<CopyColumn> computed;      // as for the copy
    std::vector<std::string> unstable;     // left out of the sums
    std::vector<CopyColumn> key;           // how the log's key becomes the twin's
};

// All at the active snapshot. REQUIRES: a transaction with the rights of the table's owner, security-restricted.
// Images of the twin's keys for the entries of the log: rows with these keys are left out on both sides.
std::vector<std::uint64_t> logged_keys(unsigned log, unsigned twin, const DigestColumns &columns);
// Rows of the table in these blocks as the twin should hold them; others: those that came after the log began.
Digest digest_table(unsigned table, unsigned twin, const DigestColumns &columns, const std::string &began_at,
                    const std::vector<std::uint64_t> &without, std::int64_t block_from, std::int64_t block_to);
// Rows of the twin in these blocks that one of these transactions wrote.
Digest digest_twin(unsigned twin, const DigestColumns &columns, std::vector<std::uint32_t> writers, const std::vector<std::uint64_t> &without,
                   std::int64_t block_from, std::int64_t block_to);
// Places of the twin's rows in these blocks that none of these transactions wrote.
std::vector<std::string> written_by_others(unsigned twin, std::vector<std::uint32_t> writers, std::int64_t block_from, std::int64_t block_to);

}  // namespace hotswap::bridge
