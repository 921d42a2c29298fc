// Quoting, and names that fit NAMEDATALEN. All SQL text hotswap builds goes through here.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <vector>

namespace hotswap::core {

// Always quoted: "Name" with quotes doubled. Never depends on the keyword list of a version.
std::string quote_identifier(const std::string &name);
std::string qualified(const std::string &schema, const std::string &name);
// 'text', E'..' when it holds a backslash.
std::string quote_literal(const std::string &text);
std::string quote_list(const std::vector<std::string> &names);   // "a", "b"

// A name hotswap gives to an object of its own: _hotswap_<purpose>_<name>, cut on a UTF-8 character border to
// 63 bytes with an 8-digit hash of the whole, so that two long names never meet.
std::string own_name(const std::string &purpose, const std::string &name);

}  // namespace hotswap::core
