// What an UPDATE or DELETE in chunks, or the fill of a new column, remembers beside its chunks: the moment it began, the length of one pass over the table,
// the transactions that wrote its rows, and how many rows it left alone.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "bridge/sql.hpp"
#include "store/chunks.hpp"

namespace hotswap::store {

struct RowsJob {
    std::string began_at;             // snapshot; empty before the first executor
    std::int64_t pass_blocks = 0;     // blocks of one pass; the range of the step is a multiple of it
    std::int64_t blocks_total = 0;
};

RowsJob load_rows_job(bridge::Sql &sql, const std::string &migration, int step_no);
// REQUIRES: the step's row is locked.
void begin_rows_job(bridge::Sql &sql, const std::string &migration, int step_no, std::int64_t pass_blocks);
void add_pass(bridge::Sql &sql, const std::string &migration, int step_no, std::int64_t blocks);
// In the transaction that changed the rows, after finish_chunk.
void rows_written(bridge::Sql &sql, const std::string &migration, int step_no, const Chunk &chunk, std::int64_t left);
void rows_swept(bridge::Sql &sql, const std::string &migration, int step_no, std::int64_t changed);   // at the end, by no chunk
std::set<std::uint32_t> row_writers(bridge::Sql &sql, const std::string &migration, int step_no);
std::int64_t changed_from(bridge::Sql &sql, const std::string &migration, int step_no, std::int64_t block);
std::int64_t rows_left(bridge::Sql &sql, const std::string &migration, int step_no);

}  // namespace hotswap::store
