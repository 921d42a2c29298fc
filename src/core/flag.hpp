// A feature flag and the answer it gives. Order: kill switch > explicit key > stored assignment > rule > percentage > default.
// A flag is compiled once, when its row is written (to check it) and when a backend reads it; evaluation calls nothing that can
// fail, allocates nothing for plain flags, and always has an answer.
// SPDX-License-Identifier: PostgreSQL
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/flag_condition.hpp"
#include "core/flag_hash.hpp"

namespace hotswap::core {

// A row of hotswap._migration_feature_flags, as text.
struct FlagRow {
    std::string name;
    bool enabled = false;
    std::string percentage = "0";
    std::vector<std::string> allow_keys, deny_keys;
    std::string rules = "[]", variants = "[]";   // JSON
    bool sticky = false;
    std::string salt;
    int hash_version = kHashVersion;
};

// OpenFeature's words.
enum class FlagReason { static_, default_, targeting_match, split, cached, disabled, unknown, error };
enum class FlagError { none, flag_not_found, parse_error, targeting_key_missing, invalid_context, type_mismatch, general };

const char *to_text(FlagReason reason);
const char *to_text(FlagError error);   // null for none

struct FlagAnswer {
    bool value = false;
    std::string_view variant;   // of the flag, or of the assignment; empty: none
    FlagReason reason = FlagReason::unknown;
    FlagError error = FlagError::none;
};

struct FlagRule {
    FlagCondition when;
    std::uint32_t threshold = kBuckets;   // of the keys it is about, those in buckets below are in
    bool value = true;
    int variant = -1;
};

struct FlagVariant {
    std::string name;
    std::uint64_t upto = 0;   // weights so far, this one included, in thousandths
};

class Flag {
  public:
    // ERRORS: 22023 with what is wrong in rules, variants, keys or percentage, and what is known.
    explicit Flag(const FlagRow &row);
    // A row that got past the checks: found, but without an answer of its own.
    static Flag broken(const std::string &name);

    const std::string &name() const { return name_; }
    // Whether this key needs a look at the stored assignments.
    bool wants_assignment(std::string_view key) const noexcept;
    bool has_rules() const noexcept { return !rules_.empty(); }

    // assigned: the variant stored for this key (empty when the flag had none then).
    FlagAnswer answer(const FlagSubject &subject, const std::optional<std::string_view> &assigned = {}) const noexcept;

    // The quick way: neither lists nor rules nor assignments, and no error.
    bool is_plain() const noexcept { return plain_; }
    bool plain_answer(std::string_view key, bool has_key) const noexcept
    {
        return enabled_ && (threshold_ == kBuckets || (threshold_ > 0 && has_key && bucket_of(seeds_.rollout, key) < threshold_));
    }

  private:
    Flag() = default;
    void read_rules(const std::string &text);
    void read_variants(const std::string &text);
    int variant_number(const std::string &name) const;
    FlagAnswer by_share(std::uint32_t threshold, FlagReason whole, const FlagSubject &subject) const noexcept;
    std::string_view variant_of(const FlagSubject &subject) const noexcept;

    std::string name_;
    bool enabled_ = false, sticky_ = false, broken_ = false, plain_ = false;
    std::uint32_t threshold_ = 0;
    std::vector<std::string> allow_, deny_;   // sorted
    std::vector<FlagRule> rules_;
    std::vector<FlagVariant> variants_;
    FlagSeeds seeds_;
};

// "12.5" -> 12500: percentages have three decimals, one for each thousandth of a percent of the buckets. Nothing: not one of them.
std::optional<std::uint32_t> buckets_of_percentage(std::string_view text) noexcept;

}  // namespace hotswap::core
