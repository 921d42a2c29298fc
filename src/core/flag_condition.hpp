// Conditions of targeting rules: read and checked once, when a flag is written; asked without an error, whatever a context holds.
//
//   {"attribute": "country", "op": "in", "value": ["CH", "DE"]}     {"all": [...]}   {"any": [...]}   {"not": {...}}
//
// An attribute is a name of the context, or an array of names that leads into it. "targetingKey" is the key, unless the context
// has an attribute of that name. An attribute that is missing, or of another type than the value, makes every operator but
// "exists" false, the negative ones too; "not" only turns around what is inside it.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"

namespace hotswap::core {

// What a flag is asked about. All of it belongs to the caller.
struct FlagSubject {
    std::string_view key;
    bool has_key = false;
    const Json *context = nullptr;   // an object, or null
    const Json *key_value = nullptr; // the key as a value for rules, made by the caller so that asking allocates nothing
};

class FlagCondition {
  public:
    // ERRORS: 22023 with what was found and what is known; where: "rule 2 of flag "x"".
    static FlagCondition read(const Json &json, const std::string &where);

    bool holds(const FlagSubject &subject) const noexcept;

  private:
    enum class Kind { all, any, negation, test };
    enum class Test { eq, neq, in, not_in, gt, ge, lt, le, between, starts_with, ends_with, contains, exists,
                      semver_eq, semver_gt, semver_ge, semver_lt, semver_le };
    struct Operator;
    static const Operator kOperators[];

    static FlagCondition read_at(const Json &json, const std::string &where, int depth);
    static FlagCondition read_test(const Json &json, const std::string &where);
    void check_value(const Operator &op, const std::string &where) const;
    bool test(const Json &found) const noexcept;

    Kind kind_ = Kind::all;
    std::vector<FlagCondition> parts_;
    Test test_ = Test::exists;
    std::vector<std::string> path_;
    Json value_;
};

}  // namespace hotswap::core
