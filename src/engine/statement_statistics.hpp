// What pg_stat_statements knows of the traffic of tables, where it is installed: calls a second, and statements that read * and
// break when columns change. One reading for a call of analyze, with what the caller may see.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/operation.hpp"

namespace hotswap::engine {

class StatementStatistics {
  public:
    // For the tables of operations that others would notice. Reads the statistics when there is one.
    void add_to(std::vector<core::Operation> *operations);

  private:
    struct Entry {
        std::string query;    // in small letters, spaces made one
        double calls;
        bool star;            // SELECT * or RETURNING *
    };
    void read();

    bool is_read_ = false, is_there_ = false;
    double seconds_ = 0;      // since they began
    std::vector<Entry> entries_;
};

}  // namespace hotswap::engine
