// The moment a job on rows began: which row versions were there? For statements that see xmin and nothing else of a version.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hotswap::core {

class RowSnapshot {
  public:
    // Of pg_current_snapshot()::text, "xmin:xmax:running,...". ERRORS: XX000 when it is none.
    explicit RowSnapshot(const std::string &text);

    // Was a version with this xmin (32 bits) committed when the snapshot was taken? Frozen versions keep their old number:
    // one more than two billion transactions old looks young. Nothing but a job's DELETE minds, which then leaves it alone.
    bool holds(std::uint32_t xmin) const;

  private:
    std::uint32_t xmin_ = 0, xmax_ = 0;
    std::vector<std::uint32_t> running_;
};

}  // namespace hotswap::core
