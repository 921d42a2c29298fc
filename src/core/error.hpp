// The one error type of hotswap's own code. Core throws it, bridge/boundary turns it into
// an ereport with the same SQLSTATE, detail, hint and cursor position.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace hotswap::core {

// SQLSTATEs hotswap raises by itself (PostgreSQL's own errors travel unchanged).
namespace sqlstate {
inline constexpr const char *kFeatureNotSupported = "0A000";
inline constexpr const char *kInvalidParameter = "22023";
inline constexpr const char *kUndefinedObject = "42704";
inline constexpr const char *kUndefinedColumn = "42703";
inline constexpr const char *kUndefinedTable = "42P01";
inline constexpr const char *kDuplicateColumn = "42701";
inline constexpr const char *kDuplicateObject = "42710";
inline constexpr const char *kWrongState = "55000";       // object_not_in_prerequisite_state
inline constexpr const char *kObjectInUse = "55006";      // object_in_use
inline constexpr const char *kInsufficientPrivilege = "42501";
inline constexpr const char *kDualWriteConflict = "23000"; // integrity_constraint_violation
inline constexpr const char *kWrongObjectType = "42809";
inline constexpr const char *kInternal = "XX000";
}  // namespace sqlstate

// What went wrong (message, lower case, no full stop), what was found (detail, a sentence)
// and what to type (hint, a sentence). position is the 1-based character in the user's DDL, 0 when unknown.
class Error : public std::runtime_error {
  public:
    Error(std::string state, const std::string &message, std::string detail = {}, std::string hint = {}, int position = 0)
        : std::runtime_error(message),
          sqlstate_(std::move(state)),
          detail_(std::move(detail)),
          hint_(std::move(hint)),
          position_(position)
    {
    }

    const std::string &sqlstate() const { return sqlstate_; }
    const std::string &detail() const { return detail_; }
    const std::string &hint() const { return hint_; }
    int position() const { return position_; }
    const std::string &query() const { return query_; }   // the text position points into, when that is not the user's whole statement
    void set_query(std::string query, int position)
    {
        query_ = std::move(query);
        position_ = position;
    }

  private:
    std::string sqlstate_;
    std::string detail_;
    std::string hint_;
    int position_;
    std::string query_;
};

}  // namespace hotswap::core
