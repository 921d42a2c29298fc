// Reading the options. One table of keys: the parser, the "known keys" of an error and the two questions about kinds of
// values all come from it.
// SPDX-License-Identifier: PostgreSQL
#include "core/options.hpp"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/flag.hpp"
#include "core/json.hpp"
#include "core/maintenance_window.hpp"

namespace hotswap::core {

namespace {

enum class Kind { whole, number, boolean, duration, interval, moment, word, expressions, percentages };

struct Key {
    const char *name;
    Kind kind;
};

constexpr Key kKeys[] = {
    {"auto_contract", Kind::boolean},
    {"auto_switch", Kind::boolean},
    {"backfill", Kind::word},
    {"bake", Kind::interval},
    {"batch_size", Kind::whole},
    {"cascade", Kind::boolean},
    {"conflict", Kind::word},
    {"delay_ms", Kind::whole},
    {"deprecation", Kind::interval},
    {"down", Kind::expressions},
    {"flag", Kind::word},
    {"flag_steps", Kind::percentages},
    {"force_after", Kind::duration},
    {"force_switch", Kind::word},
    {"group", Kind::word},
    {"keep_previous", Kind::interval},
    {"lock_budget", Kind::duration},
    {"lock_timeout", Kind::duration},
    {"maintenance_window", Kind::word},
    {"max_duration", Kind::duration},
    {"max_replication_lag", Kind::duration},
    {"one_way", Kind::boolean},
    {"parallel", Kind::whole},
    {"rehearse", Kind::boolean},
    {"rollback_point", Kind::word},
    {"rollout_percentage", Kind::number},
    {"switch_at", Kind::moment},
    {"throttle_query", Kind::word},
    {"up", Kind::expressions},
};

const Key *find_key(const std::string &name)
{
    for (const Key &key : kKeys)
        if (name == key.name)
            return &key;
    return nullptr;
}

std::string known_keys()
{
    std::string keys;
    for (const Key &key : kKeys)
        keys += fmt::format("{}{}", keys.empty() ? "" : ", ", key.name);
    return fmt::format("Known options: {}.", keys);
}

[[noreturn]] void reject(const OptionValue &value, const std::string &must)
{
    throw Error(sqlstate::kInvalidParameter, fmt::format("option \"{}\" must be {}", value.key, must),
                fmt::format("Found the {} {}.", value.type, value.text.empty() ? "\"\"" : value.text), known_keys());
}

std::optional<double> read_number(const std::string &text)
{
    double number = 0;
    const char *end = text.data() + text.size();
    auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || rest != end || !std::isfinite(number))
        return std::nullopt;
    return number;
}

std::int64_t whole(const OptionValue &value, std::int64_t least, std::int64_t most)
{
    std::optional<double> number = value.type == "number" ? read_number(value.text) : std::nullopt;
    if (!number || *number != std::floor(*number) || *number < static_cast<double>(least) || *number > static_cast<double>(most))
        reject(value, fmt::format("a whole number between {} and {}", least, most));
    return static_cast<std::int64_t>(*number);
}

// The server has already turned the interval into a number of milliseconds.
double duration(const OptionValue &value)
{
    std::optional<double> number = read_number(value.text);
    if (!number || *number <= 0)
        reject(value, "a positive duration such as \"100 ms\" or \"2 hours\"");
    return *number;
}

bool boolean(const OptionValue &value)
{
    if (value.type != "boolean")
        reject(value, "true or false");
    return value.text == "true";
}

std::string interval(const OptionValue &value)
{
    if (value.type != "string")
        reject(value, "an interval in quotes such as \"24 hours\"");
    return value.text;
}

void read_bake(Options &options, const OptionValue &value)
{
    const bool word = value.type == "boolean" || is_word_for(value.key, value.text);
    if (!word && value.type != "string")
        reject(value, "an interval in quotes such as \"10 minutes\", true for the usual time, or false for none");
    options.bake = word ? "" : value.text;
    options.bake_wish = !options.bake.empty() ? BakeWish::given : value.text == "true" ? BakeWish::usual : BakeWish::none;
}

std::map<std::string, std::string> expressions(const OptionValue &value)
{
    if (value.type == "string" && !value.text.empty())
        return {{"", value.text}};
    if (value.type != "object" || value.members.empty())
        reject(value, "an SQL expression, or an object of columns and their expressions");
    for (const auto &[column, expression] : value.members)
        if (column.empty() || expression.empty())
            reject(value, "an SQL expression, or an object of columns and their expressions");
    return value.members;
}

std::string conflict(const OptionValue &value)
{
    if (value.type != "string" || (value.text != "error" && value.text != "new_wins"))
        reject(value, "\"error\" or \"new_wins\"");
    return value.text;
}

std::string query(const OptionValue &value)
{
    if (value.type != "string")
        reject(value, "a query in quotes that returns a number from 0 to 1");
    return value.text;
}

std::string backfill(const OptionValue &value)
{
    if (value.type != "string" || (value.text != "in_place" && value.text != "rewrite"))
        reject(value, "\"in_place\" or \"rewrite\"");
    return value.text;
}

std::string rollback_point(const OptionValue &value)
{
    if (value.type != "string" || (value.text != "table" && value.text != "file" && value.text != "none"))
        reject(value, "\"table\", \"file\" or \"none\"");
    return value.text;
}

std::string flag(const OptionValue &value)
{
    if (value.type != "string" || value.text.empty() || value.text.size() > 200)
        reject(value, "the name of a feature flag");
    return value.text;
}

// May be zero, unlike other durations: at once.
double patience(const OptionValue &value)
{
    std::optional<double> number = read_number(value.text);
    if (!number || *number < 0)
        reject(value, "a duration such as \"2 s\", or 0");
    return *number;
}

std::string group(const OptionValue &value)
{
    if (value.type != "string" || value.text.empty() || value.text.size() > 200)
        reject(value, "the name of a group of migrations");
    return value.text;
}

ForcePolicy policy(const OptionValue &value)
{
    if (value.type != "string")
        reject(value, "wait, cancel_idle, cancel_read_only or terminate");
    return force_policy_from_text(value.text);
}

std::string windows(const OptionValue &value)
{
    if (value.type != "string")
        reject(value, "text such as \"Mon-Fri 02:00-04:30 Europe/Berlin\"");
    (void)MaintenanceWindows::parse(value.text);
    return value.text;
}

// The server has already turned it into milliseconds since 1970, or an infinity.
double moment(const OptionValue &value)
{
    double number = 0;
    const char *end = value.text.data() + value.text.size();
    auto [rest, error] = std::from_chars(value.text.data(), end, number);
    if (value.type != "string" || error != std::errc() || rest != end || std::isnan(number))
        reject(value, "a time such as \"2026-12-01 02:00+00\", or \"infinity\"");
    return number;
}

std::vector<std::string> percentages(const OptionValue &value)
{
    const char *must = "an array of growing percentages above 0 that ends with 100, such as [10, 50, 100]";
    if (value.type != "array")
        reject(value, must);
    std::vector<std::string> steps;
    std::uint32_t before = 0;
    for (const Json &item : parse_json(value.text).items) {
        const auto buckets = item.is(Json::Kind::number) ? buckets_of_percentage(item.text) : std::nullopt;
        if (!buckets || *buckets <= before)
            reject(value, must);
        before = *buckets;
        steps.push_back(item.text);
    }
    if (before != kBuckets || steps.size() > 20)
        reject(value, must);
    return steps;
}

double percentage(const OptionValue &value)
{
    std::optional<double> number = value.type == "number" ? read_number(value.text) : std::nullopt;
    if (!number || *number <= 0 || *number > 100)
        reject(value, "a number above 0 and at most 100");
    return *number;
}

void read_one(Options &options, const OptionValue &value)
{
    const std::string &key = value.key;
    if (key == "auto_contract")
        options.auto_contract = boolean(value);
    else if (key == "auto_switch")
        options.auto_switch = boolean(value);
    else if (key == "backfill")
        options.backfill = backfill(value);
    else if (key == "bake")
        read_bake(options, value);
    else if (key == "batch_size")
        options.batch_size = whole(value, 1, 1000000);
    else if (key == "cascade")
        options.cascade = boolean(value);
    else if (key == "conflict")
        options.conflict = conflict(value);
    else if (key == "delay_ms")
        options.delay_ms = whole(value, 0, 3600000);
    else if (key == "deprecation")
        options.deprecation = interval(value);
    else if (key == "down")
        options.down = expressions(value);
    else if (key == "flag")
        options.flag = flag(value);
    else if (key == "flag_steps")
        options.flag_steps = percentages(value);
    else if (key == "force_after")
        options.force_after_ms = patience(value);
    else if (key == "force_switch")
        options.force_switch = policy(value);
    else if (key == "group")
        options.group = group(value);
    else if (key == "keep_previous")
        options.keep_previous = interval(value);
    else if (key == "lock_budget")
        options.lock_budget_ms = duration(value);
    else if (key == "lock_timeout")
        options.lock_timeout_ms = duration(value);
    else if (key == "maintenance_window")
        options.maintenance_window = windows(value);
    else if (key == "max_duration")
        options.max_duration_ms = duration(value);
    else if (key == "max_replication_lag")
        options.max_replication_lag_ms = duration(value);
    else if (key == "one_way")
        options.one_way = boolean(value);
    else if (key == "parallel")
        options.parallel = whole(value, 1, 16);
    else if (key == "rehearse")
        options.rehearse = boolean(value);
    else if (key == "rollback_point") {
        options.rollback_point = rollback_point(value);
        options.rollback_point_asked = true;
    } else if (key == "rollout_percentage")
        options.rollout_percentage = percentage(value);
    else if (key == "switch_at")
        options.switch_at_ms = moment(value);
    else if (key == "throttle_query")
        options.throttle_query = query(value);
    else if (key == "up")
        options.up = expressions(value);
}

}  // namespace

Options parse_options(const std::vector<OptionValue> &values)
{
    Options options;
    for (const OptionValue &value : values) {
        if (!find_key(value.key))
            throw Error(sqlstate::kInvalidParameter, fmt::format("unknown option \"{}\"", value.key), {}, known_keys());
        if (value.type != "null")  // as if it had not been given
            read_one(options, value);
    }
    return options;
}

bool is_moment_option(const std::string &key)
{
    const Key *found = find_key(key);
    return found && found->kind == Kind::moment;
}

void check_may_change(const std::string &key)
{
    constexpr const char *kChangeable[] = {"batch_size",  "delay_ms",           "force_after",  "force_switch",        "lock_budget",    "lock_timeout",
                                           "maintenance_window", "max_duration", "max_replication_lag", "parallel", "switch_at", "throttle_query"};
    std::string keys;
    for (const char *name : kChangeable) {
        if (key == name)
            return;
        keys += fmt::format("{}{}", keys.empty() ? "" : ", ", name);
    }
    throw Error(sqlstate::kInvalidParameter, fmt::format("option \"{}\" cannot be changed any more", key), "The plan is made.", fmt::format("These can: {}.", keys));
}

std::vector<std::string> option_names()
{
    std::vector<std::string> names;
    for (const Key &key : kKeys)
        names.emplace_back(key.name);
    return names;
}

bool is_duration_option(const std::string &key)
{
    const Key *found = find_key(key);
    return found && found->kind == Kind::duration;
}

bool is_word_for(const std::string &key, const std::string &text)
{
    return key == "bake" && (text == "true" || text == "false");
}

bool is_interval_option(const std::string &key)
{
    const Key *found = find_key(key);
    return found && found->kind == Kind::interval;
}

}  // namespace hotswap::core
