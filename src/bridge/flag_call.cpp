// See flag_call.hpp.
// SPDX-License-Identifier: PostgreSQL
#include "bridge/flag_call.hpp"

#include <optional>

#include "core/error.hpp"

#include "bridge/flag_cache.hpp"
#include "bridge/flag_table.hpp"
#include "bridge/guard.hpp"

extern "C" {
#include "funcapi.h"
#include "utils/uuid.h"
}

namespace hotswap::bridge {

namespace {

constexpr int kShort = 64;

// What one place in a query remembers between its calls: how keys become text, and the flag it asked for last.
struct Site {
    Oid type;                  // of the key, domains looked through
    FmgrInfo output;
    const core::Flag *flag;
    std::uint64_t set;         // of flags; 0: none yet
    int name_length;
    char name[kShort];
};

struct Key {
    const char *data;
    int length;
    bool given;
    char buffer[kShort];
};

static_assert(std::is_trivially_destructible_v<Key> && std::is_trivially_destructible_v<Call> && std::is_trivially_destructible_v<Value>);

Site *make_site(FunctionCallInfo info)
{
    auto *site = static_cast<Site *>(::MemoryContextAllocZero(info->flinfo->fn_mcxt, sizeof(Site)));
    const Oid given = ::get_fn_expr_argtype(info->flinfo, 1);
    site->type = OidIsValid(given) ? ::getBaseType(given) : TEXTOID;
    site->name_length = -1;
    Oid output;
    bool variable;
    ::getTypeOutputInfo(site->type, &output, &variable);
    ::fmgr_info_cxt(output, &site->output, info->flinfo->fn_mcxt);
    info->flinfo->fn_extra = site;
    return site;
}

Site *site_of(FunctionCallInfo info)
{
    auto *site = static_cast<Site *>(info->flinfo->fn_extra);
    return site != nullptr ? site : make_site(info);
}

void read_text(Datum value, Key *key)
{
    const text *packed = DatumGetTextPP(value);
    key->data = VARDATA_ANY(packed);
    key->length = static_cast<int>(VARSIZE_ANY_EXHDR(packed));
}

void read_uuid(Datum value, Key *key)
{
    static constexpr char kDigits[] = "0123456789abcdef";
    const pg_uuid_t *uuid = DatumGetUUIDP(value);
    char *at = key->buffer;
    for (int i = 0; i < UUID_LEN; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = kDigits[uuid->data[i] >> 4];
        *at++ = kDigits[uuid->data[i] & 15];
    }
    key->length = static_cast<int>(at - key->buffer);
}

// The same as key::text, whatever the type.
void read_key(FunctionCallInfo info, Site *site, Key *key)
{
    key->data = key->buffer;
    key->length = 0;
    key->given = !info->args[1].isnull;
    if (!key->given)
        return;
    const Datum value = info->args[1].value;
    switch (site->type) {
    case INT4OID:
        ::pg_ltoa(DatumGetInt32(value), key->buffer);
        key->length = static_cast<int>(strlen(key->buffer));
        break;
    case INT8OID:
        ::pg_lltoa(DatumGetInt64(value), key->buffer);
        key->length = static_cast<int>(strlen(key->buffer));
        break;
    case TEXTOID:
    case VARCHAROID:
        read_text(value, key);
        break;
    case BPCHAROID:
        read_text(value, key);
        while (key->length > 0 && key->data[key->length - 1] == ' ')
            --key->length;
        break;
    case BOOLOID:
        key->data = DatumGetBool(value) ? "true" : "false";
        key->length = static_cast<int>(strlen(key->data));
        break;
    case UUIDOID:
        read_uuid(value, key);
        break;
    default:
        key->data = ::OutputFunctionCall(&site->output, value);
        key->length = static_cast<int>(strlen(key->data));
    }
}

const core::Flag *flag_of(FunctionCallInfo info, Site *site)
{
    const text *packed = DatumGetTextPP(info->args[0].value);
    const char *name = VARDATA_ANY(packed);
    const int length = static_cast<int>(VARSIZE_ANY_EXHDR(packed));
    const std::uint64_t set = current_flags();
    if (site->set == set && site->name_length == length && memcmp(site->name, name, static_cast<std::size_t>(length)) == 0)
        return site->flag;
    site->flag = find_flag({name, static_cast<std::size_t>(length)});
    site->set = set;
    site->name_length = length <= kShort ? length : -1;
    if (length <= kShort)
        memcpy(site->name, name, static_cast<std::size_t>(length));
    return site->flag;
}

std::string_view characters(const Key &key)
{
    return {key.data, static_cast<std::size_t>(key.length)};
}

core::Json as_json(std::string_view text)
{
    core::Json json;
    json.kind = core::Json::Kind::string;
    json.text = text;
    return json;
}

// An answer that owns its words.
struct Answer {
    core::FlagAnswer of_flag;
    std::string variant;
};

Answer full_answer(const core::Flag &flag, const Key &key, const core::Json *context)
{
    core::FlagSubject subject = {characters(key), key.given, context, nullptr};
    if (!key.given && context != nullptr)
        if (const core::Json *other = context->find("targetingKey"); other != nullptr && other->is(core::Json::Kind::string)) {
            subject.key = other->text;
            subject.has_key = true;
        }
    core::Json key_value;
    if (subject.has_key && flag.has_rules()) {
        key_value = as_json(subject.key);
        subject.key_value = &key_value;
    }
    std::optional<std::string> assigned;
    if (subject.has_key && flag.wants_assignment(subject.key))
        assigned = find_assignment(flag.name(), subject.key);
    Answer answer;
    answer.of_flag = assigned ? flag.answer(subject, std::string_view(*assigned)) : flag.answer(subject);
    answer.variant = answer.of_flag.variant;
    return answer;
}

bool slow_answer(const core::Flag &flag, const Key &key)
{
    return full_answer(flag, key, nullptr).of_flag.value;
}

Answer error_answer(core::FlagError error)
{
    return {{false, {}, core::FlagReason::error, error}, {}};
}

Answer answer_in_context(Call &call)
{
    FunctionCallInfo info = call.raw();
    if (call.is_null(0))
        return error_answer(core::FlagError::flag_not_found);
    Site *site = guarded([info] { return site_of(info); });
    const core::Flag *flag = flag_of(info, site);
    if (flag == nullptr)
        return error_answer(core::FlagError::flag_not_found);
    Key key;
    Key *const place = &key;
    guarded([info, site, place] { read_key(info, site, place); });
    const core::Json context = core::parse_json(call.json(2));
    if (!context.is(core::Json::Kind::object))
        return error_answer(core::FlagError::invalid_context);
    return full_answer(*flag, key, &context);
}

}  // namespace

bool flag_is_on(FunctionCallInfoBaseData *info)
{
    if (info->args[0].isnull)
        return false;
    Site *site = site_of(info);
    const core::Flag *flag = flag_of(info, site);
    if (flag == nullptr)
        return false;
    Key key;
    read_key(info, site, &key);
    return flag->is_plain() ? flag->plain_answer(characters(key), key.given) : slow_answer(*flag, key);
}

bool flag_is_on_in(Call &call)
{
    return answer_in_context(call).of_flag.value;
}

Value flag_detail(Call &call)
{
    const Answer answer = answer_in_context(call);
    const char *cells[] = {answer.of_flag.value ? "t" : "f", answer.variant.empty() ? nullptr : answer.variant.c_str(),
                           core::to_text(answer.of_flag.reason), core::to_text(answer.of_flag.error)};
    FunctionCallInfo info = call.raw();
    const char **first = cells;
    return {guarded([info, first] {
                TupleDesc shape;
                if (::get_call_result_type(info, nullptr, &shape) != TYPEFUNC_COMPOSITE)
                    elog(ERROR, "return type must be a row type");
                HeapTuple tuple = ::BuildTupleFromCStrings(::TupleDescGetAttInMetadata(shape), const_cast<char **>(first));
                return HeapTupleGetDatum(tuple);
            }),
            false};
}

Value flag_bucket(Call &call)
{
    const core::FlagSeeds seeds = core::flag_seeds(call.text(2), call.text(0));
    return {static_cast<std::uintptr_t>(core::bucket_of(seeds.rollout, call.text(1))), false};
}

}  // namespace hotswap::bridge
