// Conditions of targeting rules, asked about contexts of every kind.
// SPDX-License-Identifier: PostgreSQL
#include "core/flag_condition.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/semantic_version.hpp"

namespace hotswap::core {

namespace {

bool holds(const std::string &condition, const char *context)
{
    const Json json = parse_json(context), key = parse_json("\"key-1\"");
    return FlagCondition::read(parse_json(condition), "rule 1").holds({"key-1", true, &json, &key});
}

bool test(const std::string &op, const std::string &value, const char *found)
{
    return holds(R"({"attribute": "a", "op": ")" + op + R"(", "value": )" + value + "}", found);
}

std::string refused(const std::string &condition)
{
    try {
        (void)FlagCondition::read(parse_json(condition), "rule 1");
        return "";
    } catch (const Error &error) {
        return error.what();
    }
}

}  // namespace

TEST(FlagCondition, operators)
{
    struct {
        const char *op, *value, *yes, *no;
    } cases[] = {
        {"eq", "\"x\"", R"({"a": "x"})", R"({"a": "X"})"},
        {"eq", "1", R"({"a": 1.0})", R"({"a": "1"})"},
        {"eq", "9007199254740993", R"({"a": 9007199254740993})", R"({"a": 9007199254740992})"},
        {"eq", "null", R"({"a": null})", R"({"b": 1})"},
        {"neq", "\"x\"", R"({"a": "y"})", R"({"a": "x"})"},
        {"neq", "\"x\"", R"({"a": null})", R"({"b": 1})"},
        {"in", "[\"x\", 2, true]", R"({"a": 2})", R"({"a": false})"},
        {"in", "[\"beta\"]", R"({"a": ["x", "beta"]})", R"({"a": ["x"]})"},
        {"not_in", "[\"x\", \"y\"]", R"({"a": "z"})", R"({"a": "y"})"},
        {"not_in", "[\"x\"]", R"({"a": ["y"]})", R"({"b": 1})"},
        {"gt", "5", R"({"a": 5.1})", R"({"a": 5})"},
        {"gt", "5", R"({"a": 60})", R"({"a": "60"})"},
        {"ge", "5", R"({"a": 5})", R"({"a": 4.9})"},
        {"lt", "\"2024-01-01\"", R"({"a": "2023-12-31T23:59"})", R"({"a": "2024-01-01"})"},
        {"le", "-1", R"({"a": -1})", R"({"a": 0})"},
        {"between", "[18, 30]", R"({"a": 18})", R"({"a": 30.5})"},
        {"between", "[\"a\", \"c\"]", R"({"a": "b"})", R"({"a": 2})"},
        {"starts_with", "\"ab\"", R"({"a": "abc"})", R"({"a": "cab"})"},
        {"starts_with", "[\"x\", \"ab\"]", R"({"a": "abc"})", R"({"a": 12})"},
        {"ends_with", "\"@example.com\"", R"({"a": "me@example.com"})", R"({"a": "me@example.org"})"},
        {"contains", "\"b\"", R"({"a": "abc"})", R"({"a": "ac"})"},
        {"contains", "3", R"({"a": [1, 3]})", R"({"a": [1, "3"]})"},
        {"exists", "true", R"({"a": null})", R"({"b": 1})"},
        {"exists", "false", R"({"b": 1})", R"({"a": 0})"},
        {"semver_ge", "\"2.10.0\"", R"({"a": "2.10"})", R"({"a": "2.9.9"})"},
        {"semver_lt", "\"2.0.0\"", R"({"a": "2.0.0-rc.1"})", R"({"a": "none"})"},
        {"semver_eq", "\"1.2.3\"", R"({"a": "v1.2.3+build"})", R"({"a": 1})"},
    };
    for (const auto &c : cases) {
        EXPECT_TRUE(test(c.op, c.value, c.yes)) << c.op << " " << c.value << " " << c.yes;
        EXPECT_FALSE(test(c.op, c.value, c.no)) << c.op << " " << c.value << " " << c.no;
    }
}

TEST(FlagCondition, all_any_and_not)
{
    const std::string a = R"({"attribute": "a", "op": "eq", "value": 1})", b = R"({"attribute": "b", "op": "eq", "value": 1})";
    EXPECT_TRUE(holds("{\"all\": [" + a + "," + b + "]}", R"({"a": 1, "b": 1})"));
    EXPECT_FALSE(holds("{\"all\": [" + a + "," + b + "]}", R"({"a": 1})"));
    EXPECT_TRUE(holds("{\"any\": [" + a + "," + b + "]}", R"({"b": 1})"));
    EXPECT_TRUE(holds("{\"not\": " + a + "}", R"({"b": 1})"));
    EXPECT_FALSE(holds("{\"not\": {\"not\": " + a + "}}", "{}"));
}

TEST(FlagCondition, attributes_may_lead_into_the_context_and_the_key_is_one)
{
    const std::string path = R"({"attribute": ["device", "os"], "op": "eq", "value": "ios"})";
    EXPECT_TRUE(holds(path, R"({"device": {"os": "ios"}})"));
    EXPECT_FALSE(holds(path, R"({"device": "ios"})"));
    EXPECT_FALSE(holds(path, R"({"device": ["os"]})"));
    EXPECT_TRUE(holds(R"({"attribute": "device.os", "op": "eq", "value": 1})", R"({"device.os": 1})"));
    const std::string key = R"({"attribute": "targetingKey", "op": "starts_with", "value": "key-"})";
    EXPECT_TRUE(holds(key, "{}"));
    EXPECT_FALSE(holds(key, R"({"targetingKey": "other"})"));
}

TEST(FlagCondition, what_it_does_not_understand_is_an_error_at_once)
{
    EXPECT_EQ(refused("1"), "rule 1: a condition must be an object");
    EXPECT_EQ(refused("{}"), "rule 1: a condition must have an attribute, or be one of all, any and not");
    EXPECT_EQ(refused(R"({"or": []})"), "rule 1: unknown condition \"or\"");
    EXPECT_EQ(refused(R"({"all": []})"), "rule 1: \"all\" must be an array of conditions");
    EXPECT_EQ(refused(R"({"attribute": 1, "op": "eq", "value": 1})"), "rule 1: an attribute must be a name, or an array of names that leads into the context");
    EXPECT_EQ(refused(R"({"attribute": "a", "value": 1})"), "rule 1: a condition has no operator");
    EXPECT_EQ(refused(R"({"attribute": "a", "op": "eq"})"), "rule 1: operator \"eq\" has no value");
    EXPECT_EQ(refused(R"({"attribute": "a", "op": "in", "value": "x"})"),
              "rule 1: the value of operator \"in\" must be an array of strings, numbers, true, false or null");
    EXPECT_EQ(refused(R"({"attribute": "a", "op": "between", "value": [3, 1]})"),
              "rule 1: the value of operator \"between\" must be an array of two numbers or two strings, the lower one first");
    EXPECT_EQ(refused(R"({"attribute": "a", "op": "eq", "value": 1, "case": true})"), "rule 1: unknown key \"case\" in a condition");
    EXPECT_EQ(refused(R"({"attribute": "a", "op": "semver_gt", "value": "one"})"),
              "rule 1: the value of operator \"semver_gt\" must be a version as a string, such as \"2.10.0\"");
    std::string deep = R"({"attribute": "a", "op": "exists"})";
    for (int i = 0; i < 30; ++i)
        deep = "{\"not\": " + deep + "}";
    EXPECT_EQ(refused(deep), "rule 1: conditions are nested more than 20 levels deep");
}

TEST(SemanticVersion, order)
{
    const char *ascending[] = {"0.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
                               "1.0.0-rc.1", "1.0.0", "1.0.1", "1.9.0", "1.10.0", "2", "99999999999999999999.0.0"};
    for (std::size_t i = 0; i < std::size(ascending); ++i)
        for (std::size_t j = 0; j < std::size(ascending); ++j)
            EXPECT_EQ(version_order(ascending[i], ascending[j]), i < j ? -1 : i > j ? 1 : 0) << ascending[i] << " " << ascending[j];
    EXPECT_EQ(version_order("1.0", "v1.0.0+5"), 0);
    for (const char *wrong : {"", "v", "1.", ".1", "1..2", "1.2.3.4", "1.x", "1-", "1-a..b", "-1", "1.0-a_b"})
        EXPECT_FALSE(is_semantic_version(wrong)) << wrong;
}

TEST(Json, what_the_server_prints_is_read)
{
    const Json json = parse_json(R"({"a": [1, -2.50, 1e3, "\"\\\n\u00e9\ud83d\ude00", true, null], "": {}})");
    ASSERT_TRUE(json.is(Json::Kind::object));
    const Json &list = *json.find("a");
    EXPECT_EQ(list.items[0].whole, 1);
    EXPECT_EQ(list.items[1].text, "-2.50");
    EXPECT_FALSE(list.items[1].whole);
    EXPECT_EQ(list.items[2].number, 1000);
    EXPECT_EQ(list.items[3].text, "\"\\\n\xc3\xa9\xf0\x9f\x98\x80");
    EXPECT_TRUE(list.items[4].truth);
    EXPECT_TRUE(json.find("")->is(Json::Kind::object));
    EXPECT_EQ(json.find("b"), nullptr);
    EXPECT_EQ(parse_json("1" + std::string(400, '0')).text.size(), 401u);
    for (const char *wrong : {"", "{", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "tru", "inf", "nan", "-", "\"", "\"\\x\"", "\"\\u12\"", "1 2"})
        EXPECT_THROW(parse_json(wrong), Error) << wrong;
    EXPECT_THROW(parse_json(std::string(200, '[')), Error);
}

}  // namespace hotswap::core
