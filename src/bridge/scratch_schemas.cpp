// See scratch_schemas.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/scratch_schemas.hpp"

#include "bridge/session.hpp"
#include "core/identifier.hpp"

#include "bridge/guard.hpp"
#include "bridge/utility_statement.hpp"

namespace hotswap::bridge {

namespace {

constexpr char kRelations[] = "r", kObjects[] = "o";   // before the user's schema, in the registry

std::string random_token()
{
    unsigned char bytes[8];
    unsigned char *const at = bytes;
    guarded([at] {
        if (!::pg_strong_random(at, sizeof bytes))
            ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not make a random name")));
    });
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string token;
    for (const unsigned char byte : bytes) {
        token += kDigits[byte >> 4];
        token += kDigits[byte & 15];
    }
    return token;
}

void replace_all(std::string *text, const std::string &from, const std::string &to)
{
    for (std::size_t at = 0; (at = text->find(from, at)) != std::string::npos; at += to.size())
        text->replace(at, from.size(), to);
}

}  // namespace

unsigned schema_named(const std::string &name)
{
    const char *chars = name.c_str();
    return guarded([chars] { return ::get_namespace_oid(chars, true); });
}

std::string name_of_schema(unsigned schema)
{
    const char *name = guarded([schema] { return static_cast<const char *>(::get_namespace_name(schema)); });
    return name == nullptr ? "" : name;
}

unsigned relation_named(const std::string &name, unsigned schema)
{
    const char *chars = name.c_str();
    return guarded([chars, schema] { return ::get_relname_relid(chars, schema); });
}

std::vector<unsigned> schemas_in_path(bool implied)
{
    struct Path {
        const Oid *items;
        int count;
    };
    const Path path = guarded([implied] {
        List *list = ::fetch_search_path(implied);
        auto *items = static_cast<Oid *>(::palloc(sizeof(Oid) * (list_length(list) + 1)));
        for (int i = 0; i < list_length(list); ++i)
            items[i] = list_nth_oid(list, i);
        return Path{items, list_length(list)};
    });
    return {path.items, path.items + path.count};
}

ScratchSchemas::ScratchSchemas(unsigned owner) : owner_(owner), token_(random_token())
{
}

const std::string &ScratchSchemas::get(const std::string &key, bool for_all)
{
    const auto known = schemas_.find(key);
    if (known != schemas_.end())
        return known->second;
    // The last character keeps one name from being the beginning of another.
    const std::string name = "_hotswap_rehearsal_" + token_ + "_" + std::to_string(schemas_.size() + 1) + "_";
    {
        // A role that may not make a schema can still rehearse.
        const Authority authority = Authority::of_store();
        run_utility("CREATE SCHEMA " + core::quote_identifier(name) + " AUTHORIZATION " + core::quote_identifier(role_name(owner_)));
        run_utility(std::string("GRANT ") + (for_all ? "ALL" : "USAGE") + " ON SCHEMA " + core::quote_identifier(name) + " TO PUBLIC");
    }
    return schemas_.emplace(key, name).first->second;
}

const std::string &ScratchSchemas::standing_for(const std::string &schema)
{
    return get(kRelations + schema, true);
}

const std::string &ScratchSchemas::objects_of(const std::string &schema)
{
    return get(kObjects + schema, false);
}

std::optional<std::string> ScratchSchemas::find(const std::string &schema) const
{
    const auto known = schemas_.find(kRelations + schema);
    return known == schemas_.end() ? std::nullopt : std::optional(known->second);
}

std::optional<std::string> ScratchSchemas::find_objects(const std::string &schema) const
{
    const auto known = schemas_.find(kObjects + schema);
    return known == schemas_.end() ? std::nullopt : std::optional(known->second);
}

std::optional<std::string> ScratchSchemas::user_schema(const std::string &scratch) const
{
    for (const auto &[key, name] : schemas_)
        if (name == scratch)
            return key.substr(1);
    return std::nullopt;
}

std::string ScratchSchemas::real_names(const std::string &text) const
{
    std::string result = text;
    for (const auto &[key, name] : schemas_) {
        const std::string schema = key.substr(1);
        const char *chars = schema.c_str();
        const std::string quoted = guarded([chars] { return ::quote_identifier(chars); });
        replace_all(&result, '"' + name + '"', quoted);
        replace_all(&result, name + '.', quoted + '.');
        replace_all(&result, name, schema);
    }
    return result;
}

// The names are random, so a text that holds one has it from us. Alone between quotes it is a literal.
std::string ScratchSchemas::sql_names(const std::string &text) const
{
    std::string result = text;
    for (const auto &[key, name] : schemas_) {
        const std::string schema = key.substr(1);
        const char *chars = schema.c_str();
        replace_all(&result, '"' + name + '"', core::quote_identifier(schema));
        replace_all(&result, '\'' + name + '\'', core::quote_literal(schema));
        replace_all(&result, name, guarded([chars] { return ::quote_identifier(chars); }));
    }
    return result;
}

bool ScratchSchemas::has_objects() const
{
    for (const auto &[key, name] : schemas_)
        if (key.front() == kObjects[0])
            return true;
    return false;
}

std::string ScratchSchemas::message_names(const std::string &text) const
{
    std::string result = text;
    for (const unsigned schema : schemas_in_path(false))
        for (const auto &[key, name] : schemas_)
            if (key.substr(1) == name_of_schema(schema))
                replace_all(&result, name + '.', "");
    return real_names(result);
}

std::string ScratchSchemas::search_path() const
{
    std::string result;
    for (const unsigned schema : schemas_in_path(false)) {
        const std::string name = name_of_schema(schema);
        if (const auto scratch = find_objects(name))
            result += core::quote_identifier(*scratch) + ", ";
        result += core::quote_identifier(name) + ", ";
    }
    return result.empty() ? "pg_catalog" : result.substr(0, result.size() - 2);
}

}  // namespace hotswap::bridge
