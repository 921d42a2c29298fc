// See script.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/script.hpp"

#include "bridge/guard.hpp"

extern "C" {
#include "nodes/parsenodes.h"
#include "parser/parser.h"
}

namespace hotswap::bridge {

std::vector<std::string> statements_of(const std::string &script)
{
    const char *chars = script.c_str();
    List *statements = guarded([chars] { return ::raw_parser(chars, RAW_PARSE_DEFAULT); });
    std::vector<std::string> result;
    for (int i = 0; i < list_length(statements); ++i) {
        const auto *raw = list_nth_node(RawStmt, statements, i);
        const auto start = static_cast<std::size_t>(raw->stmt_location < 0 ? 0 : raw->stmt_location);
        result.push_back(raw->stmt_len > 0 ? script.substr(start, static_cast<std::size_t>(raw->stmt_len)) : script.substr(start));
    }
    return result;
}

}  // namespace hotswap::bridge
