// What a flag answers: order of evaluation, shares that only grow, flags and variants that know nothing of each other.
// SPDX-License-Identifier: PostgreSQL
#include "core/flag.hpp"

#include <gtest/gtest.h>

#include <map>

#include "core/error.hpp"

namespace hotswap::core {

namespace {

FlagRow on(const std::string &name, const std::string &percentage)
{
    FlagRow row;
    row.name = name;
    row.enabled = true;
    row.percentage = percentage;
    return row;
}

FlagSubject key(std::string_view text)
{
    return {text, true, nullptr, nullptr};
}

FlagAnswer ask(const FlagRow &row, std::string_view text, const char *context = "{}")
{
    static Json json;   // the answer may outlive this call, the context not
    json = parse_json(context);
    Json key_value;
    key_value.kind = Json::Kind::string;
    key_value.text = text;
    static Flag flag = Flag::broken("");
    flag = Flag(row);
    return flag.answer({text, true, &json, &key_value});
}

std::string refused(const FlagRow &row)
{
    try {
        const Flag flag(row);
        return "";
    } catch (const Error &error) {
        EXPECT_EQ(error.sqlstate(), "22023");
        return error.what();
    }
}

}  // namespace

TEST(Flag, percentages_have_three_decimals)
{
    EXPECT_EQ(buckets_of_percentage("0"), 0u);
    EXPECT_EQ(buckets_of_percentage("0.001"), 1u);
    EXPECT_EQ(buckets_of_percentage("12.5"), 12500u);
    EXPECT_EQ(buckets_of_percentage("100.000"), kBuckets);
    EXPECT_EQ(buckets_of_percentage("50.0000"), 50000u);
    for (const char *wrong : {"", "-1", "100.001", "0.0001", "1e2", "NaN", ".", "99999999999999999999", "5 "})
        EXPECT_EQ(buckets_of_percentage(wrong), std::nullopt) << wrong;
}

TEST(Flag, growing_only_adds_keys)
{
    const char *shares[] = {"0", "0.001", "1", "10", "10.001", "33.333", "50", "99.999", "100"};
    for (int i = 0; i < 5000; ++i) {
        bool before = false;
        for (const char *share : shares) {
            const Flag flag(on("grows", share));
            const bool now = flag.answer(key(std::to_string(i))).value;
            EXPECT_TRUE(now || !before) << i << " left at " << share;
            EXPECT_EQ(now, flag.plain_answer(std::to_string(i), true));
            before = now;
        }
        EXPECT_TRUE(before);
    }
}

TEST(Flag, going_there_and_back_moves_only_the_keys_between)
{
    const Flag ten(on("f", "10")), twenty(on("f", "20")), again(on("f", "10"));
    const FlagSeeds seeds = flag_seeds("", "f");
    int moved = 0;
    for (int i = 0; i < 100000; ++i) {
        const std::string text = std::to_string(i);
        const std::uint32_t bucket = bucket_of(seeds.rollout, text);
        EXPECT_EQ(ten.answer(key(text)).value, again.answer(key(text)).value);
        const bool differs = ten.answer(key(text)).value != twenty.answer(key(text)).value;
        EXPECT_EQ(differs, bucket >= 10000 && bucket < 20000);
        moved += differs;
    }
    EXPECT_NEAR(moved, 10000, 450);
}

TEST(Flag, two_flags_are_independent)
{
    const Flag a(on("a", "50")), b(on("b", "50"));
    FlagRow salted = on("a", "50");
    salted.salt = "again";
    const Flag c(salted);
    int both = 0, resalted = 0;
    for (int i = 0; i < 100000; ++i) {
        const std::string text = std::to_string(i);
        both += a.answer(key(text)).value && b.answer(key(text)).value;
        resalted += a.answer(key(text)).value && c.answer(key(text)).value;
    }
    EXPECT_NEAR(both, 25000, 1000);
    EXPECT_NEAR(resalted, 25000, 1000);
}

TEST(Flag, variants_have_their_weights_in_every_part_of_a_rollout)
{
    FlagRow row = on("colours", "20");
    row.variants = R"([{"name": "blue", "weight": 50}, {"name": "green", "weight": 30}, {"name": "none", "weight": 0}, {"name": "red", "weight": 20}])";
    const Flag part(row);
    row.percentage = "100";
    const Flag whole(row);
    std::map<std::string, int> counts;
    int in = 0;
    for (int i = 0; i < 100000; ++i) {
        const std::string text = std::to_string(i);
        const FlagAnswer answer = part.answer(key(text));
        EXPECT_EQ(answer.variant.empty(), !answer.value);
        if (!answer.value)
            continue;
        ++in;
        ++counts[std::string(answer.variant)];
        EXPECT_EQ(answer.variant, whole.answer(key(text)).variant);   // a larger share changes nobody's variant
    }
    EXPECT_NEAR(counts["blue"], in * 0.5, in * 0.02);
    EXPECT_NEAR(counts["green"], in * 0.3, in * 0.02);
    EXPECT_NEAR(counts["red"], in * 0.2, in * 0.02);
    EXPECT_EQ(counts["none"], 0);
}

TEST(Flag, kill_switch_before_key_before_assignment_before_rule_before_percentage)
{
    FlagRow row = on("order", "0");
    row.sticky = true;
    row.allow_keys = {"friend", "both"};
    row.deny_keys = {"foe"};
    row.rules = R"([{"if": {"attribute": "country", "op": "eq", "value": "CH"}}, {"if": {"attribute": "country", "op": "exists"}, "value": false}])";
    const Flag flag(row);
    const Json swiss = parse_json(R"({"country": "CH"})"), german = parse_json(R"({"country": "DE"})");
    const auto reason = [&](const char *text, const Json *context, std::optional<std::string_view> assigned = {}) {
        const FlagAnswer answer = flag.answer({text, true, context, nullptr}, assigned);
        return std::string(to_text(answer.reason)) + (answer.value ? " on" : " off");
    };
    EXPECT_EQ(reason("friend", &german), "TARGETING_MATCH on");
    EXPECT_EQ(reason("foe", &swiss, ""), "TARGETING_MATCH off");
    EXPECT_EQ(reason("x", &german, ""), "CACHED on");
    EXPECT_EQ(reason("x", &swiss), "TARGETING_MATCH on");
    EXPECT_EQ(reason("x", &german), "TARGETING_MATCH off");
    EXPECT_EQ(reason("x", nullptr), "DEFAULT off");
    EXPECT_TRUE(flag.wants_assignment("x"));
    EXPECT_FALSE(flag.wants_assignment("foe"));
    row.enabled = false;
    const Flag killed(row);
    EXPECT_FALSE(killed.wants_assignment("x"));
    EXPECT_EQ(killed.answer(key("friend"), "").reason, FlagReason::disabled);
    EXPECT_FALSE(killed.answer(key("friend"), "").value);
}

TEST(Flag, reasons_and_errors_are_those_of_openfeature)
{
    EXPECT_EQ(ask(on("f", "100"), "1").reason, FlagReason::static_);
    EXPECT_EQ(ask(on("f", "0"), "1").reason, FlagReason::default_);
    EXPECT_EQ(ask(on("f", "50"), "1").reason, FlagReason::split);
    const FlagAnswer keyless = Flag(on("f", "50")).answer({});
    EXPECT_FALSE(keyless.value);
    EXPECT_EQ(keyless.error, FlagError::targeting_key_missing);
    EXPECT_TRUE(Flag(on("f", "100")).answer({}).value);
    EXPECT_EQ(Flag::broken("f").answer(key("1")).error, FlagError::parse_error);
    EXPECT_FALSE(Flag::broken("f").is_plain());
    EXPECT_STREQ(to_text(FlagError::targeting_key_missing), "TARGETING_KEY_MISSING");
    EXPECT_EQ(to_text(FlagError::none), nullptr);
    EXPECT_STREQ(to_text(FlagReason::static_), "STATIC");
}

TEST(Flag, a_rule_may_have_a_share_and_a_variant_of_its_own)
{
    FlagRow row = on("f", "0");
    row.variants = R"([{"name": "a"}, {"name": "b", "weight": 0}])";
    row.rules = R"([{"name": "beta", "if": {"attribute": "beta", "op": "eq", "value": true}, "percentage": 30, "variant": "b"}])";
    int in = 0;
    for (int i = 0; i < 10000; ++i) {
        const std::string text = std::to_string(i);
        const FlagAnswer answer = ask(row, text, R"({"beta": true})");
        EXPECT_EQ(answer.reason, FlagReason::split);
        EXPECT_EQ(answer.variant, answer.value ? "b" : "");
        in += answer.value;
        EXPECT_EQ(answer.value, bucket_of(flag_seeds("", "f").rollout, text) < 30000);
    }
    EXPECT_NEAR(in, 3000, 200);
    EXPECT_EQ(ask(row, "1", R"({"beta": false})").reason, FlagReason::default_);
}

TEST(Flag, what_could_not_be_evaluated_is_refused_when_it_is_written)
{
    const auto with_rules = [](const char *rules) {
        FlagRow row = on("f", "50");
        row.rules = rules;
        return refused(row);
    };
    const auto with_variants = [](const char *variants) {
        FlagRow row = on("f", "50");
        row.variants = variants;
        return refused(row);
    };
    EXPECT_EQ(refused(on("f", "100.5")), "percentage of flag \"f\" must be between 0 and 100, with at most three decimals");
    EXPECT_EQ(with_rules("{}"), "rules of flag \"f\" must be an array");
    EXPECT_EQ(with_rules("[{}]"), "rule 1 of flag \"f\" has no condition");
    EXPECT_EQ(with_rules(R"([{"if": {"attribute": "a", "op": "exists"}}, {"if": {"attribute": "a", "op": "is", "value": 1}}])"),
              "rule 2 of flag \"f\": unknown operator \"is\"");
    EXPECT_EQ(with_rules(R"([{"if": {"attribute": "a", "op": "exists"}, "then": 1}])"), "rule 1 of flag \"f\": unknown key \"then\"");
    EXPECT_EQ(with_rules(R"([{"if": {"attribute": "a", "op": "exists"}, "variant": "x"}])"), "rule 1 of flag \"f\": there is no such variant");
    EXPECT_EQ(with_rules(R"([{"if": {"attribute": "a", "op": "exists"}, "value": false, "percentage": 5}])"),
              "rule 1 of flag \"f\": a percentage or a variant belongs to the value true");
    EXPECT_EQ(with_variants(R"([{"weight": 5}])"), "variant 1 of flag \"f\" has no name");
    EXPECT_EQ(with_variants(R"([{"name": "a", "weight": 0}])"), "all variants of flag \"f\" have weight 0");
    EXPECT_EQ(with_variants(R"([{"name": "a"}, {"name": "a"}])"), "variant 2 of flag \"f\": the name \"a\" is taken");
    EXPECT_EQ(with_variants(R"([{"name": "a", "weight": -1}])"),
              "variant 1 of flag \"f\": weight must be a number between 0 and 1000000, with at most three decimals");
    FlagRow both = on("f", "50");
    both.allow_keys = both.deny_keys = {"x"};
    EXPECT_EQ(refused(both), "key \"x\" of flag \"f\" is both allowed and denied");
    both = on("f", "50");
    both.hash_version = 2;
    EXPECT_EQ(refused(both), "unknown hash_version 2 of flag \"f\"");
}

}  // namespace hotswap::core
