// Options: what is accepted, and errors that let the user type the right thing.
// SPDX-License-Identifier: PostgreSQL
#include "core/options.hpp"

#include <cmath>

#include "facts_builder.hpp"

namespace hotswap::core {

namespace {

Options parse(const std::string &key, const std::string &type, const std::string &text)
{
    return parse_options({{key, type, text, {}}});
}

Error reject(const std::string &key, const std::string &type, const std::string &text)
{
    return error_of([&] { parse(key, type, text); });
}

}  // namespace

TEST(Options, without_any_the_defaults_hold)
{
    Options options = parse_options({});
    EXPECT_TRUE(options.auto_switch);
    EXPECT_FALSE(options.auto_contract);
    EXPECT_EQ(options.keep_previous, "24 hours");
    EXPECT_EQ(options.conflict, "error");
    EXPECT_DOUBLE_EQ(options.rollout_percentage, 100);
    EXPECT_FALSE(options.batch_size);
}

TEST(Options, every_known_key_reaches_its_member)
{
    Options options = parse_options({{"batch_size", "number", "500", {}},
                                     {"delay_ms", "number", "20", {}},
                                     {"max_duration", "string", "7200000", {}},
                                     {"rollout_percentage", "number", "12.5", {}},
                                     {"lock_timeout", "string", "50", {}},
                                     {"lock_budget", "string", "30000", {}},
                                     {"max_replication_lag", "string", "1000", {}},
                                     {"auto_switch", "boolean", "false", {}},
                                     {"auto_contract", "boolean", "true", {}},
                                     {"keep_previous", "string", "2 days", {}},
                                     {"parallel", "number", "4", {}},
                                     {"bake", "string", "1 hour", {}},
                                     {"conflict", "string", "new_wins", {}},
                                     {"deprecation", "string", "30 days", {}},
                                     {"throttle_query", "string", "SELECT 0", {}},
                                     {"up", "string", "a + 1", {}},
                                     {"down", "object", "{...}", {{"a", "b - 1"}}}});
    EXPECT_EQ(options.batch_size, 500);
    EXPECT_EQ(options.delay_ms, 20);
    EXPECT_EQ(options.max_duration_ms, 7200000);
    EXPECT_DOUBLE_EQ(options.rollout_percentage, 12.5);
    EXPECT_EQ(options.lock_timeout_ms, 50);
    EXPECT_EQ(options.lock_budget_ms, 30000);
    EXPECT_EQ(options.max_replication_lag_ms, 1000);
    EXPECT_FALSE(options.auto_switch);
    EXPECT_TRUE(options.auto_contract);
    EXPECT_EQ(options.keep_previous, "2 days");
    EXPECT_EQ(options.parallel, 4);
    EXPECT_EQ(options.bake, "1 hour");
    EXPECT_EQ(options.conflict, "new_wins");
    EXPECT_EQ(options.deprecation, "30 days");
    EXPECT_EQ(options.throttle_query, "SELECT 0");
    EXPECT_EQ(options.up.at(""), "a + 1");
    EXPECT_EQ(options.down.at("a"), "b - 1");
}

TEST(Options, an_unknown_key_is_an_error_that_lists_the_known_ones)
{
    Error error = reject("batchsize", "number", "1");
    EXPECT_EQ(error.sqlstate(), "22023");
    EXPECT_STREQ(error.what(), "unknown option \"batchsize\"");
    EXPECT_EQ(
        error.hint(),
        "Known options: auto_contract, auto_switch, backfill, bake, batch_size, cascade, conflict, delay_ms, deprecation, down, "
        "flag, flag_steps, force_after, force_switch, group, keep_previous, lock_budget, lock_timeout, maintenance_window, max_duration, "
        "max_replication_lag, one_way, parallel, rehearse, rollback_point, rollout_percentage, switch_at, throttle_query, up.");
}

TEST(Options, a_value_out_of_range_names_the_key_the_range_and_what_was_found)
{
    Error error = reject("batch_size", "number", "0");
    EXPECT_EQ(error.sqlstate(), "22023");
    EXPECT_STREQ(error.what(), "option \"batch_size\" must be a whole number between 1 and 1000000");
    EXPECT_EQ(error.detail(), "Found the number 0.");
    EXPECT_EQ(reject("parallel", "number", "17").sqlstate(), "22023");
    EXPECT_EQ(reject("delay_ms", "number", "-1").sqlstate(), "22023");
    EXPECT_EQ(reject("batch_size", "number", "1.5").sqlstate(), "22023");
    EXPECT_EQ(reject("rollout_percentage", "number", "0").sqlstate(), "22023");
    EXPECT_EQ(reject("rollout_percentage", "number", "100.1").sqlstate(), "22023");
    EXPECT_EQ(reject("lock_timeout", "string", "0").sqlstate(), "22023");
}

TEST(Options, a_value_of_the_wrong_type_is_rejected)
{
    EXPECT_EQ(reject("auto_switch", "string", "true").sqlstate(), "22023");
    EXPECT_EQ(reject("keep_previous", "number", "24").sqlstate(), "22023");
    EXPECT_EQ(reject("up", "number", "1").sqlstate(), "22023");
    EXPECT_EQ(reject("up", "string", "").sqlstate(), "22023");
    EXPECT_EQ(reject("up", "object", "{}").sqlstate(), "22023");
    EXPECT_EQ(reject("conflict", "string", "old_wins").sqlstate(), "22023");
    EXPECT_EQ(reject("batch_size", "string", "10").sqlstate(), "22023");
}

TEST(Options, say_when_a_migration_switches_and_at_whose_cost)
{
    EXPECT_FALSE(parse_options({}).switch_at_ms);
    EXPECT_DOUBLE_EQ(*parse("switch_at", "string", "1796090400000").switch_at_ms, 1796090400000.0);
    EXPECT_TRUE(std::isinf(*parse("switch_at", "string", "Infinity").switch_at_ms));
    EXPECT_EQ(reject("switch_at", "number", "1").sqlstate(), "22023");
    EXPECT_EQ(*parse("maintenance_window", "string", "Sat 00:00-24:00").maintenance_window, "Sat 00:00-24:00");
    EXPECT_EQ(*parse("maintenance_window", "string", "").maintenance_window, "");
    EXPECT_EQ(reject("maintenance_window", "string", "Sat").sqlstate(), "22023");
    EXPECT_EQ(parse("force_switch", "string", "cancel_idle").force_switch, ForcePolicy::cancel_idle);
    EXPECT_EQ(reject("force_switch", "string", "kill").sqlstate(), "22023");
    EXPECT_DOUBLE_EQ(parse("force_after", "string", "0").force_after_ms, 0);
    EXPECT_EQ(reject("force_after", "number", "-1").sqlstate(), "22023");
    EXPECT_EQ(parse("group", "string", "release-42").group, "release-42");
    EXPECT_EQ(reject("group", "string", "").sqlstate(), "22023");
}

TEST(Options, some_can_be_changed_while_the_migration_is_under_way)
{
    for (const char *key : {"batch_size", "switch_at", "force_switch", "maintenance_window"})
        check_may_change(key);
    const Error error = error_of([] { check_may_change("up"); });
    EXPECT_EQ(error.sqlstate(), "22023");
    EXPECT_NE(error.hint().find("batch_size, delay_ms"), std::string::npos);
}

TEST(Options, null_is_as_if_not_given)
{
    EXPECT_EQ(parse("keep_previous", "null", "").keep_previous, "24 hours");
}

TEST(Options, a_bake_is_a_time_or_yes_or_no)
{
    const auto wish = [](const char *type, const char *text) { return parse_options({{"bake", type, text, {}}}).bake_wish; };
    EXPECT_EQ(parse_options({}).bake_wish, BakeWish::unsaid);
    EXPECT_EQ(wish("null", ""), BakeWish::unsaid);
    EXPECT_EQ(wish("boolean", "true"), BakeWish::usual);
    EXPECT_EQ(wish("string", "true"), BakeWish::usual);
    EXPECT_EQ(wish("boolean", "false"), BakeWish::none);
    EXPECT_EQ(wish("string", ""), BakeWish::none);
    EXPECT_EQ(wish("string", "1 hour"), BakeWish::given);
    EXPECT_EQ(parse_options({{"bake", "boolean", "true", {}}}).bake, "");
    EXPECT_THROW(wish("number", "10"), Error);
    EXPECT_TRUE(is_word_for("bake", "false"));
    EXPECT_FALSE(is_word_for("keep_previous", "false"));
}

TEST(Options, the_server_is_told_which_values_are_durations_and_which_stay_intervals)
{
    for (const char *key : {"max_duration", "lock_timeout", "lock_budget", "max_replication_lag"}) {
        EXPECT_TRUE(is_duration_option(key));
        EXPECT_FALSE(is_interval_option(key));
    }
    for (const char *key : {"keep_previous", "bake", "deprecation"}) {
        EXPECT_TRUE(is_interval_option(key));
        EXPECT_FALSE(is_duration_option(key));
    }
    EXPECT_FALSE(is_duration_option("batch_size"));
    EXPECT_FALSE(is_duration_option("nonsense"));
}

}  // namespace hotswap::core
