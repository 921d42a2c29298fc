// See flag_condition.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/flag_condition.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/semantic_version.hpp"

namespace hotswap::core {

namespace {

constexpr int kDeepest = 20;
constexpr const char *kTargetingKey = "targetingKey";

enum class Wants { scalar, list, number_or_string, pair, words, truth, version };

const char *in_words(Wants wants)
{
    switch (wants) {
    case Wants::scalar:
        return "a string, a number, true, false or null";
    case Wants::list:
        return "an array of strings, numbers, true, false or null";
    case Wants::number_or_string:
        return "a number or a string";
    case Wants::pair:
        return "an array of two numbers or two strings, the lower one first";
    case Wants::words:
        return "a string, or an array of strings";
    case Wants::truth:
        return "true or false";
    case Wants::version:
        return "a version as a string, such as \"2.10.0\"";
    }
    return "";
}

bool all_are(const Json &json, auto test)
{
    return json.is(Json::Kind::array) && !json.items.empty() && std::all_of(json.items.begin(), json.items.end(), test);
}

bool is_string(const Json &json)
{
    return json.is(Json::Kind::string);
}

bool fits(const Json &value, Wants wants)
{
    switch (wants) {
    case Wants::scalar:
        return value.is_scalar();
    case Wants::list:
        return all_are(value, [](const Json &item) { return item.is_scalar(); });
    case Wants::number_or_string:
        return is_string(value) || value.is(Json::Kind::number);
    case Wants::pair:
        return value.is(Json::Kind::array) && value.items.size() == 2 && order_of(value.items[0], value.items[1]).value_or(1) <= 0;
    case Wants::words:
        return is_string(value) || all_are(value, is_string);
    case Wants::truth:
        return value.is(Json::Kind::boolean);
    case Wants::version:
        return is_string(value) && is_semantic_version(value.text);
    }
    return false;
}

[[noreturn]] void refuse(const std::string &where, const std::string &what, const std::string &detail, const std::string &hint)
{
    throw Error(sqlstate::kInvalidParameter, where + ": " + what, detail, hint);
}

bool any_item(const Json &list, auto test) noexcept
{
    return std::any_of(list.items.begin(), list.items.end(), test);
}

// The value is one word or an array of them.
bool any_word(const Json &value, auto test) noexcept
{
    return value.is(Json::Kind::array) ? any_item(value, [&](const Json &item) { return test(item.text); }) : test(value.text);
}

bool in_list(const Json &found, const Json &list) noexcept
{
    // Of an attribute with several values, such as groups, one is enough.
    if (found.is(Json::Kind::array))
        return any_item(found, [&](const Json &one) { return one.is_scalar() && in_list(one, list); });
    return any_item(list, [&](const Json &item) { return same_scalar(found, item); });
}

bool is_comparable(const Json &found, const Json &value) noexcept
{
    return found.kind == value.kind || found.is(Json::Kind::null) || value.is(Json::Kind::null);
}

}  // namespace

struct FlagCondition::Operator {
    const char *name;
    Test test;
    Wants wants;
};

const FlagCondition::Operator FlagCondition::kOperators[] = {
    {"eq", Test::eq, Wants::scalar},
    {"neq", Test::neq, Wants::scalar},
    {"in", Test::in, Wants::list},
    {"not_in", Test::not_in, Wants::list},
    {"gt", Test::gt, Wants::number_or_string},
    {"ge", Test::ge, Wants::number_or_string},
    {"lt", Test::lt, Wants::number_or_string},
    {"le", Test::le, Wants::number_or_string},
    {"between", Test::between, Wants::pair},
    {"starts_with", Test::starts_with, Wants::words},
    {"ends_with", Test::ends_with, Wants::words},
    {"contains", Test::contains, Wants::scalar},
    {"exists", Test::exists, Wants::truth},
    {"semver_eq", Test::semver_eq, Wants::version},
    {"semver_gt", Test::semver_gt, Wants::version},
    {"semver_ge", Test::semver_ge, Wants::version},
    {"semver_lt", Test::semver_lt, Wants::version},
    {"semver_le", Test::semver_le, Wants::version},
};

FlagCondition FlagCondition::read(const Json &json, const std::string &where)
{
    return read_at(json, where, 0);
}

FlagCondition FlagCondition::read_at(const Json &json, const std::string &where, int depth)
{
    const std::string hint = "A condition is {\"attribute\": ..., \"op\": ..., \"value\": ...}, or {\"all\": [...]}, {\"any\": [...]}, {\"not\": {...}}.";
    if (depth > kDeepest)
        refuse(where, fmt::format("conditions are nested more than {} levels deep", kDeepest), "", "Split the rule into several.");
    if (!json.is(Json::Kind::object))
        refuse(where, "a condition must be an object", fmt::format("Found JSON of type {}.", to_text(json.kind)), hint);
    if (json.find("attribute"))
        return read_test(json, where);
    if (json.names.size() != 1)
        refuse(where, "a condition must have an attribute, or be one of all, any and not",
               json.names.empty() ? "Found an empty object." : fmt::format("Found: {}.", fmt::join(json.names, ", ")), hint);
    FlagCondition condition;
    const std::string &name = json.names[0];
    const Json &inner = json.items[0];
    if (name == "not") {
        condition.kind_ = Kind::negation;
        condition.parts_.push_back(read_at(inner, where, depth + 1));
        return condition;
    }
    if (name != "all" && name != "any")
        refuse(where, fmt::format("unknown condition \"{}\"", name), "", hint);
    if (!inner.is(Json::Kind::array) || inner.items.empty())
        refuse(where, fmt::format("\"{}\" must be an array of conditions", name), fmt::format("Found JSON of type {}.", to_text(inner.kind)), hint);
    condition.kind_ = name == "all" ? Kind::all : Kind::any;
    for (const Json &part : inner.items)
        condition.parts_.push_back(read_at(part, where, depth + 1));
    return condition;
}

FlagCondition FlagCondition::read_test(const Json &json, const std::string &where)
{
    FlagCondition condition;
    condition.kind_ = Kind::test;
    for (const std::string &name : json.names)
        if (name != "attribute" && name != "op" && name != "value")
            refuse(where, fmt::format("unknown key \"{}\" in a condition", name), "", "Known keys: attribute, op, value.");
    const Json &attribute = *json.find("attribute");
    if (is_string(attribute))
        condition.path_ = {attribute.text};
    else if (all_are(attribute, is_string))
        for (const Json &name : attribute.items)
            condition.path_.push_back(name.text);
    else
        refuse(where, "an attribute must be a name, or an array of names that leads into the context",
               fmt::format("Found JSON of type {}.", to_text(attribute.kind)), "For example: \"country\", or [\"device\", \"os\"].");
    const Json *op = json.find("op"), *value = json.find("value");
    std::vector<std::string> known;
    for (const Operator &one : kOperators) {
        known.emplace_back(one.name);
        if (op == nullptr || !is_string(*op) || op->text != one.name)
            continue;
        condition.test_ = one.test;
        if (value == nullptr && one.test == Test::exists) {
            condition.value_.kind = Json::Kind::boolean;
            condition.value_.truth = true;
        } else if (value == nullptr) {
            refuse(where, fmt::format("operator \"{}\" has no value", one.name), "", fmt::format("\"value\" must be {}.", in_words(one.wants)));
        } else {
            condition.value_ = *value;
        }
        condition.check_value(one, where);
        return condition;
    }
    refuse(where, op == nullptr ? "a condition has no operator" : fmt::format("unknown operator \"{}\"", op->text), "",
           fmt::format("\"op\" is one of {}.", fmt::join(known, ", ")));
}

void FlagCondition::check_value(const Operator &op, const std::string &where) const
{
    if (!fits(value_, op.wants))
        refuse(where, fmt::format("the value of operator \"{}\" must be {}", op.name, in_words(op.wants)),
               fmt::format("Found JSON of type {}{}.", to_text(value_.kind), value_.text.empty() ? "" : ": " + value_.text),
               op.wants == Wants::list ? "For one value take \"eq\"." : "");
}

bool FlagCondition::holds(const FlagSubject &subject) const noexcept
{
    switch (kind_) {
    case Kind::all:
        return std::all_of(parts_.begin(), parts_.end(), [&](const FlagCondition &part) { return part.holds(subject); });
    case Kind::any:
        return std::any_of(parts_.begin(), parts_.end(), [&](const FlagCondition &part) { return part.holds(subject); });
    case Kind::negation:
        return !parts_[0].holds(subject);
    case Kind::test:
        break;
    }
    const Json *found = subject.context;
    for (const std::string &name : path_)
        found = found != nullptr && found->is(Json::Kind::object) ? found->find(name) : nullptr;
    if (found != nullptr)
        return test(*found);
    if (subject.key_value != nullptr && path_.size() == 1 && path_[0] == kTargetingKey)
        return test(*subject.key_value);
    return test_ == Test::exists && !value_.truth;
}

bool FlagCondition::test(const Json &found) const noexcept
{
    const std::optional<int> order = order_of(found, value_);
    const auto versions = [&]() noexcept { return is_string(found) ? version_order(found.text, value_.text) : std::nullopt; };
    switch (test_) {
    case Test::eq:
        return same_scalar(found, value_);
    case Test::neq:
        return is_comparable(found, value_) && !same_scalar(found, value_);
    case Test::in:
        return in_list(found, value_);
    case Test::not_in:
        return !found.is(Json::Kind::object) && !in_list(found, value_);
    case Test::gt:
        return order && *order > 0;
    case Test::ge:
        return order && *order >= 0;
    case Test::lt:
        return order && *order < 0;
    case Test::le:
        return order && *order <= 0;
    case Test::between:
        return order_of(found, value_.items[0]).value_or(-1) >= 0 && order_of(found, value_.items[1]).value_or(1) <= 0;
    case Test::starts_with:
        return is_string(found) && any_word(value_, [&](const std::string &word) { return found.text.starts_with(word); });
    case Test::ends_with:
        return is_string(found) && any_word(value_, [&](const std::string &word) { return found.text.ends_with(word); });
    case Test::contains:
        if (found.is(Json::Kind::array))
            return any_item(found, [&](const Json &item) { return same_scalar(item, value_); });
        return is_string(found) && is_string(value_) && found.text.find(value_.text) != std::string::npos;
    case Test::exists:
        return value_.truth;
    case Test::semver_eq:
        return versions() == 0;
    case Test::semver_gt:
        return versions().value_or(-1) > 0;
    case Test::semver_ge:
        return versions().value_or(-1) >= 0;
    case Test::semver_lt:
        return versions().value_or(1) < 0;
    case Test::semver_le:
        return versions().value_or(1) <= 0;
    }
    return false;
}

}  // namespace hotswap::core
