// The comments that mean something: headers of the tools people use, and metadata. Only for script.cpp.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <optional>
#include <string>

#include "core/script.hpp"
#include "core/sql_scanner.hpp"

namespace hotswap::core {

// What a line comment stands for in dbmate, goose, sql-migrate or rambler.
enum class Header { none, up, down, nothing_to_do };

// ERRORS: 22023 an unknown word after the prefix of a tool; 0A000 what hotswap cannot do.
Header read_header(const Token &comment);

// The metadata of a comment; part is left to the caller. ERRORS: 22023 when there is no JSON.
std::optional<MetadataComment> read_metadata_comment(const Token &comment);

}  // namespace hotswap::core
