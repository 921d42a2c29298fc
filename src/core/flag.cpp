// See flag.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "core/flag.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"

namespace hotswap::core {

namespace {

constexpr const char *kOneRule = "A rule is {\"if\": {...}} with \"value\", \"percentage\", \"variant\" and \"name\" where wanted.";
constexpr const char *kOneVariant = "Variants are an array such as [{\"name\": \"blue\", \"weight\": 50}, {\"name\": \"green\", \"weight\": 50}].";

[[noreturn]] void refuse(const std::string &what, const std::string &detail, const std::string &hint)
{
    throw Error(sqlstate::kInvalidParameter, what, detail, hint);
}

std::string of_type(const Json &json)
{
    return fmt::format("Found JSON of type {}{}.", to_text(json.kind), json.text.empty() ? "" : ": " + json.text);
}

// Thousandths of a decimal number without an exponent. Digits after the third must be zeros.
std::optional<std::uint64_t> thousandths(std::string_view text) noexcept
{
    std::uint64_t value = 0;
    int decimals = -1;
    bool any = false;
    for (const char c : text) {
        if (c == '.' && decimals < 0) {
            decimals = 0;
            continue;
        }
        if (c < '0' || c > '9' || value > 100000000000)
            return std::nullopt;
        any = true;
        if (decimals >= 3) {
            if (c != '0')
                return std::nullopt;
            continue;
        }
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
        decimals += decimals >= 0;
    }
    for (int i = std::max(decimals, 0); i < 3; ++i)
        value *= 10;
    return any ? std::optional<std::uint64_t>(value) : std::nullopt;
}

std::vector<std::string> sorted(std::vector<std::string> keys)
{
    std::sort(keys.begin(), keys.end());
    return keys;
}

bool has(const std::vector<std::string> &keys, std::string_view key) noexcept
{
    const auto at = std::lower_bound(keys.begin(), keys.end(), key);
    return at != keys.end() && *at == key;
}

}  // namespace

std::optional<std::uint32_t> buckets_of_percentage(std::string_view text) noexcept
{
    const auto value = thousandths(text);
    return value && *value <= kBuckets ? std::optional<std::uint32_t>(static_cast<std::uint32_t>(*value)) : std::nullopt;
}

const char *to_text(FlagReason reason)
{
    switch (reason) {
    case FlagReason::static_:
        return "STATIC";
    case FlagReason::default_:
        return "DEFAULT";
    case FlagReason::targeting_match:
        return "TARGETING_MATCH";
    case FlagReason::split:
        return "SPLIT";
    case FlagReason::cached:
        return "CACHED";
    case FlagReason::disabled:
        return "DISABLED";
    case FlagReason::error:
        return "ERROR";
    case FlagReason::unknown:
        break;
    }
    return "UNKNOWN";
}

const char *to_text(FlagError error)
{
    switch (error) {
    case FlagError::flag_not_found:
        return "FLAG_NOT_FOUND";
    case FlagError::parse_error:
        return "PARSE_ERROR";
    case FlagError::targeting_key_missing:
        return "TARGETING_KEY_MISSING";
    case FlagError::invalid_context:
        return "INVALID_CONTEXT";
    case FlagError::type_mismatch:
        return "TYPE_MISMATCH";
    case FlagError::general:
        return "GENERAL";
    case FlagError::none:
        break;
    }
    return nullptr;
}

Flag::Flag(const FlagRow &row)
    : name_(row.name),
      enabled_(row.enabled),
      sticky_(row.sticky),
      allow_(sorted(row.allow_keys)),
      deny_(sorted(row.deny_keys)),
      seeds_(flag_seeds(row.salt, row.name))
{
    const auto threshold = buckets_of_percentage(row.percentage);
    if (!threshold)
        refuse(fmt::format("percentage of flag \"{}\" must be between 0 and 100, with at most three decimals", name_),
               fmt::format("Found: {}.", row.percentage), "For example: 0.5, 12.125 or 100.");
    threshold_ = *threshold;
    if (row.hash_version != kHashVersion)
        refuse(fmt::format("unknown hash_version {} of flag \"{}\"", row.hash_version, name_), "",
               fmt::format("This version of hotswap knows {}.", kHashVersion));
    for (const std::string &key : allow_)
        if (has(deny_, key))
            refuse(fmt::format("key \"{}\" of flag \"{}\" is both allowed and denied", key, name_), "It is in allow_keys and in deny_keys.",
                   "Take it out of one of them.");
    read_variants(row.variants);
    read_rules(row.rules);
    plain_ = allow_.empty() && deny_.empty() && rules_.empty() && !sticky_;
}

Flag Flag::broken(const std::string &name)
{
    Flag flag;
    flag.name_ = name;
    flag.broken_ = true;
    return flag;
}

void Flag::read_variants(const std::string &text)
{
    const Json json = parse_json(text);
    if (!json.is(Json::Kind::array))
        refuse(fmt::format("variants of flag \"{}\" must be an array", name_), of_type(json), kOneVariant);
    std::uint64_t total = 0;
    for (const Json &item : json.items) {
        const std::string where = fmt::format("variant {} of flag \"{}\"", variants_.size() + 1, name_);
        const Json *name = item.find("name"), *weight = item.find("weight");
        if (!item.is(Json::Kind::object) || name == nullptr || !name->is(Json::Kind::string) || name->text.empty())
            refuse(where + " has no name", "", kOneVariant);
        for (const std::string &key : item.names)
            if (key != "name" && key != "weight")
                refuse(fmt::format("{}: unknown key \"{}\"", where, key), "", "Known keys: name, weight.");
        if (variant_number(name->text) >= 0)
            refuse(fmt::format("{}: the name \"{}\" is taken", where, name->text), "", "Each variant needs a name of its own.");
        const auto parts = weight == nullptr ? 1000 : weight->is(Json::Kind::number) ? thousandths(weight->text) : std::nullopt;
        if (!parts || *parts > 1000000000)
            refuse(where + ": weight must be a number between 0 and 1000000, with at most three decimals", of_type(*weight), kOneVariant);
        total += *parts;
        variants_.push_back({name->text, total});
    }
    if (!variants_.empty() && total == 0)
        refuse(fmt::format("all variants of flag \"{}\" have weight 0", name_), "", "Give one of them a weight above 0.");
}

int Flag::variant_number(const std::string &name) const
{
    const auto at = std::find_if(variants_.begin(), variants_.end(), [&](const FlagVariant &variant) { return variant.name == name; });
    return at == variants_.end() ? -1 : static_cast<int>(at - variants_.begin());
}

void Flag::read_rules(const std::string &text)
{
    const Json json = parse_json(text);
    if (!json.is(Json::Kind::array))
        refuse(fmt::format("rules of flag \"{}\" must be an array", name_), of_type(json), kOneRule);
    for (const Json &item : json.items) {
        const std::string where = fmt::format("rule {} of flag \"{}\"", rules_.size() + 1, name_);
        if (!item.is(Json::Kind::object) || item.find("if") == nullptr)
            refuse(where + " has no condition", of_type(item), kOneRule);
        FlagRule rule;
        rule.when = FlagCondition::read(*item.find("if"), where);
        for (std::size_t i = 0; i < item.names.size(); ++i) {
            const std::string &key = item.names[i];
            const Json &value = item.items[i];
            if (key == "percentage") {
                const auto share = value.is(Json::Kind::number) ? buckets_of_percentage(value.text) : std::nullopt;
                if (!share)
                    refuse(where + ": percentage must be a number between 0 and 100, with at most three decimals", of_type(value), kOneRule);
                rule.threshold = *share;
            } else if (key == "value") {
                if (!value.is(Json::Kind::boolean))
                    refuse(where + ": value must be true or false", of_type(value), kOneRule);
                rule.value = value.truth;
            } else if (key == "variant") {
                rule.variant = variant_number(value.text);
                if (!value.is(Json::Kind::string) || rule.variant < 0)
                    refuse(where + ": there is no such variant", of_type(value), "Name one of the flag's variants.");
            } else if (key != "if" && key != "name") {
                refuse(fmt::format("{}: unknown key \"{}\"", where, key), "", "Known keys: if, value, percentage, variant, name.");
            }
        }
        if (!rule.value && (rule.threshold != kBuckets || rule.variant >= 0))
            refuse(where + ": a percentage or a variant belongs to the value true", "Found it beside \"value\": false.",
                   "Turn the rule around, or leave it out.");
        rules_.push_back(std::move(rule));
    }
}

bool Flag::wants_assignment(std::string_view key) const noexcept
{
    return sticky_ && enabled_ && !broken_ && !has(deny_, key) && !has(allow_, key);
}

std::string_view Flag::variant_of(const FlagSubject &subject) const noexcept
{
    if (variants_.empty())
        return {};
    // Without a key there is nothing to split by: the first one that has a weight.
    const std::uint64_t total = variants_.back().upto;
    const std::uint64_t position = subject.has_key ? bucket_of(seeds_.variant, subject.key) * total / kBuckets : 0;
    return std::find_if(variants_.begin(), variants_.end(), [&](const FlagVariant &variant) { return position < variant.upto; })->name;
}

// whole: the reason when there is nothing to split.
FlagAnswer Flag::by_share(std::uint32_t threshold, FlagReason whole, const FlagSubject &subject) const noexcept
{
    const bool splits = threshold > 0 && threshold < kBuckets;
    if (splits && !subject.has_key)
        return {false, {}, FlagReason::error, FlagError::targeting_key_missing};
    const bool value = splits ? bucket_of(seeds_.rollout, subject.key) < threshold : threshold == kBuckets;
    return {value, value ? variant_of(subject) : std::string_view(), splits ? FlagReason::split : whole, FlagError::none};
}

FlagAnswer Flag::answer(const FlagSubject &subject, const std::optional<std::string_view> &assigned) const noexcept
{
    if (broken_)
        return {false, {}, FlagReason::error, FlagError::parse_error};
    if (!enabled_)
        return {false, {}, FlagReason::disabled, FlagError::none};
    if (subject.has_key && has(deny_, subject.key))
        return {false, {}, FlagReason::targeting_match, FlagError::none};
    if (subject.has_key && has(allow_, subject.key))
        return {true, variant_of(subject), FlagReason::targeting_match, FlagError::none};
    if (assigned)
        return {true, *assigned, FlagReason::cached, FlagError::none};
    for (const FlagRule &rule : rules_) {
        if (!rule.when.holds(subject))
            continue;
        if (!rule.value)
            return {false, {}, FlagReason::targeting_match, FlagError::none};
        FlagAnswer answer = by_share(rule.threshold, FlagReason::targeting_match, subject);
        if (answer.value && rule.variant >= 0)
            answer.variant = variants_[static_cast<std::size_t>(rule.variant)].name;
        return answer;
    }
    const bool fixed = threshold_ == kBuckets && allow_.empty() && deny_.empty() && rules_.empty();
    return by_share(threshold_, fixed ? FlagReason::static_ : FlagReason::default_, subject);
}

}  // namespace hotswap::core
